// SPDX-License-Identifier: Apache-2.0
#include "kernels/mixing.h"

#include <algorithm>
#include <vector>

// The loops are written once, in plain C++ that compilers vectorise, and instantiated inside functions compiled for
// each instruction set. Only integer operations occur, so all instances agree exactly.
#if defined(__clang__)
#define LMZIP_AVX512 [[gnu::target("avx512f")]]  // takes whole vectors anyway, and does not know the word
#else
#define LMZIP_AVX512 [[gnu::target("avx512f,prefer-vector-width=512")]]
#endif

namespace lmzip::kernels {
namespace {

LMZIP_INLINE void dot_loop(const int32_t* __restrict input, const int32_t* const* weights, int inputs, int sets,
                           int32_t* __restrict dots) {
  for (int s = 0; s < sets; ++s) {
    const int32_t* __restrict weight = weights[s];
    int32_t sum = 0;
    for (int i = 0; i < inputs; ++i) sum += (input[i] * weight[i]) >> 8;
    dots[s] = sum;
  }
}

LMZIP_INLINE void train_loop(const int32_t* __restrict input, int32_t* const* weights, int inputs, int sets,
                             const int32_t* steps) {
  for (int s = 0; s < sets; ++s) {
    int32_t* __restrict weight = weights[s];
    const int32_t step = steps[s];
    for (int i = 0; i < inputs; ++i) {
      const int32_t moved = weight[i] + ((input[i] * step + (1 << 13)) >> 14);
      weight[i] = std::min(std::max(moved, -kMixingWeightLimit), kMixingWeightLimit);
    }
  }
}

// `inputs & -kMixingStep` tells the vectoriser that no remainder loop is needed.
void dot_scalar(const int32_t* input, const int32_t* const* weights, int inputs, int sets, int32_t* dots) {
  dot_loop(input, weights, inputs & -kMixingStep, sets, dots);
}
void train_scalar(const int32_t* input, int32_t* const* weights, int inputs, int sets, const int32_t* steps) {
  train_loop(input, weights, inputs & -kMixingStep, sets, steps);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void dot_avx2(const int32_t* input, const int32_t* const* weights, int inputs, int sets,
                                      int32_t* dots) {
  dot_loop(input, weights, inputs & -kMixingStep, sets, dots);
}
[[gnu::target("avx2")]] void train_avx2(const int32_t* input, int32_t* const* weights, int inputs, int sets,
                                        const int32_t* steps) {
  train_loop(input, weights, inputs & -kMixingStep, sets, steps);
}
LMZIP_AVX512 void dot_avx512(const int32_t* input, const int32_t* const* weights, int inputs, int sets, int32_t* dots) {
  dot_loop(input, weights, inputs & -kMixingStep, sets, dots);
}
LMZIP_AVX512 void train_avx512(const int32_t* input, int32_t* const* weights, int inputs, int sets,
                               const int32_t* steps) {
  train_loop(input, weights, inputs & -kMixingStep, sets, steps);
}
#endif

std::vector<Mixing> detect() {
  std::vector<Mixing> found{{Isa::kScalar, dot_scalar, train_scalar}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back({Isa::kAvx2, dot_avx2, train_avx2});
  if (__builtin_cpu_supports("avx512f")) found.push_back({Isa::kAvx512, dot_avx512, train_avx512});
#endif
  return found;
}

}  // namespace

std::span<const Mixing> available_mixing() {
  static const std::vector<Mixing> found = detect();
  return found;
}

const Mixing& mixing() { return best_within_bound(available_mixing()); }

}  // namespace lmzip::kernels
