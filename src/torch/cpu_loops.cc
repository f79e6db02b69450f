// SPDX-License-Identifier: Apache-2.0
// Compiled once for each instruction set, with LMZIP_VARIANT as its name.
#include "torch/cpu_loops.h"

#include <cmath>

#include "torch/cpu_attention.h"
#include "torch/cpu_variants.h"
#include "torch/cpu_vector.h"

namespace lmzip::torch_plugin {
namespace {

constexpr float kEpsilon = 1e-6F;

template <typename T>
void join(const Join<T>& j, int64_t begin, int64_t end) {
  const auto count = static_cast<float>(j.width);
  for (int64_t row = begin; row < end; ++row) {
    const float* const stream = j.stream + row * j.width;
    const float* x = stream;
    Vector total{}, squares{};
    if (j.branch != nullptr) {
      float* const added = j.sum + row * j.width;
      for (int64_t i = 0; i < j.width; i += kLanes) {
        const Vector v = load(stream + i) + load(j.branch + row * j.width + i);
        store(added + i, v);
        total += v;
        squares += v * v;
      }
      x = added;
    } else {
      for (int64_t i = 0; i < j.width; i += kLanes) {
        const Vector v = load(x + i);
        total += v;
        squares += v * v;
      }
    }
    float mean = 0;
    float variance = sum(squares) / count;
    if (j.centred) {
      mean = sum(total) / count;
      Vector spread{};
      for (int64_t i = 0; i < j.width; i += kLanes) {
        const Vector v = load(x + i) - mean;
        spread += v * v;
      }
      variance = sum(spread) / count;
    }
    const float inverse = 1.0F / std::sqrt(variance + kEpsilon);
    j.statistics[2 * row] = mean;
    j.statistics[2 * row + 1] = inverse;
    T* const out = j.normed + row * j.width;
    for (int64_t i = 0; i < j.width; i += kLanes) {
      Vector y = (load(x + i) - mean) * inverse * load(j.gain + i);
      if (j.offset != nullptr) y += load(j.offset + i);
      store(out + i, y);
    }
  }
}

template <typename T>
void join_backward(const Join<T>& j, int64_t begin, int64_t end, float* partial) {
  const auto count = static_cast<float>(j.width);
  for (int64_t row = begin; row < end; ++row) {
    const float* const x = j.sum + row * j.width;
    const T* const dy = j.d_normed + row * j.width;
    const float mean = j.statistics[2 * row], inverse = j.statistics[2 * row + 1];
    Vector along{}, total{};
    for (int64_t i = 0; i < j.width; i += kLanes) {
      const Vector normal = (load(x + i) - mean) * inverse, d = load(dy + i);
      store(partial + i, load(partial + i) + d * normal);
      if (j.offset != nullptr) store(partial + j.width + i, load(partial + j.width + i) + d);
      const Vector scaled = d * load(j.gain + i);
      along += scaled * normal;
      total += scaled;
    }
    const float a = sum(along) / count, b = j.centred ? sum(total) / count : 0;
    for (int64_t i = 0; i < j.width; i += kLanes) {
      const Vector normal = (load(x + i) - mean) * inverse;
      Vector d = (load(dy + i) * load(j.gain + i) - normal * a - b) * inverse;
      if (j.d_sum != nullptr) d += load(j.d_sum + row * j.width + i);
      store(j.d_stream + row * j.width + i, d);
      if (j.d_branch != nullptr) store(j.d_branch + row * j.width + i, d);
    }
  }
}

/// Row `t` of the input, which may lie before the sequence.
template <typename T>
const T* tap(const Convolution<T>& c, int64_t sequence, int64_t t) {
  return t >= 0 ? c.input + (sequence * c.time + t) * c.width : c.previous + (sequence * 3 + 3 + t) * c.width;
}

template <typename T>
void convolution(const Convolution<T>& c, int64_t begin, int64_t end) {
  for (int64_t s = begin; s < end; ++s) {
    for (int64_t t = 0; t < c.time; ++t) {
      const T* const rows[4] = {tap(c, s, t), tap(c, s, t - 1), tap(c, s, t - 2), tap(c, s, t - 3)};
      T* const out = c.output + (s * c.time + t) * c.width;
      for (int64_t i = 0; i < c.width; i += kLanes) {
        Vector y{};
        for (int k = 0; k < 4; ++k) y += load(c.taps + k * c.width + i) * load(rows[k] + i);
        store(out + i, y);
      }
    }
  }
}

template <typename T>
void convolution_backward(const Convolution<T>& c, int64_t begin, int64_t end, float* partial) {
  for (int64_t s = begin; s < end; ++s) {
    for (int64_t t = 0; t < c.time; ++t) {
      const T* const rows[4] = {tap(c, s, t), tap(c, s, t - 1), tap(c, s, t - 2), tap(c, s, t - 3)};
      const T* const d = c.d_output + (s * c.time + t) * c.width;
      T* const out = c.d_input + (s * c.time + t) * c.width;
      const int64_t later = c.time - t < 4 ? c.time - t : 4;  // outputs that see this input
      for (int64_t i = 0; i < c.width; i += kLanes) {
        const Vector now = load(d + i);
        Vector dx{};
        for (int k = 0; k < 4; ++k) {
          store(partial + k * c.width + i, load(partial + k * c.width + i) + now * load(rows[k] + i));
          if (k < later) dx += load(c.taps + k * c.width + i) * load(d + k * c.width + i);
        }
        store(out + i, dx);
      }
    }
  }
}

template <typename T>
void scan(const Scan<T>& s, int64_t begin, int64_t end) {
  const int64_t e = s.width;
  for (int64_t b = begin; b < end; ++b) {
    const float* before = s.initial + b * e;
    for (int64_t t = 0; t < s.time; ++t) {
      const T* const in = s.input + (b * s.time + t) * 3 * e;
      float* const state = s.states + (b * s.time + t) * e;
      T* const out = s.output + (b * s.time + t) * e;
      for (int64_t i = 0; i < e; i += kLanes) {
        const Vector c = load(in + i) + load(s.bias + i);
        const Vector f = sigmoid(load(in + e + i) + load(s.bias + e + i));
        const Vector g = load(in + 2 * e + i) + load(s.bias + 2 * e + i);
        const Vector now = c + f * (load(before + i) - c);
        store(state + i, now);
        store(out + i, now * g * sigmoid(g));
      }
      before = state;
    }
  }
}

template <typename T>
void scan_backward(const Scan<T>& s, int64_t begin, int64_t end, float* partial) {
  const int64_t e = s.width;
  float* const carried = partial + 3 * e;
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t i = 0; i < e; i += kLanes) store(carried + i, Vector{});
    for (int64_t t = s.time - 1; t >= 0; --t) {
      const int64_t row = b * s.time + t;
      const T* const in = s.input + row * 3 * e;
      T* const d_in = s.d_input + row * 3 * e;
      const float* const state = s.states + row * e;
      const float* const before = t > 0 ? state - e : s.initial + b * e;
      for (int64_t i = 0; i < e; i += kLanes) {
        const Vector c = load(in + i) + load(s.bias + i);
        const Vector f = sigmoid(load(in + e + i) + load(s.bias + e + i));
        const Vector g = load(in + 2 * e + i) + load(s.bias + 2 * e + i);
        const Vector gate = sigmoid(g), d = load(s.d_output + row * e + i);
        const Vector d_state = load(carried + i) + d * g * gate;
        const Vector d_candidate = d_state * (1.0F - f);
        const Vector d_forget = d_candidate * (load(before + i) - c) * f;
        const Vector d_gate = d * load(state + i) * gate * (1.0F + g * (1.0F - gate));
        store(carried + i, d_state * f);
        store(d_in + i, d_candidate);
        store(d_in + e + i, d_forget);
        store(d_in + 2 * e + i, d_gate);
        store(partial + i, load(partial + i) + d_candidate);
        store(partial + e + i, load(partial + e + i) + d_forget);
        store(partial + 2 * e + i, load(partial + 2 * e + i) + d_gate);
      }
    }
  }
}

