// SPDX-License-Identifier: Apache-2.0
// Integer cumulative frequencies: the only currency between a model and a coder (the "float border").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmzip {

/// Index into an alphabet: a bit (0..1), a byte (0..255) or a token (0..N-1).
using Symbol = uint32_t;

/// A distribution over `size()` symbols as cumulative integer frequencies
/// 0 = c[0] < c[1] < ... < c[n] = total. The strict inequalities make every symbol codable.
class FrequencyTable {
 public:
  static constexpr uint32_t kMaxTotal = 1u << 24;
  static constexpr uint32_t kMaxSymbols = 1u << 17;
  /// Total of a binary table; probabilities of bits have 16 bits.
  static constexpr uint32_t kBitTotal = 1u << 16;

  /// A fair coin.
  FrequencyTable() : cumulative_{0, kBitTotal / 2, kBitTotal} {}

  /// Replaces the table by the given frequencies. Keeps its allocation when it is large enough.
  /// Refuses (Error kUsage), leaving the table as it was: fewer than 2 or more than kMaxSymbols symbols, a zero, a
  /// total above kMaxTotal.
  void assign(std::span<const uint32_t> frequencies);

  /// All `symbols` equally likely, each with frequency 1.
  static FrequencyTable uniform(uint32_t symbols);

  /// Binary tables only: sets P(1) = p1 / kBitTotal. Precondition: size() == 2 and 0 < p1 < kBitTotal.
  /// Symbol 0 has the low end of the interval.
  void set_bit(uint32_t p1) { cumulative_[1] = kBitTotal - p1, cumulative_[2] = kBitTotal; }
  /// Binary tables with total kBitTotal only: the p1 of set_bit().
  uint32_t bit() const { return kBitTotal - cumulative_[1]; }

  Symbol size() const { return static_cast<Symbol>(cumulative_.size() - 1); }
  uint32_t total() const { return cumulative_.back(); }
  uint32_t low(Symbol symbol) const { return cumulative_[symbol]; }
  uint32_t high(Symbol symbol) const { return cumulative_[symbol + 1]; }

  /// The symbol s with low(s) <= target < high(s). Precondition: target < total().
  Symbol find(uint32_t target) const;

  /// Ideal code length of `symbol` in bits, -log2(frequency / total); for reports, never for coding.
  double bits(Symbol symbol) const;

 private:
  std::vector<uint32_t> cumulative_;
};

}  // namespace lmzip
