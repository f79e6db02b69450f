// SPDX-License-Identifier: Apache-2.0
#include "torch/ops_plain.h"

#include <torch/version.h>

#include <cmath>

namespace lmzip::torch_plugin {

Rotation rotation(int64_t time, int64_t head_width, at::Device device) {
  const auto options = at::device(device).dtype(at::kDouble);
  const int64_t half = head_width / 2;
  const at::Tensor rates =
      at::exp(at::arange(half, options) * (-2 * std::log(10000.0) / static_cast<double>(head_width)));
  const at::Tensor angles = at::arange(time, options).unsqueeze(1) * rates;
  return {angles.cos().to(at::kFloat), angles.sin().to(at::kFloat)};
}

namespace plain_ops {
namespace {

constexpr double kEpsilon = 1e-6;

/// [B, heads, T, w], rotated, float32.
at::Tensor rotated(const at::Tensor& x, const Rotation& by) {
  const int64_t half = x.size(-1) / 2;
  const at::Tensor a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  return at::cat({a * by.cosine - b * by.sine, a * by.sine + b * by.cosine}, -1);
}

/// True where a query (rows) sees a key (columns).
at::Tensor visible(int64_t time, int64_t window, at::Device device) {
  const at::Tensor places = at::arange(time, at::device(device).dtype(at::kLong));
  const at::Tensor back = places.unsqueeze(1) - places.unsqueeze(0);
  return back.ge(0).logical_and(back.lt(window));
}

}  // namespace

at::Tensor lookup(const at::Tensor& table, const at::Tensor& rows, at::ScalarType type) {
  const at::Tensor found = table.index_select(0, rows.reshape({-1}).to(at::kLong));
  return found.reshape({rows.size(0), rows.size(1), rows.size(2) * table.size(1)}).to(type);
}

Joined join(const at::Tensor& stream, const at::Tensor& branch, const NormParameters& norm, at::ScalarType type) {
  const at::Tensor sum = branch.defined() ? stream + branch.to(at::kFloat) : stream;
  const bool centred = norm.offset.defined();
  const at::Tensor x = centred ? sum - sum.mean(-1, true) : sum;
  at::Tensor y = x * at::rsqrt(x.square().mean(-1, true) + kEpsilon) * norm.gain;
  if (centred) y = y + norm.offset;
  return {sum, y.to(type)};
}

at::Tensor convolve(const at::Tensor& u, const at::Tensor& previous, const at::Tensor& taps) {
  const int64_t time = u.size(1);
  const at::Tensor all = at::cat({previous, u}, 1).to(at::kFloat);
  at::Tensor sum;
  for (int64_t k = 0; k < 4; ++k) {
    const at::Tensor term = all.narrow(1, 3 - k, time) * taps[k];
    sum = sum.defined() ? sum + term : term;
  }
  return sum.to(u.scalar_type());
}

Scanned scan(const at::Tensor& input, const at::Tensor& bias, const at::Tensor& initial) {
  const std::vector<at::Tensor> parts = (input.to(at::kFloat) + bias).chunk(3, -1);
  at::Tensor keep = at::sigmoid(parts[1]);
  at::Tensor state = (1 - keep) * parts[0];
  // The initial state enters at the first position. Then each position takes in what stands 1, 2, 4, ... before it
  // (Hillis and Steele), so that long sequences need few operations.
  state = at::cat(
      {state.narrow(1, 0, 1) + keep.narrow(1, 0, 1) * initial.unsqueeze(1), state.narrow(1, 1, state.size(1) - 1)}, 1);
  const int64_t time = input.size(1);
  for (int64_t step = 1; step < time; step *= 2) {
    const at::Tensor later = keep.narrow(1, step, time - step);
    state = at::cat(
        {state.narrow(1, 0, step), state.narrow(1, step, time - step) + later * state.narrow(1, 0, time - step)}, 1);
    keep = at::cat({keep.narrow(1, 0, step), later * keep.narrow(1, 0, time - step)}, 1);
  }
  const at::Tensor output = state * at::silu(parts[2]);
  return {output.to(input.scalar_type()), state.select(1, time - 1).detach().clone()};
}

at::Tensor feed(const at::Tensor& input, const at::Tensor& bias, Activation activation) {
  const at::Tensor z = input.to(at::kFloat);
  switch (activation) {
    case Activation::kGelu:
      return at::gelu(z + bias, "tanh").to(input.scalar_type());
    case Activation::kSquaredRelu:
      return at::relu(z).square().to(input.scalar_type());
    case Activation::kSwiGlu:
      break;
  }
  const std::vector<at::Tensor> parts = z.chunk(2, -1);
  return (parts[0] * at::silu(parts[1])).to(input.scalar_type());
}

at::Tensor attend(const at::Tensor& input, const AttentionShape& shape) {
  const int64_t batch = input.size(0), time = input.size(1);
  const Rotation by = rotation(time, shape.head_width, input.device());
  const at::Tensor all =
      input.view({batch, time, shape.heads + 2 * shape.key_value_heads, shape.head_width}).transpose(1, 2);
  const at::Tensor query = rotated(all.narrow(1, 0, shape.heads).to(at::kFloat), by).to(input.scalar_type());
  const int64_t group = shape.heads / shape.key_value_heads;
  const at::Tensor key = rotated(all.narrow(1, shape.heads, shape.key_value_heads).to(at::kFloat), by)
                             .to(input.scalar_type())
                             .repeat_interleave(group, 1);
  const at::Tensor value =
      all.narrow(1, shape.heads + shape.key_value_heads, shape.key_value_heads).repeat_interleave(group, 1);
  at::Tensor mixed;
#if TORCH_VERSION_MAJOR >= 2
  mixed = shape.window >= time
              ? at::scaled_dot_product_attention(query, key, value, {}, 0.0, true)
              : at::scaled_dot_product_attention(query, key, value, visible(time, shape.window, input.device()));
#else
  const at::Tensor scores =
      at::matmul(query, key.transpose(2, 3)).to(at::kFloat) / std::sqrt(static_cast<double>(shape.head_width));
  const at::Tensor seen = visible(time, shape.window, input.device());
  const at::Tensor weights = at::softmax(scores.masked_fill(seen.logical_not(), -INFINITY), -1);
  mixed = at::matmul(weights.to(input.scalar_type()), value);
#endif
  return mixed.transpose(1, 2).reshape({batch, time, shape.heads * shape.head_width});
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& bias, const at::Tensor& targets, double scale) {
  const at::Tensor logs = at::log_softmax(logits.to(at::kFloat) + bias, -1);
  return logs.gather(-1, targets.to(at::kLong).unsqueeze(-1)).sum() * -scale;
}

void update_table(const TableGradients::Part& part, const at::Tensor& table, const at::Tensor& squares, double rate,
                  double scale) {
  const at::Tensor rows = part.rows.reshape({-1}).to(at::kLong);
  const at::Tensor each = part.gradient.reshape({-1, table.size(1)}).to(at::kFloat) * scale;
  const at::Tensor gradient = at::zeros_like(table).index_add_(0, rows, each);
  squares.add_(gradient.square().mean(1));
  table.sub_(gradient * (rate / (squares.sqrt() + kEpsilon)).unsqueeze(1));
}

}  // namespace plain_ops
}  // namespace lmzip::torch_plugin
