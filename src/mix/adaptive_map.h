// SPDX-License-Identifier: Apache-2.0
// Adaptive probabilities: small tables that learn what a context or a bit history means.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/line_allocator.h"
#include "mix/journal.h"
#include "mix/logistic.h"

namespace lmzip::mix {

namespace detail {
/// 8192 / (n + 1.5), the step after n observations; the first is cut to a half, so that products stay within 31 bits.
inline constexpr std::array<uint16_t, 1024> kStep = [] {
  std::array<uint16_t, 1024> table{};
  for (uint32_t n = 0; n < table.size(); ++n) table[n] = static_cast<uint16_t>(n == 0 ? 4095 : 16384 / (2 * n + 3));
  return table;
}();
}  // namespace detail

/// A probability with 22 bits and a count of observations with 10, which sets how fast it moves.
class AdaptiveProbability {
 public:
  AdaptiveProbability() : AdaptiveProbability(kProbabilityOne / 2) {}
  /// `p`, 16 bits, as if it had been observed `count` (0..1023) times.
  explicit AdaptiveProbability(int32_t p, uint32_t count = 0) : bits_(static_cast<uint32_t>(p) << 16 | count) {}

  /// P(1), 16 bits.
  int32_t p() const { return static_cast<int32_t>(bits_ >> 16); }
  uint32_t count() const { return bits_ & 1023; }

  /// Below this the steps would be too long for the smallest probabilities.
  static constexpr uint32_t kMinLimit = 7;

  /// Moves towards `bit` by 1 / (n + 1.5), n = observations so far but at most `limit` (kMinLimit..1023).
  void update(int bit, uint32_t limit) {
    const uint32_t n = bits_ & 1023;
    const int32_t distance = (bit ? (1 << 22) - 1 : 0) - static_cast<int32_t>(bits_ >> 10);
    bits_ += (static_cast<uint32_t>((distance >> 3) * detail::kStep[n]) & ~1023u) + (n < limit);
  }

 private:
  uint32_t bits_;
};

/// An adaptive probability map (APM, also SSE): refines a probability by what happened to similar ones in a context.
/// 32 interpolated cells across the stretched domain for each context: one cache line. (Mahoney 2005, section 4.4; the
/// idea is from Shkarin's PPMonstr.)
class AdaptiveMap {
 public:
  /// `contexts` rows; `rate`: cells move by 2^-rate of the error (4..8).
  AdaptiveMap(size_t contexts, int rate);

  /// Starts to fetch the rows `context` and `context` + 1.
  void prefetch(size_t context) const {
    __builtin_prefetch(&rows_[context]);
    __builtin_prefetch(&rows_[context + 1]);
  }

  /// The refined probability of `stretched` in `context` (< contexts), 16 bits; remembers the cell for
  /// update().
  int32_t refine(int32_t stretched, size_t context);

  /// Moves the cell nearest to what was refined towards `bit`.
  template <typename Save = Forget>
  void update(int bit, Save save = {});
  /// Saves what refine() remembers.
  void mark(Keep save) { save(&nearest_); }

 private:
  static constexpr size_t kCells = 32;
  struct alignas(64) Row {
    std::array<uint16_t, kCells> cells;
  };
  std::vector<Row, base::LineAllocator<Row>> rows_;
  uint16_t* nearest_;
  int rate_;
};

}  // namespace lmzip::mix
