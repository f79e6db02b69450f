// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise.h"

#include <bit>
#include <cmath>
#include <vector>

#include "kernels/exp2.h"

#if defined(__clang__)
#define LMZIP_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq")]]
#else
#define LMZIP_AVX512 [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=512")]]
#endif

namespace lmzip::kernels {
namespace {

constexpr int kStep = 16;
constexpr float kEpsilon = 1e-6f;
constexpr float kLog2E = 1.44269504f;

LMZIP_INLINE float sigmoid(float x) {
  const float exponent = x * -kLog2E;
  return 1.0f / (1.0f + exp2_approx(exponent > 126.0f ? 126.0f : exponent));
}

/// The sum of term(0) .. term(width - 1) in the order of the header.
template <typename Term>
LMZIP_INLINE float ordered_sum(int width, const Term& term) {
  float part[kStep] = {};
  for (int i = 0; i < width; i += kStep) {
    for (int j = 0; j < kStep; ++j) part[j] += term(i + j);
  }
  for (int half = kStep / 2; half > 0; half /= 2) {
    for (int j = 0; j < half; ++j) part[j] += part[j + half];
  }
  return part[0];
}

LMZIP_INLINE void rms_norm_loop(const float* x, const float* gain, int width, float* y) {
  const float square = ordered_sum(width, [x](int i) { return x[i] * x[i]; }) / static_cast<float>(width);
  const float factor = 1.0f / std::sqrt(square + kEpsilon);
  for (int i = 0; i < width; ++i) y[i] = x[i] * factor * gain[i];
}

LMZIP_INLINE void layer_norm_loop(const float* x, const float* gain, const float* offset, int width, float* y) {
  const float mean = ordered_sum(width, [x](int i) { return x[i]; }) / static_cast<float>(width);
  const float square =
      ordered_sum(width, [x, mean](int i) { return (x[i] - mean) * (x[i] - mean); }) / static_cast<float>(width);
  const float factor = 1.0f / std::sqrt(square + kEpsilon);
  for (int i = 0; i < width; ++i) y[i] = (x[i] - mean) * factor * gain[i] + offset[i];
}

LMZIP_INLINE void add_loop(const float* __restrict y, int width, float* __restrict x) {
  for (int i = 0; i < width; ++i) x[i] += y[i];
}

LMZIP_INLINE void dequantise_loop(const int8_t* __restrict values, float scale, int width, float* __restrict y) {
  for (int i = 0; i < width; ++i) y[i] = static_cast<float>(values[i]) * scale;
}

LMZIP_INLINE void convolve_loop(const float* u, const float* past, const float* taps, int width, float* y) {
  for (int i = 0; i < width; ++i) {
    float sum = taps[i] * u[i];
    sum += taps[width + i] * past[i];
    sum += taps[2 * width + i] * past[width + i];
    sum += taps[3 * width + i] * past[2 * width + i];
    y[i] = sum;
  }
}

LMZIP_INLINE void recur_loop(const float* __restrict input, int width, float* __restrict state, float* __restrict y) {
  for (int i = 0; i < width; ++i) {
    const float forget = sigmoid(input[width + i]);
    const float gate = input[2 * width + i];
    const float now = forget * state[i] + (1.0f - forget) * input[i];
    state[i] = now;
    y[i] = now * (gate * sigmoid(gate));
  }
}

LMZIP_INLINE void gelu_loop(int width, float* z) {
  // z / 2 (1 + tanh(a)) = z sigmoid(2 a).
  for (int i = 0; i < width; ++i) z[i] *= sigmoid(1.59576912f * (z[i] + 0.044715f * (z[i] * z[i] * z[i])));
}

LMZIP_INLINE void squared_relu_loop(int width, float* z) {
  for (int i = 0; i < width; ++i) {
    const float positive = z[i] > 0.0f ? z[i] : 0.0f;
    z[i] = positive * positive;
  }
}

LMZIP_INLINE void swiglu_loop(const float* gate, const float* value, int width, float* y) {
  for (int i = 0; i < width; ++i) y[i] = gate[i] * sigmoid(gate[i]) * value[i];
}

LMZIP_INLINE void rotate_loop(const float* cosines, const float* sines, int width, float factor, float* z) {
  const int half = width / 2;
  for (int k = 0; k < half; ++k) {
    const float a = z[k];
    const float b = z[half + k];
    z[k] = (a * cosines[k] - b * sines[k]) * factor;
    z[half + k] = (a * sines[k] + b * cosines[k]) * factor;
  }
}

LMZIP_INLINE void rms_norm_of_loop(const NormCall& call, int padded) {
  const float* const x = call.x;
  const float square = ordered_sum(padded, [x](int i) { return x[i] * x[i]; }) / static_cast<float>(call.width);
  const float factor = 1.0f / std::sqrt(square + call.epsilon);
  for (int i = 0; i < padded; ++i) call.y[i] = x[i] * factor * call.gain[i];
}

LMZIP_INLINE void layer_norm_of_loop(const NormCall& call, int padded) {
  const float* const x = call.x;
  float* const y = call.y;
  const auto width = static_cast<float>(call.width);
  const float mean = ordered_sum(padded, [x](int i) { return x[i]; }) / width;
  for (int i = 0; i < padded; ++i) y[i] = x[i] - mean;
  for (int i = call.width; i < padded; ++i) y[i] = 0.0f;
  const float square = ordered_sum(padded, [y](int i) { return y[i] * y[i]; }) / width;
  const float factor = 1.0f / std::sqrt(square + call.epsilon);
  for (int i = 0; i < padded; ++i) y[i] = y[i] * factor * call.gain[i] + call.offset[i];
}

LMZIP_INLINE void gelu_exact_loop(int width, float* z) {
  for (int i = 0; i < width; ++i) {
    const float x = (z[i] < 0.0f ? -z[i] : z[i]) * 0.707106781f;
    const float t = 1.0f / (1.0f + 0.3275911f * x);
    const float polynomial =
        t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    // The tail beyond |z|, which is what Phi is on the left.
    const float tail = 0.5f * polynomial * exp2_approx(x * x * -kLog2E);
    z[i] *= z[i] < 0.0f ? tail : 1.0f - tail;
  }
}

LMZIP_INLINE void silu_loop(int width, float* z) {
  for (int i = 0; i < width; ++i) z[i] *= sigmoid(z[i]);
}

LMZIP_INLINE void relu_loop(int width, float* z) {
  for (int i = 0; i < width; ++i) z[i] = z[i] > 0.0f ? z[i] : 0.0f;
}

LMZIP_INLINE void multiply_loop(const float* __restrict y, int width, float* __restrict x) {
  for (int i = 0; i < width; ++i) x[i] *= y[i];
}

LMZIP_INLINE void clamp_loop(float limit, int width, float* z) {
  for (int i = 0; i < width; ++i) {
    const float below = z[i] > limit ? limit : z[i];
    z[i] = below < -limit ? -limit : below;
  }
}

LMZIP_INLINE void turn_loop(const TurnCall& call) {
  for (int h = 0; h < call.heads; ++h) {
    float* const z = call.z + static_cast<int64_t>(h) * call.width;
    float* const other = z + call.pairs;
    for (int k = 0; k < call.pairs; ++k) {
      const float a = z[k];
      const float b = other[k];
      z[k] = (a * call.cosines[k] - b * call.sines[k]) * call.factor;
      other[k] = (a * call.sines[k] + b * call.cosines[k]) * call.factor;
    }
    for (int k = 2 * call.pairs; k < call.width; ++k) z[k] *= call.factor;
  }
}

constexpr uint32_t kMaxTotal = 1u << 24;

LMZIP_INLINE void frequencies_loop(const float* __restrict logits, int symbols, uint32_t* __restrict frequencies) {
  float part[kStep];
  for (int j = 0; j < kStep; ++j) part[j] = logits[j];
  for (int i = kStep; i < symbols; i += kStep) {
    for (int j = 0; j < kStep; ++j) part[j] = logits[i + j] > part[j] ? logits[i + j] : part[j];
  }
  float largest = part[0];
  for (int j = 1; j < kStep; ++j) largest = part[j] > largest ? part[j] : largest;

  // Weights of at most 1, first with `fraction` bits (15 for 256 symbols, so that the bits that are cut off are few
  // for any number), whose sum S tells how many more fit: with s more (or fewer) the total is below
  // (S + symbols) 2^s + symbols. So a certain symbol loses little to the others' floor of 1. The weights wait as floats
  // where the frequencies will be.
  const auto count = static_cast<uint32_t>(symbols);
  const int fraction = std::bit_width(count - 1) + 7;
  const auto one = static_cast<float>(uint32_t{1} << fraction);
  int64_t sum = 0;
  for (int i = 0; i < symbols; ++i) {
    const float weight = exp2_approx((logits[i] - largest) * kLog2E);
    frequencies[i] = std::bit_cast<uint32_t>(weight);
    sum += static_cast<int32_t>(weight * one);
  }
  constexpr int kRoomFraction = 24;
  const uint64_t room = (uint64_t{kMaxTotal - count} << kRoomFraction) / (static_cast<uint64_t>(sum) + count);
  const auto scale = static_cast<float>(uint32_t{1} << (fraction + std::bit_width(room) - 1 - kRoomFraction));
  for (int i = 0; i < symbols; ++i) {
    frequencies[i] = static_cast<uint32_t>(static_cast<int32_t>(std::bit_cast<float>(frequencies[i]) * scale) + 1);
  }
}

// `width & -kStep` tells the vectoriser that no remainder loop is needed.
#define LMZIP_ELEMENTWISE(NAME, TARGET)                                                                          \
  struct NAME {                                                                                                  \
    TARGET static void rms_norm(const float* x, const float* gain, int width, float* y) {                        \
      rms_norm_loop(x, gain, width & -kStep, y);                                                                 \
    }                                                                                                            \
    TARGET static void layer_norm(const float* x, const float* gain, const float* offset, int width, float* y) { \
      layer_norm_loop(x, gain, offset, width & -kStep, y);                                                       \
    }                                                                                                            \
    TARGET static void add(const float* y, int width, float* x) { add_loop(y, width & -kStep, x); }              \
    TARGET static void dequantise(const int8_t* values, float scale, int width, float* y) {                      \
      dequantise_loop(values, scale, width & -kStep, y);                                                         \
    }                                                                                                            \
    TARGET static void convolve(const float* u, const float* past, const float* taps, int width, float* y) {     \
      convolve_loop(u, past, taps, width & -kStep, y);                                                           \
    }                                                                                                            \
    TARGET static void recur(const float* input, int width, float* state, float* y) {                            \
      recur_loop(input, width & -kStep, state, y);                                                               \
    }                                                                                                            \
    TARGET static void gelu(int width, float* z) { gelu_loop(width & -kStep, z); }                               \
    TARGET static void squared_relu(int width, float* z) { squared_relu_loop(width & -kStep, z); }               \
    TARGET static void swiglu(const float* gate, const float* value, int width, float* y) {                      \
      swiglu_loop(gate, value, width & -kStep, y);                                                               \
    }                                                                                                            \
    TARGET static void rotate(const float* cosines, const float* sines, int width, float factor, float* z) {     \
      rotate_loop(cosines, sines, width & -kStep, factor, z);                                                    \
    }                                                                                                            \
    TARGET static void frequencies(const float* logits, int symbols, uint32_t* out) {                            \
      frequencies_loop(logits, symbols & -kStep, out);                                                           \
    }                                                                                                            \
    TARGET static void rms_norm_of(const NormCall& call) {                                                       \
      rms_norm_of_loop(call, (call.width + kStep - 1) & -kStep);                                                 \
    }                                                                                                            \
    TARGET static void layer_norm_of(const NormCall& call) {                                                     \
      layer_norm_of_loop(call, (call.width + kStep - 1) & -kStep);                                               \
    }                                                                                                            \
    TARGET static void gelu_exact(int width, float* z) { gelu_exact_loop(width & -kStep, z); }                   \
    TARGET static void silu(int width, float* z) { silu_loop(width & -kStep, z); }                               \
    TARGET static void relu(int width, float* z) { relu_loop(width & -kStep, z); }                               \
    TARGET static void multiply(const float* y, int width, float* x) { multiply_loop(y, width & -kStep, x); }    \
    TARGET static void clamp(float limit, int width, float* z) { clamp_loop(limit, width & -kStep, z); }         \
    TARGET static void turn(const TurnCall& call) { turn_loop(call); }                                           \
    static constexpr Elementwise table(Isa isa) {                                                                \
      return {isa,        rms_norm,     layer_norm, add,      dequantise,  convolve,    recur,                   \
              gelu,       squared_relu, swiglu,     rotate,   frequencies, rms_norm_of, layer_norm_of,           \
              gelu_exact, silu,         relu,       multiply, clamp,       turn};                                \
    }                                                                                                            \
  };

LMZIP_ELEMENTWISE(Scalar, )
#if defined(__x86_64__)
LMZIP_ELEMENTWISE(Avx2, [[gnu::target("avx2")]])
LMZIP_ELEMENTWISE(Avx512, LMZIP_AVX512)
#endif

std::vector<Elementwise> detect() {
  std::vector<Elementwise> found{Scalar::table(Isa::kScalar)};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back(Avx2::table(Isa::kAvx2));
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    found.push_back(Avx512::table(Isa::kAvx512));
  }
#endif
  return found;
}

}  // namespace

std::span<const Elementwise> available_elementwise() {
  static const std::vector<Elementwise> found = detect();
  return found;
}

const Elementwise& elementwise() { return best_within_bound(available_elementwise()); }

}  // namespace lmzip::kernels
