// SPDX-License-Identifier: Apache-2.0
// The two inner loops of a logistic mixer, for every instruction set.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace lmzip::kernels {

/// Inputs come in multiples of this; the caller pads with zeros.
inline constexpr int kMixingStep = 16;

/// And at most so many: the sum of as many largest products, 4095 x 2^19 >> 8 each, is still below 2^31.
inline constexpr int kMixingMaxInputs = 256;

/// Weights have 16 fractional bits and stay within +-8, so that |input * weight| < 2^31 for |input| <= 4095.
inline constexpr int32_t kMixingWeightLimit = 8 << 16;

/// What a mixer with several selected weight sets does for one bit. All arrays have `inputs` elements per set.
///   Preconditions: inputs a multiple of kMixingStep, 1..kMixingMaxInputs; |input| <= 4095, |step| < 2^19,
///   |weight| <= kMixingWeightLimit. Sums are of integers, so every implementation gives the same bits.
///   Bound: inputs x sets multiply-adds and 4 bytes of weights each, from L1 or L2; twice that for training.
struct Mixing {
  Isa isa;

  /// dots[s] = sum_i (input[i] * weights[s][i]) >> 8, each product shifted (floor) before it is added.
  void (*dot)(const int32_t* input, const int32_t* const* weights, int inputs, int sets, int32_t* dots);

  /// weights[s][i] += (input[i] * steps[s] + 2^13) >> 14, then clamped to +-kMixingWeightLimit.
  void (*train)(const int32_t* input, int32_t* const* weights, int inputs, int sets, const int32_t* steps);
};

/// The implementations this machine can run, slowest first; never empty.
std::span<const Mixing> available_mixing();

/// The one to use: the best within the bound of isa.h.
const Mixing& mixing();

}  // namespace lmzip::kernels
