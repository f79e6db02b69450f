// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "torch/ops.h"
#include "torch/ops_plain.h"

namespace lmzip::torch_plugin {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// What libtorch says of the CPU; only its text is public in all versions.
template <typename T>
const CpuLoops<T>& loops() {
  static const CpuLoops<T>& chosen = cpu_loops<T>();
  return chosen;
}

/// Functions take no undefined tensors: an empty one stands for what is not there.
at::Tensor or_empty(const at::Tensor& tensor) { return tensor.defined() ? tensor : at::empty({0}); }
bool there(const at::Tensor& tensor) { return tensor.defined() && tensor.numel() > 0; }

/// The numbers of a dense CPU tensor; null when there are none.
template <typename T>
T* data(const at::Tensor& tensor) {
  return there(tensor) ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}
float* floats(const at::Tensor& tensor) { return data<float>(tensor); }

/// Calls `work` with a null pointer of the type that tensors of `type` hold.
template <typename Work>
auto with_type(at::ScalarType type, Work work) {
  TORCH_CHECK(type == at::kFloat || type == at::kBFloat16, "activations are float32 or bfloat16");
  return type == at::kFloat ? work(static_cast<float*>(nullptr)) : work(static_cast<Bfloat16*>(nullptr));
}

/// Calls work(begin, end, partial) for parts of [0, units), in parallel, each with `size` zeros of its own. Returns the
/// sum of what is left in them.
template <typename Work>
at::Tensor in_parallel(int64_t units, int64_t size, Work work) {
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), units));
  const at::Tensor partial = at::zeros({parts, size}, at::kFloat);
  at::parallel_for(0, parts, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      work(units * i / parts, units * (i + 1) / parts, floats(partial) + i * size);
    }
  });
  return parts == 1 ? partial[0] : partial.sum(0);
}

struct EmbedFunction : torch::autograd::Function<EmbedFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& table, const at::Tensor& symbols) {
    context->save_for_backward({symbols});
    context->saved_data["symbols"] = table.size(0);
    return table.index_select(0, symbols.reshape({-1})).view({symbols.size(0), symbols.size(1), table.size(1)});
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor symbols = context->get_saved_variables()[0], d = gradients[0].contiguous();
    const int64_t width = d.size(-1);
    const at::Tensor d_table = at::zeros({context->saved_data["symbols"].toInt(), width}, at::kFloat);
    const auto* const rows = data<int32_t>(symbols);
    for (int64_t n = 0; n < symbols.numel(); ++n) {
      float* const to = floats(d_table) + rows[n] * width;
      const float* const from = floats(d) + n * width;
      for (int64_t i = 0; i < width; ++i) to[i] += from[i];
    }
    return {d_table, at::Tensor()};
  }
};

struct JoinFunction : torch::autograd::Function<JoinFunction> {
  static variable_list forward(AutogradContext* context, const at::Tensor& stream, const at::Tensor& branch,
                               const at::Tensor& gain, const at::Tensor& offset, at::ScalarType type) {
    const int64_t width = stream.size(-1), rows = stream.numel() / width;
    const at::Tensor sum = there(branch) ? at::empty_like(stream) : stream;
    const at::Tensor normed = at::empty(stream.sizes(), stream.options().dtype(type));
    const at::Tensor statistics = at::empty({rows, 2}, at::kFloat);
    with_type(type, [&]<typename T>(T*) {
      Join<T> join;
      join.width = width;
      join.centred = there(offset);
      join.gain = floats(gain);
      join.offset = floats(offset);
      join.stream = floats(stream);
      join.branch = data<T>(branch);
      join.sum = floats(sum);
      join.statistics = floats(statistics);
      join.normed = data<T>(normed);
      in_parallel(rows, 0, [&](int64_t begin, int64_t end, float*) { loops<T>().join(join, begin, end); });
    });
    context->save_for_backward({sum, statistics, gain, offset});
    context->saved_data["branch"] = there(branch);
    return {sum, normed};
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &sum = saved[0], &gain = saved[2], &offset = saved[3];
    const int64_t width = sum.size(-1), rows = sum.numel() / width;
    const at::Tensor d_sum = gradients[0].defined() ? gradients[0].contiguous() : gradients[0];
    const at::Tensor d_normed = gradients[1].contiguous();
    const at::Tensor d_stream = at::empty_like(sum);
    const at::Tensor d_branch = context->saved_data["branch"].toBool()
                                    ? at::empty(sum.sizes(), sum.options().dtype(d_normed.scalar_type()))
                                    : at::Tensor();
    const at::Tensor partial = with_type(d_normed.scalar_type(), [&]<typename T>(T*) {
      Join<T> join;
      join.width = width;
      join.centred = there(offset);
      join.gain = floats(gain);
      join.offset = floats(offset);
      join.sum = floats(sum);
      join.statistics = floats(saved[1]);
      join.d_sum = floats(d_sum);
      join.d_normed = data<T>(d_normed);
      join.d_stream = floats(d_stream);
      join.d_branch = data<T>(d_branch);
      return in_parallel(rows, 2 * width, [&](int64_t begin, int64_t end, float* own) {
        loops<T>().join_backward(join, begin, end, own);
      });
    });
    return {d_stream, d_branch, partial.narrow(0, 0, width),
            there(offset) ? partial.narrow(0, width, width) : at::Tensor(), at::Tensor()};
  }
};

