// SPDX-License-Identifier: Apache-2.0
// The logistic domain of context mixing, in integers: stretch(p) = ln(p / (1 - p)) and its inverse, squash.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace lmzip::mix {

/// Probabilities of a one bit have 16 bits: p / 65536.
inline constexpr int kProbabilityBits = 16;
inline constexpr int32_t kProbabilityOne = 1 << kProbabilityBits;

/// Stretched probabilities have 8 fractional bits, so 256 is one nat; squash() saturates beyond +-12 nats.
inline constexpr int32_t kStretchOne = 256;
inline constexpr int32_t kStretchLimit = 12 * kStretchOne - 1;

namespace detail {
struct LogisticTables {
  std::array<uint16_t, 2 * kStretchLimit + 1> squash;  ///< index: stretched value + kStretchLimit
  std::array<int16_t, 4096> stretch;                   ///< index: probability >> 4
};
extern const LogisticTables kLogistic;

inline constexpr int kLogBits = 10;
/// log2(1 + i / 2^kLogBits), 16 fractional bits.
extern const std::array<uint32_t, 1 << kLogBits> kLog2;
}  // namespace detail

/// log2(x), 16 fractional bits; x > 0.
inline int32_t log2_of(uint32_t x) {
  const int whole = std::bit_width(x) - 1;
  const uint64_t below = uint64_t{x} << detail::kLogBits >> whole;  // 2^kLogBits and the leading bits of the fraction
  return (whole << 16) + static_cast<int32_t>(detail::kLog2[below & ((1 << detail::kLogBits) - 1)]);
}

/// Probability (1..65535) of a stretched value; anything beyond +-kStretchLimit saturates.
inline int32_t squash(int32_t stretched) {
  return detail::kLogistic
      .squash[static_cast<size_t>(std::clamp(stretched, -kStretchLimit, kStretchLimit) + kStretchLimit)];
}

/// Stretched value (-2308..2308) of a probability (0..65535), with the resolution of its upper 12 bits.
inline int32_t stretch(int32_t probability) { return detail::kLogistic.stretch[static_cast<size_t>(probability >> 4)]; }

}  // namespace lmzip::mix
