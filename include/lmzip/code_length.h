// SPDX-License-Identifier: Apache-2.0
// How a compressor is asked for code lengths, and how those become a distribution.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lmzip {

/// What code lengths are counted in.
enum class LengthUnit : uint8_t {
  kBytes = 0,  ///< 8 bits for each byte that compress() would give: the paper's rule, and what a file would take
  kBits = 1,   ///< as fine as the codec knows: DEFLATE's bits before padding, a predictor's -log2 p; else as kBytes
};

/// How a classical codec predicts the next byte (CodeLengthPredictor). Predictors by nature need none of it.
struct CodeLengthOptions {
  /// Bytes of history that are compressed together with each candidate: the context. Time per byte grows with it.
  size_t window = 2048;
  LengthUnit unit = LengthUnit::kBytes;
  /// Bytes looked ahead, 1..kMaxHorizon. 1: the paper's rule. More: whole strings of so many bytes are candidates, and
  /// a byte's probability is the sum of those that begin with it. The next ones are looked for when so many bytes have
  /// been fed, or one that none of them has.
  size_t horizon = 1;
  /// Strings that are kept at each step of the horizon, to be lengthened by all 256 bytes at the next or to be the
  /// candidates at the last; 1..kMaxBeam. With a horizon of 1 all 256 bytes are candidates.
  size_t beam = 16;
  /// That share the candidates; the result does not depend on them. >= 1
  unsigned threads = 1;
};

inline constexpr size_t kMaxHorizon = 256;
inline constexpr size_t kMaxBeam = 4096;

}  // namespace lmzip