// gelu(z) = z sigmoid(2 sqrt(2 / pi) (z + 0.044715 z^3)): the tanh form, since 1 + tanh(a) = 2 sigmoid(2 a).
constexpr float kGelu = 1.5957691216F;
constexpr float kGeluCubic = 0.044715F;

template <typename T>
void feed(const Feed<T>& f, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    T* const out = f.output + row * f.width;
    const T* const in = f.input + row * f.width * (f.activation == Activation::kSwiGlu ? 2 : 1);
    for (int64_t i = 0; i < f.width; i += kLanes) {
      Vector z = load(in + i);
      switch (f.activation) {
        case Activation::kGelu:
          z += load(f.bias + i);
          z *= sigmoid(kGelu * (z + kGeluCubic * z * z * z));
          break;
        case Activation::kSquaredRelu:
          z = larger(z, Vector{}) * larger(z, Vector{});
          break;
        case Activation::kSwiGlu:
          const Vector g = load(in + f.width + i);
          z *= g * sigmoid(g);
          break;
      }
      store(out + i, z);
    }
  }
}

template <typename T>
void feed_backward(const Feed<T>& f, int64_t begin, int64_t end, float* partial) {
  for (int64_t row = begin; row < end; ++row) {
    const int64_t start = row * f.width * (f.activation == Activation::kSwiGlu ? 2 : 1);
    const T* const in = f.input + start;
    T* const d_in = f.d_input + start;
    for (int64_t i = 0; i < f.width; i += kLanes) {
      const Vector d = load(f.d_output + row * f.width + i);
      Vector z = load(in + i);
      switch (f.activation) {
        case Activation::kGelu: {
          z += load(f.bias + i);
          const Vector s = sigmoid(kGelu * (z + kGeluCubic * z * z * z));
          const Vector dz = d * (s + z * s * (1.0F - s) * kGelu * (1.0F + 3 * kGeluCubic * z * z));
          store(d_in + i, dz);
          store(partial + i, load(partial + i) + dz);
          break;
        }
        case Activation::kSquaredRelu:
          store(d_in + i, d * 2.0F * larger(z, Vector{}));
          break;
        case Activation::kSwiGlu: {
          const Vector g = load(in + f.width + i), s = sigmoid(g);
          store(d_in + i, d * g * s);
          store(d_in + f.width + i, d * z * s * (1.0F + g * (1.0F - s)));
          break;
        }
      }
    }
  }
}