/// The shape that a loop over whole sequences shares.
template <typename Loop>
Loop sequences(const at::Tensor& input, int64_t width) {
  Loop loop;
  loop.time = input.size(1);
  loop.width = width;
  return loop;
}

struct ConvolveFunction : torch::autograd::Function<ConvolveFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& u, const at::Tensor& previous,
                            const at::Tensor& taps) {
    const at::Tensor output = at::empty_like(u);
    with_type(u.scalar_type(), [&]<typename T>(T*) {
      auto c = sequences<Convolution<T>>(u, u.size(2));
      c.taps = floats(taps);
      c.input = data<T>(u);
      c.previous = data<T>(previous);
      c.output = data<T>(output);
      in_parallel(u.size(0), 0, [&](int64_t begin, int64_t end, float*) { loops<T>().convolution(c, begin, end); });
    });
    context->save_for_backward({u, previous, taps});
    return output;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &u = saved[0], d = gradients[0].contiguous(), d_input = at::empty_like(u);
    const at::Tensor partial = with_type(u.scalar_type(), [&]<typename T>(T*) {
      auto c = sequences<Convolution<T>>(u, u.size(2));
      c.taps = floats(saved[2]);
      c.input = data<T>(u);
      c.previous = data<T>(saved[1]);
      c.d_output = data<T>(d);
      c.d_input = data<T>(d_input);
      return in_parallel(u.size(0), 4 * u.size(2), [&](int64_t begin, int64_t end, float* own) {
        loops<T>().convolution_backward(c, begin, end, own);
      });
    });
    return {d_input, at::Tensor(), partial.view_as(saved[2])};
  }
};

struct ScanFunction : torch::autograd::Function<ScanFunction> {
  static variable_list forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& bias,
                               const at::Tensor& initial) {
    const int64_t batch = input.size(0), time = input.size(1), width = input.size(2) / 3;
    const at::Tensor states = at::empty({batch, time, width}, at::kFloat);
    const at::Tensor output = at::empty({batch, time, width}, input.options());
    with_type(input.scalar_type(), [&]<typename T>(T*) {
      auto s = sequences<Scan<T>>(input, width);
      s.input = data<T>(input);
      s.bias = floats(bias);
      s.initial = floats(initial);
      s.states = floats(states);
      s.output = data<T>(output);
      in_parallel(batch, 0, [&](int64_t begin, int64_t end, float*) { loops<T>().scan(s, begin, end); });
    });
    context->save_for_backward({input, bias, initial, states});
    const at::Tensor last = states.select(1, time - 1).clone();
    context->mark_non_differentiable({last});
    return {output, last};
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], d = gradients[0].contiguous(), d_input = at::empty_like(input);
    const int64_t width = input.size(2) / 3;
    const at::Tensor partial = with_type(input.scalar_type(), [&]<typename T>(T*) {
      auto s = sequences<Scan<T>>(input, width);
      s.input = data<T>(input);
      s.bias = floats(saved[1]);
      s.initial = floats(saved[2]);
      s.states = floats(saved[3]);
      s.d_output = data<T>(d);
      s.d_input = data<T>(d_input);
      return in_parallel(input.size(0), 4 * width,
                         [&](int64_t begin, int64_t end, float* own) { loops<T>().scan_backward(s, begin, end, own); });
    });
    return {d_input, partial.narrow(0, 0, 3 * width), at::Tensor()};
  }
};

struct FeedFunction : torch::autograd::Function<FeedFunction> {
  template <typename T>
  static Feed<T> described(const at::Tensor& input, const at::Tensor& bias, Activation activation) {
    Feed<T> f;
    f.activation = activation;
    f.width = input.size(-1) / (activation == Activation::kSwiGlu ? 2 : 1);
    f.input = data<T>(input);
    f.bias = floats(bias);
    return f;
  }
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& bias,
                            int64_t activation) {
    at::Tensor output;
    with_type(input.scalar_type(), [&]<typename T>(T*) {
      auto f = described<T>(input, bias, static_cast<Activation>(activation));
      output = at::empty({input.size(0), input.size(1), f.width}, input.options());
      f.output = data<T>(output);
      in_parallel(input.size(0) * input.size(1), 0,
                  [&](int64_t begin, int64_t end, float*) { loops<T>().feed(f, begin, end); });
    });
    context->save_for_backward({input, bias});
    context->saved_data["activation"] = activation;
    return output;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &input = saved[0], &bias = saved[1], d = gradients[0].contiguous();
    const at::Tensor d_input = at::empty_like(input);
    const at::Tensor partial = with_type(input.scalar_type(), [&]<typename T>(T*) {
      auto f = described<T>(input, bias, static_cast<Activation>(context->saved_data["activation"].toInt()));
      f.d_output = data<T>(d);
      f.d_input = data<T>(d_input);
      return in_parallel(input.size(0) * input.size(1), f.width,
                         [&](int64_t begin, int64_t end, float* own) { loops<T>().feed_backward(f, begin, end, own); });
    });
    return {d_input, there(bias) ? partial : at::Tensor(), at::Tensor()};
  }
};

