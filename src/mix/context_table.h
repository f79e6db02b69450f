// SPDX-License-Identifier: Apache-2.0
// The hash table that holds the bit histories of all contexts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/huge_array.h"
#include "mix/bit_history.h"

namespace lmzip::mix {

/// One slot: the histories of the 15 nodes of a half-byte's binary tree, root first (children of node n: 2n+1, 2n+2).
using NibbleSlot = BitHistory*;

/// Hashed slots, four to a cache line, told apart by 8-bit tags. When a line is full the slot with the weakest root
/// history makes room. The table starts small and doubles as data arrives, by copying itself: the index gets one more
/// bit, and what was stored is found on both sides. So memory follows the input, and what is forecast depends on the
/// data alone.
class ContextTable {
 public:
  /// Has 2^kMinBits cache lines of 64 bytes at first and 2^`max_bits` in the end; max_bits <= 24.
  explicit ContextTable(int max_bits);

  static constexpr int kMinBits = 14;

  /// Brings the line of `hash` into the cache.
  void prefetch(uint64_t hash) const { __builtin_prefetch(line(hash)); }

  /// The slot of `hash`, cleared if it was another's. Valid until the next grow_for(); other slots of the same line may
  /// be taken over by later calls.
  NibbleSlot find(uint64_t hash);

  /// Makes room for what `bytes` of input (since the start) will have stored.
  void grow_for(uint64_t bytes) {
    if (bytes >= next_growth_) grow();
  }

 private:
  static constexpr size_t kLine = 64;
  static constexpr size_t kSlots = 4;
  static constexpr size_t kNodes = 15;

  uint8_t* line(uint64_t hash) const { return const_cast<uint8_t*>(lines_.data()) + ((hash >> 20) & mask_) * kLine; }
  void grow();

  base::HugeArray lines_;
  uint64_t mask_;
  uint64_t next_growth_;
};

}  // namespace lmzip::mix
