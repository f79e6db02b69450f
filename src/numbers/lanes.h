// SPDX-License-Identifier: Apache-2.0
// Lanes: several opinions of the next number side by side, each a prediction and how far it is usually off, and what
// they say of the number's next bit.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "kernels/isa.h"
#include "mix/journal.h"

namespace lmzip::numbers {

// All opinions have the same shape: a symmetric mixture of three logistic distributions, fitted to the errors of
// predictions of pictures and of speech, which have more weight in the middle and in the tails than one alone.
inline constexpr int kReach = 20;  // scales to either side that the table covers
inline constexpr int kCellsAScale = 64;
inline constexpr int32_t kCertain = 1 << 26;  // the table's 1
inline constexpr size_t kLaneTable = 2 * kReach * kCellsAScale + 2;

using LaneTable = std::array<int32_t, kLaneTable>;
/// P(error < (i / kCellsAScale - kReach) scales), of kCertain.
extern const LaneTable kPixelShape, kSampleShape;
/// ln(1 + (i + 1/2) / 512), 12 fractional bits.
extern const std::array<int32_t, 512> kLogarithm;

/// 2^20 / i, from 1 on.
inline constexpr std::array<int32_t, 1024> kInverse = [] {
  std::array<int32_t, 1024> table{};
  for (int32_t i = 1; i < 1024; ++i) table[static_cast<size_t>(i)] = (1 << 20) / i;
  return table;
}();

/// log2(x), x > 0, with `bits` linear fractional bits.
LMZIP_INLINE int log2_of_scale(uint32_t x, int bits) {
  const int whole = static_cast<int>(std::bit_width(x)) - 1;
  return (whole << bits) + static_cast<int>(static_cast<uint32_t>(uint64_t{x} << bits >> whole) & ((1u << bits) - 1));
}

/// `kCount` opinions of the next number and of the interval [low, high) that its bits so far leave. Predictions,
/// scales and numbers have the same fractional bits; predictions are within +-2^30, scales 1..2^26.
template <size_t kCount>
struct Lanes {
  using Row = std::array<int32_t, kCount>;

  alignas(64) Row prediction{};
  alignas(64) Row scale{};

  /// To be called when all predictions and scales are set.
  LMZIP_INLINE void prepare() {
    for (size_t k = 0; k < kCount; ++k) {
      // A scale as 10 bits and a shift, so that products with distances fit 32 bits.
      shift_[k] = std::max(0, static_cast<int>(std::bit_width(static_cast<uint32_t>(scale[k]))) - 10);
      inverse_[k] = kInverse[static_cast<size_t>(scale[k] >> shift_[k])];
      reach_[k] = static_cast<int32_t>(std::min<int64_t>(int64_t{kReach} * scale[k], (int64_t{1} << 31) - (1 << 20)));
    }
  }

  /// 2^20 / (scale >> shift), and that shift.
  int32_t inverse(size_t lane) const { return inverse_[lane]; }
  int32_t shift(size_t lane) const { return shift_[lane]; }

  /// `distance` in scales of `lane`, with kBits fractional bits; |distance| <= 64 scales.
  template <int kBits>
  LMZIP_INLINE int32_t in_scales(size_t lane, int32_t distance) const {
    return ((distance >> shift_[lane]) * inverse_[lane]) >> (20 - kBits);
  }

  void set_low(int32_t at, const LaneTable& shape) { below(at, shape, low_); }
  void set_high(int32_t at, const LaneTable& shape) { below(at, shape, high_); }

  /// The interval's `middle`: writes the stretched probability that the number is not below it. `flat` is added to both
  /// halves: what no opinion can rule out.
  LMZIP_INLINE void split(int32_t middle, int32_t flat, const LaneTable& shape, int32_t* stretched) {
    below(middle, shape, middle_);
    alignas(64) std::array<int32_t, 2 * kCount> logs;
    for (size_t k = 0; k < kCount; ++k) {
      logs[k] = high_[k] - middle_[k] + flat;
      logs[k + kCount] = middle_[k] - low_[k] + flat;
    }
    // ln, 12 fractional bits: a float has the whole part of log2 and the start of the rest side by side. Integers
    // become floats alike everywhere.
    for (int32_t& log : logs) {
      const auto bits = std::bit_cast<int32_t>(static_cast<float>(log));
      log = kLogarithm[static_cast<size_t>(bits >> 14) & 511] + (bits >> 23) * kLn2;
    }
    for (size_t k = 0; k < kCount; ++k) {
      stretched[k] = std::min(std::max((logs[k] - logs[k + kCount]) >> 4, -kMostStretched), kMostStretched);
    }
  }
  /// Goes on in the upper (1) or lower half of what was split.
  LMZIP_INLINE void choose(int bit) { (bit ? low_ : high_) = middle_; }

  /// Saves what a bit changes.
  void mark(mix::Keep save) {
    save(&low_);
    save(&high_);
    save(&middle_);
  }

 private:
  static constexpr int32_t kLn2 = 2839;  // 12 fractional bits
  static constexpr int32_t kMostStretched = 2047;

  LMZIP_INLINE void below(int32_t at, const LaneTable& shape, Row& out) const {
    for (size_t k = 0; k < kCount; ++k) {
      const int32_t distance = std::min(std::max(at - prediction[k], -reach_[k]), reach_[k]) >> shift_[k];
      constexpr int32_t kMiddle = kReach * kCellsAScale * 16;
      // What the shift has cut off the scale puts places a little beyond the ends.
      const int32_t place = std::min(std::max(((distance * inverse_[k]) >> 10) + kMiddle, 0), 2 * kMiddle);
      const auto cell = static_cast<size_t>(place >> 4);
      const int32_t left = shape[cell], right = shape[cell + 1];
      out[k] = left + (((right - left) * (place & 15)) >> 4);
    }
  }

  alignas(64) Row inverse_{};
  alignas(64) Row shift_{};
  alignas(64) Row reach_{};
  alignas(64) Row low_{};
  alignas(64) Row high_{};
  alignas(64) Row middle_{};
};

}  // namespace lmzip::numbers
