// SPDX-License-Identifier: Apache-2.0
// Adaptive filters over long histories.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/isa.h"

namespace lmzip::numbers {

/// Normalized least mean squares (Widrow and Hoff 1960; the cascades of Monkey's Audio and OptimFROG are made of such).
/// Linear in the number of taps, so that it can look further back than least squares can afford to.
class LongFilter {
 public:
  /// `taps`, a multiple of 8; `rate`: 12 fractional bits.
  LongFilter(size_t taps, int32_t rate) : taps_(taps), rate_(rate), weights_(taps), history_(taps + kRoom) {}

  static constexpr uint64_t bytes(size_t taps) { return (2 * taps + kRoom) * sizeof(int32_t); }

  LMZIP_INLINE int32_t predict() {
    const int32_t* const __restrict past = &history_[begin_];
    const int32_t* const __restrict weights = weights_.data();
    int32_t sum = 0;
    for (size_t i = 0; i < (taps_ & ~size_t{7}); ++i) sum += ((weights[i] >> 10) * past[i]) >> 8;
    return prediction_ = sum >> 6;
  }

  /// The next of the history, within what 16383 cuts; errors beyond `limit` do not overturn the weights.
  LMZIP_INLINE void update(int32_t next, int32_t limit) {
    const int32_t error = std::clamp(next - prediction_, -limit, limit);
    int64_t step =
        int64_t{error} * (1 << 28) / (energy_ + int64_t{kLeastEnergy} * static_cast<int64_t>(taps_) + 1) * rate_;
    int shift = 16;
    for (; step > 32767 || step < -32767; --shift) step /= 2;
    if (shift >= 0) {
      const int32_t round = shift > 0 ? 1 << shift >> 1 : 0;
      const auto factor = static_cast<int32_t>(step);
      const int32_t* const __restrict past = &history_[begin_];
      int32_t* const __restrict weights = weights_.data();
      for (size_t i = 0; i < (taps_ & ~size_t{7}); ++i) {
        weights[i] = std::min(std::max(weights[i] + ((factor * past[i] + round) >> shift), -kMostWeight), kMostWeight);
      }
    }
    next = std::clamp(next, -16383, 16383);
    energy_ += int64_t{next} * next - int64_t{history_[begin_]} * history_[begin_];
    if (begin_ + taps_ + 1 >= history_.size()) {
      std::memmove(&history_[0], &history_[begin_], taps_ * sizeof(int32_t));
      begin_ = 0;
    }
    history_[begin_ + taps_] = next;
    ++begin_;
  }

 private:
  static constexpr size_t kRoom = 2048;
  static constexpr int32_t kLeastEnergy = 8;
  static constexpr int32_t kMostWeight = 1 << 25;

  size_t taps_;
  int32_t rate_;
  std::vector<int32_t> weights_;  ///< 24 fractional bits, the oldest tap first
  std::vector<int32_t> history_;  ///< its last taps_ from begin_ on; slides, and is moved back at times
  size_t begin_ = 0;
  int64_t energy_ = 0;  ///< of those
  int32_t prediction_ = 0;
};

}  // namespace lmzip::numbers
