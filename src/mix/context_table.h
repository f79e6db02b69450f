// SPDX-License-Identifier: Apache-2.0
// The hash table that holds the bit histories of all contexts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/huge_array.h"
#include "mix/bit_history.h"
#include "mix/journal.h"

namespace lmzip::mix {

/// One slot: the histories of the 15 nodes of a half-byte's binary tree, root first (children of node n: 2n+1, 2n+2).
using NibbleSlot = BitHistory*;

/// Hashed slots, four to a cache line, told apart by 8-bit tags; when a line is full, the slot with the weakest root
/// history makes room. A context has four neighbouring lines: one for the first half of the next byte, and one of
/// the four, chosen by three bits of the first half, for the second. So the second can be fetched before it is needed.
///
/// The table starts small and doubles as data arrives, by copying itself: the index gets one more bit, and what was
/// stored is found on both sides. So memory follows the input, and what is forecast depends on the data alone.
class ContextTable {
 public:
  /// Has 2^kMinBits cache lines of 64 bytes at first and 2^`max_bits` in the end; max_bits <= 24.
  explicit ContextTable(int max_bits);

  static constexpr int kMinBits = 14;

  /// Brings the line of find(hash, 1) into the cache.
  void prefetch(uint64_t hash) const { __builtin_prefetch(lines_.data() + line(hash) * kLine); }
  /// Brings the line of find(hash, path) into the cache for both paths that begin with `three_bits` (8..15).
  void prefetch(uint64_t hash, uint32_t three_bits) const {
    __builtin_prefetch(lines_.data() + line(hash ^ side(three_bits)) * kLine);
  }

  /// The slot of the context `hash` for a first half-byte (`path` = 1), or for a second one after the first, `path`
  /// being that with a leading one (16..31). Cleared if it was another's. Valid until grow_for(); later calls may give
  /// the slot to others.
  template <typename Save = Forget>
  NibbleSlot find(uint64_t hash, uint32_t path, Save save = {});

  /// Makes room for what `bytes` of input (since the start) will have stored.
  void grow_for(uint64_t bytes) {
    if (bytes >= next_growth_) grow();
  }

 private:
  static constexpr size_t kLine = 64;
  static constexpr size_t kSlots = 4;
  static constexpr size_t kNodes = 15;

  static constexpr int kIndexShift = 20;  ///< where the line number stands in a hash

  size_t line(uint64_t hash) const { return (hash >> kIndexShift) & mask_; }
  /// What the first three bits of a byte (with a leading one) change in a hash: the lowest two bits of the line number.
  static uint64_t side(uint32_t three_bits) { return uint64_t{(three_bits * 0x5D1u >> 5) & 3} << kIndexShift; }
  void grow();

  base::HugeArray lines_;
  uint64_t mask_;
  uint64_t next_growth_;
};

}  // namespace lmzip::mix