struct AttendFunction : torch::autograd::Function<AttendFunction> {
  template <typename T>
  static Attention<T> described(const AttentionShape& shape, const at::Tensor& input, const variable_list& saved) {
    Attention<T> a;
    a.time = input.size(1);
    a.heads = shape.heads;
    a.key_value_heads = shape.key_value_heads;
    a.head_width = shape.head_width;
    a.window = shape.window;
    a.input = data<T>(input);
    a.cosine = floats(saved[0]);
    a.sine = floats(saved[1]);
    a.output = data<T>(saved[2]);
    a.log_sums = floats(saved[3]);
    return a;
  }
  static AttentionShape shape_of(const std::vector<int64_t>& v) { return {v[0], v[1], v[2], v[3]}; }

  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const std::vector<int64_t>& numbers) {
    const AttentionShape shape = shape_of(numbers);
    const int64_t batch = input.size(0), time = input.size(1);
    const Rotation by = rotation(time, shape.head_width, at::kCPU);
    const at::Tensor output = at::empty({batch, time, shape.heads * shape.head_width}, input.options());
    const at::Tensor log_sums = at::empty({batch, shape.heads, time}, at::kFloat);
    with_type(input.scalar_type(), [&]<typename T>(T*) {
      const Attention<T> a = described<T>(shape, input, {by.cosine, by.sine, output, log_sums});
      in_parallel(batch, attention_scratch(time, shape.head_width),
                  [&](int64_t begin, int64_t end, float* scratch) { loops<T>().attention(a, begin, end, scratch); });
    });
    context->save_for_backward({by.cosine, by.sine, output, log_sums, input});
    context->saved_data["shape"] = numbers;
    return output;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const AttentionShape shape = shape_of(context->saved_data["shape"].toIntVector());
    const at::Tensor &input = saved[4], d = gradients[0].contiguous(), d_input = at::empty_like(input);
    with_type(input.scalar_type(), [&]<typename T>(T*) {
      Attention<T> a = described<T>(shape, input, saved);
      a.d_output = data<T>(d);
      a.d_input = data<T>(d_input);
      in_parallel(
          input.size(0), attention_scratch(a.time, a.head_width),
          [&](int64_t begin, int64_t end, float* scratch) { loops<T>().attention_backward(a, begin, end, scratch); });
    });
    return {d_input, at::Tensor()};
  }
};

struct CrossEntropyFunction : torch::autograd::Function<CrossEntropyFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& logits, const at::Tensor& bias,
                            const at::Tensor& targets, double scale) {
    const at::Tensor losses = at::empty({targets.numel()}, at::kFloat), d_logits = at::empty_like(logits);
    const at::Tensor d_bias = with_type(logits.scalar_type(), [&]<typename T>(T*) {
      CrossEntropy<T> c;
      c.symbols = bias.numel();
      c.logits = data<T>(logits);
      c.bias = floats(bias);
      c.targets = data<int32_t>(targets);
      c.losses = floats(losses);
      c.d_logits = data<T>(d_logits);
      c.scale = static_cast<float>(scale);
      return in_parallel(targets.numel(), 2 * c.symbols,
                         [&](int64_t begin, int64_t end, float* own) { loops<T>().cross_entropy(c, begin, end, own); })
          .narrow(0, 0, c.symbols);
    });
    context->save_for_backward({d_logits, d_bias});
    return losses.sum() * scale;
  }
  static variable_list backward(AutogradContext* context, const variable_list&) {
    const variable_list saved = context->get_saved_variables();
    return {saved[0], saved[1], at::Tensor(), at::Tensor()};
  }
};

/// A product whose two gradients are computed in the activations' type: libtorch's own would convert the weights once
/// more, and keep them.
struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight) {
    const at::Tensor w = weight.to(x.scalar_type());
    context->save_for_backward({x, w});
    return at::linear(x, w);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1];
    const at::Tensor d = gradients[0].reshape({-1, w.size(0)});
    const at::Tensor d_weight = at::mm(d.t(), x.reshape({-1, x.size(-1)}));
    return {at::mm(d, w).view_as(x), d_weight.to(at::kFloat)};
  }
};