template <typename T>
void cross_entropy(const CrossEntropy<T>& c, int64_t begin, int64_t end, float* partial) {
  const int64_t symbols = c.symbols;
  float* const logits = partial + symbols;
  for (int64_t row = begin; row < end; ++row) {
    Vector most = splat(-INFINITY);
    for (int64_t i = 0; i < symbols; i += kLanes) {
      const Vector v = load(c.logits + row * symbols + i) + load(c.bias + i);
      store(logits + i, v);
      most = larger(most, v);
    }
    float peak = most[0];
    for (int i = 1; i < kLanes; ++i) peak = most[i] > peak ? most[i] : peak;
    const int target = c.targets[row];
    const float wanted = logits[target];
    Vector total{};
    for (int64_t i = 0; i < symbols; i += kLanes) {
      const Vector e = exponential(load(logits + i) - peak);
      store(logits + i, e);
      total += e;
    }
    const float all = sum(total);
    c.losses[row] = peak - wanted + std::log(all);
    if (c.d_logits == nullptr) continue;
    const float factor = c.scale / all;
    for (int64_t i = 0; i < symbols; i += kLanes) store(logits + i, load(logits + i) * factor);
    logits[target] -= c.scale;
    for (int64_t i = 0; i < symbols; i += kLanes) {
      const Vector d = load(logits + i);
      store(c.d_logits + row * symbols + i, d);
      store(partial + i, load(partial + i) + d);
    }
  }
}

template <typename T>
void lookup(const Lookup<T>& l, int64_t begin, int64_t end) {
  for (int64_t k = begin * l.count; k < end * l.count; ++k) {
    const float* const row = l.table + l.rows[k] * l.width;
    for (int64_t i = 0; i < l.width; i += kLanes) store(l.output + k * l.width + i, load(row + i));
  }
}

template <typename T>
void lookup_update(const Lookup<T>& l, int64_t begin, int64_t end) {
  for (int64_t k = begin * l.count; k < end * l.count; ++k) {
    const T* const d = l.gradient + k * l.width;
    Vector squares{};
    for (int64_t i = 0; i < l.width; i += kLanes) squares += load(d + i) * load(d + i);
    float& total = l.squares[l.rows[k]];
    total += sum(squares) * l.scale * l.scale / static_cast<float>(l.width);
    const float step = l.rate * l.scale / (std::sqrt(total) + kEpsilon);
    float* const row = l.table + l.rows[k] * l.width;
    for (int64_t i = 0; i < l.width; i += kLanes) store(row + i, load(row + i) - load(d + i) * step);
  }
}

template <typename T>
constexpr CpuLoops<T> kLoops = {
    join<T>,          join_backward<T>, convolution<T>,       convolution_backward<T>, scan<T>,
    scan_backward<T>, feed<T>,          feed_backward<T>,     cross_entropy<T>,        lookup<T>,
    lookup_update<T>, attention<T>,     attention_backward<T>};

}  // namespace

namespace LMZIP_VARIANT {
const CpuLoops<float>& of_float() { return kLoops<float>; }
const CpuLoops<Bfloat16>& of_bfloat16() { return kLoops<Bfloat16>; }
}  // namespace LMZIP_VARIANT

}  // namespace lmzip::torch_plugin
