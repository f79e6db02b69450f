// SPDX-License-Identifier: Apache-2.0
// Linear prediction whose weights follow the data, in integers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

#include "kernels/isa.h"

namespace lmzip::numbers {

/// Sum of weight * input >> shift; 64 bits wide where 32 might not do.
template <bool kWide, size_t kTaps>
LMZIP_INLINE int32_t weigh(const std::array<int32_t, kTaps>& weights, const std::array<int32_t, kTaps>& inputs,
                           int shift) {
  std::conditional_t<kWide, int64_t, int32_t> sum = 0;
  for (size_t i = 0; i < kTaps; ++i) sum += decltype(sum){weights[i]} * inputs[i];
  return static_cast<int32_t>(sum >> shift);
}

/// Recursive least squares by coordinate descent (Zakharov et al. 2008): the normal equations R w = b are kept with
/// exponential forgetting, and each new number mends a few of the weights by one exact step each, instead of solving
/// anew. What is kept of b is the rest, b - R w. Cost of a number: kTaps^2 multiplications, and kTaps for each step.
template <size_t kTaps>
class alignas(64) DescentPredictor {
 public:
  using Inputs = std::array<int32_t, kTaps>;

  /// As if `strength` numbers had been seen, with products of inputs `moments` (8 fractional bits), `ridge` more on the
  /// diagonal, which these `weights` (16 fractional bits) predict best.
  template <typename Moments>
  DescentPredictor(const Inputs& weights, const Moments& moments, int32_t strength, int32_t ridge) : weights_(weights) {
    for (size_t i = 0; i < kTaps; ++i) {
      for (size_t j = 0; j < kTaps; ++j) products_[i][j] = (moments[i][j] + (i == j) * ridge) * 64 * strength;
    }
  }

  template <bool kWide>
  LMZIP_INLINE int32_t predict(const Inputs& inputs, int shift) const {
    return weigh<kWide>(weights_, inputs, shift);
  }

  /// Inputs and the prediction's error in scales of the latter, 7 fractional bits, |x| <= 2047: busy places count no
  /// more than quiet ones. What was seen is worth 1 - 2^-`memory` of what it was; `steps` weights are mended, kStride
  /// apart.
  LMZIP_INLINE void update(const Inputs& inputs, int32_t error, int memory, int steps) {
    int32_t most = 0;
    for (size_t i = 0; i < kTaps; ++i) {
      Inputs& row = products_[i];
      const int32_t input = inputs[i];
      for (size_t j = 0; j < kTaps; ++j) row[j] += input * inputs[j] - (row[j] >> memory);
      most |= row[i];
    }
    for (size_t j = 0; j < kTaps; ++j) rest_[j] += error * inputs[j] - (rest_[j] >> memory);
    if (most >= kLargest) [[unlikely]]
      halve();
    for (; steps > 0; --steps) {
      const Inputs& row = products_[next_];
      const int32_t step = std::clamp(rest_[next_] / ((row[next_] >> 12) + 1), -2047, 2047);  // 12 fractional bits
      weights_[next_] = std::clamp(weights_[next_] + step * 16, -kMostWeight, kMostWeight);
      for (size_t j = 0; j < kTaps; ++j) rest_[j] -= (step * (row[j] >> 8)) >> 4;
      next_ = next_ + kStride < kTaps ? next_ + kStride : next_ + kStride - kTaps;
    }
  }

 private:
  static constexpr size_t kStride = 5;
  static_assert(kTaps % kStride != 0, "not all weights would be visited");
  static constexpr int32_t kLargest = 1 << 28;
  static constexpr int32_t kMostWeight = 4 << 16;

  void halve() {
    for (size_t i = 0; i < kTaps; ++i) {
      rest_[i] >>= 1;
      for (int32_t& product : products_[i]) product >>= 1;
    }
  }

  std::array<Inputs, kTaps> products_{};
  Inputs rest_{};
  Inputs weights_{};
  size_t next_ = 0;
};

}  // namespace lmzip::numbers