/// Tells `gradients` what it hears. The table itself is no input, so that no gradient of its size is made; `anchor` is
/// there for the graph to reach this function.
struct LookupFunction : torch::autograd::Function<LookupFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& anchor, const at::Tensor& table,
                            const at::Tensor& rows, at::ScalarType type, int64_t gradients, bool fused) {
    context->saved_data["gradients"] = gradients;
    context->save_for_backward({rows, anchor});
    if (!fused) return plain_ops::lookup(table, rows, type);
    at::Tensor output =
        at::empty({rows.size(0), rows.size(1), rows.size(2) * table.size(1)}, table.options().dtype(type));
    with_type(type, [&]<typename T>(T*) {
      Lookup<T> l;
      l.width = table.size(1);
      l.count = rows.size(2);
      l.rows = data<int32_t>(rows);
      l.table = floats(table);
      l.output = data<T>(output);
      in_parallel(rows.size(0) * rows.size(1), 0,
                  [&](int64_t begin, int64_t end, float*) { loops<T>().lookup(l, begin, end); });
    });
    return output;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const int64_t address = context->saved_data["gradients"].toInt();
    if (address != 0) {
      reinterpret_cast<TableGradients*>(address)->parts.push_back({saved[0], gradients[0].contiguous()});
    }
    return variable_list(6);
  }
};

}  // namespace

at::Tensor Ops::embed(const at::Tensor& table, const at::Tensor& symbols) const {
  return fused_ ? EmbedFunction::apply(table, symbols) : at::embedding(table, symbols);
}

at::Tensor Ops::lookup(const at::Tensor& table, const at::Tensor& rows, at::ScalarType type,
                       TableGradients* gradients) const {
  at::Tensor anchor = at::zeros({1}, table.options());
  anchor.set_requires_grad(gradients != nullptr);
  return LookupFunction::apply(anchor, table, rows, type, reinterpret_cast<int64_t>(gradients), fused_);
}

at::Tensor Ops::linear(const at::Tensor& x, const at::Tensor& weight) const { return LinearFunction::apply(x, weight); }

Joined Ops::join(const at::Tensor& stream, const at::Tensor& branch, const NormParameters& norm,
                 at::ScalarType type) const {
  if (!fused_) return plain_ops::join(stream, branch, norm, type);
  const variable_list both = JoinFunction::apply(stream, or_empty(branch), norm.gain, or_empty(norm.offset), type);
  return {both[0], both[1]};
}

at::Tensor Ops::convolve(const at::Tensor& u, const at::Tensor& previous, const at::Tensor& taps) const {
  return fused_ ? ConvolveFunction::apply(u, previous, taps) : plain_ops::convolve(u, previous, taps);
}

Scanned Ops::scan(const at::Tensor& input, const at::Tensor& bias, const at::Tensor& initial) const {
  if (!fused_) return plain_ops::scan(input, bias, initial);
  const variable_list both = ScanFunction::apply(input, bias, initial);
  return {both[0], both[1]};
}

at::Tensor Ops::feed(const at::Tensor& input, const at::Tensor& bias, Activation activation) const {
  return fused_ ? FeedFunction::apply(input, or_empty(bias), static_cast<int64_t>(activation))
                : plain_ops::feed(input, bias, activation);
}

at::Tensor Ops::attend(const at::Tensor& input, const AttentionShape& shape) const {
  if (!fused_) return plain_ops::attend(input, shape);
  return AttendFunction::apply(
      input, std::vector<int64_t>{shape.heads, shape.key_value_heads, shape.head_width, shape.window});
}

at::Tensor Ops::cross_entropy(const at::Tensor& logits, const at::Tensor& bias, const at::Tensor& targets,
                              double scale) const {
  return fused_ ? CrossEntropyFunction::apply(logits, bias, targets, scale)
                : plain_ops::cross_entropy(logits, bias, targets, scale);
}

void update_table(Backend backend, const TableGradients::Part& part, const at::Tensor& table, const at::Tensor& squares,
                  double rate, double scale) {
  if (backend == Backend::kPlain) return plain_ops::update_table(part, table, squares, rate, scale);
  with_type(part.gradient.scalar_type(), [&]<typename T>(T*) {
    Lookup<T> l;
    l.width = table.size(1);
    l.count = part.rows.size(-1);
    l.rows = data<int32_t>(part.rows);
    l.table = floats(table);
    l.gradient = data<T>(part.gradient);
    l.squares = floats(squares);
    l.rate = static_cast<float>(rate);
    l.scale = static_cast<float>(scale);
    loops<T>().lookup_update(l, 0, part.rows.numel() / l.count);
  });
}

}  // namespace lmzip::torch_plugin
