// SPDX-License-Identifier: Apache-2.0
// context_table.h and context_set.h.
#include "mix/context_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mix/bit_history.h"
#include "mix/context_set.h"
#include "mix/hash.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

constexpr size_t kNodes = 15;
constexpr uint64_t kHashes = 400;  // few enough that no two share a line and a tag

BitHistory history_of(uint64_t context, size_t node) {
  return static_cast<BitHistory>(1 + (context * 31 + node) % static_cast<uint64_t>(kBitHistory.states - 1));
}

void store(ContextTable& table, uint64_t context, uint32_t path) {
  const NibbleSlot slot = table.find(hash_of(context), path);
  for (size_t node = 0; node < kNodes; ++node) slot[node] = history_of(context + path, node);
}

void expect_stored(ContextTable& table, uint64_t context, uint32_t path) {
  const NibbleSlot slot = table.find(hash_of(context), path);
  for (size_t node = 0; node < kNodes; ++node) {
    ASSERT_EQ(slot[node], history_of(context + path, node)) << "context " << context << ", path " << path;
  }
}

TEST(ContextTable, FindsAgainWhatWasStored) {
  ContextTable table(ContextTable::kMinBits);
  for (uint64_t context = 0; context < kHashes; ++context) {
    store(table, context, 1);
    store(table, context, 16 + context % 16);
  }
  for (uint64_t context = 0; context < kHashes; ++context) {
    ASSERT_NO_FATAL_FAILURE(expect_stored(table, context, 1));
    ASSERT_NO_FATAL_FAILURE(expect_stored(table, context, 16 + context % 16));
  }
}

TEST(ContextTable, ANewContextHasSeenNothing) {
  ContextTable table(ContextTable::kMinBits);
  for (uint64_t context = 0; context < 200000; ++context) {
    const NibbleSlot slot = table.find(hash_of(context), 1);
    // A tag of 8 bits may take it for another's; that is rare enough.
    if (context < 100) {
      ASSERT_EQ(std::count(slot, slot + kNodes, 0), static_cast<int64_t>(kNodes)) << context;
    }
    std::fill_n(slot, kNodes, BitHistory{9});
  }
}

TEST(ContextTable, GrowthKeepsWhatWasStored) {
  ContextTable table(ContextTable::kMinBits + 4);
  for (uint64_t context = 0; context < kHashes; ++context) store(table, context, 1), store(table, context, 23);
  for (uint64_t bytes = 1; bytes < uint64_t{1} << 20; bytes = bytes * 3 / 2 + 1) {
    table.grow_for(bytes);
    for (uint64_t context = 0; context < kHashes; context += 7) {
      ASSERT_NO_FATAL_FAILURE(expect_stored(table, context, 1)) << bytes;
      ASSERT_NO_FATAL_FAILURE(expect_stored(table, context, 23)) << bytes;
    }
  }
}

TEST(ContextTable, GrowthMakesRoom) {
  // Four times as many contexts as fit at first; the share of them that is found again.
  const auto kept = [](uint64_t bytes_announced) {
    ContextTable table(ContextTable::kMinBits + 4);
    for (int i = 0; i < 4; ++i) table.grow_for(bytes_announced);
    constexpr uint64_t kMany = 4 * 4 << ContextTable::kMinBits;
    for (uint64_t context = 0; context < kMany; ++context) store(table, context, 1);
    uint64_t found = 0;
    for (uint64_t context = kMany; context-- > 0;) {
      found += table.find(hash_of(context), 1)[kNodes - 1] == history_of(context + 1, kNodes - 1);
    }
    return static_cast<double>(found) / kMany;
  };
  EXPECT_LT(kept(0), 0.5);
  EXPECT_GT(kept(~uint64_t{0} / 4), 0.9);
}

/// The state after `count` ones.
BitHistory ones(int count) {
  BitHistory state = 0;
  for (int i = 0; i < count; ++i) state = kBitHistory.next[state][1];
  return state;
}

TEST(ContextTable, TheWeakestOfALineMakesRoom) {
  // Five contexts of one line: they differ only in the upper bits, which make the tag.
  const auto hash = [](uint64_t i) { return uint64_t{5} << 20 | (i + 1) << 56; };
  for (uint64_t weakest = 0; weakest < 4; ++weakest) {
    ContextTable table(ContextTable::kMinBits);
    for (uint64_t i = 0; i < 4; ++i) *table.find(hash(i), 1) = ones(i == weakest ? 2 : 20 + static_cast<int>(i));
    *table.find(hash(4), 1) = ones(30);
    for (uint64_t i = 0; i < 5; ++i) {
      if (i == weakest) continue;
      EXPECT_NE(*table.find(hash(i), 1), 0) << i << " had to go instead of " << weakest;
    }
    EXPECT_EQ(*table.find(hash(weakest), 1), 0);
  }
}

TEST(ContextTable, StaysWithinItsMemory) {
  ContextTable table(ContextTable::kMinBits + 1);
  for (const bool grown : {false, true}) {
    const uint64_t size = uint64_t{64} << (ContextTable::kMinBits + grown);
    uintptr_t lowest = ~uintptr_t{0}, highest = 0;
    for (uint64_t i = 0; i < 400000; ++i) {
      const uint64_t hash = i == 0 ? 0 : i == 1 ? ~uint64_t{0} : hash_of(i);
      table.prefetch(hash);
      table.prefetch(hash, 8 + i % 8);
      const NibbleSlot slot = table.find(hash, i % 17 == 16 ? 1 : 16 + i % 16);
      std::fill_n(slot, kNodes, BitHistory{1});
      lowest = std::min(lowest, reinterpret_cast<uintptr_t>(slot));
      highest = std::max(highest, reinterpret_cast<uintptr_t>(slot) + kNodes);
    }
    EXPECT_LE(highest - lowest, size);
    EXPECT_GT(highest - lowest, size * 9 / 10) << "much of it is never used";
    table.grow_for(uint64_t{1} << 40);
    table.grow_for(uint64_t{1} << 40);
  }
}

// One context set fed with whole bytes.
class FedSet {
 public:
  static constexpr size_t kContexts = 5;
  static constexpr size_t kInputs = kContexts * ContextSet::kInputsPerContext;

  /// Codes `byte` where the contexts' hashes are `hashes`; returns the inputs of its first bit.
  std::array<int32_t, kInputs> feed(std::span<const uint64_t> hashes, uint8_t byte) {
    std::array<int32_t, kInputs> first{};
    set_.begin_byte(hashes, 0, ++bytes_);
    set_.locate(1);
    for (int bit = 7; bit >= 0; --bit) {
      const uint32_t partial = (byte | 256u) >> (bit + 1);
      if (bit == 4) set_.prefetch_second_half(partial);
      if (bit == 3) set_.locate(partial);
      std::array<int32_t, kInputs> inputs;
      set_.write_inputs(inputs.data());
      if (bit == 7) first = inputs;
      for (const int32_t input : inputs) within_limits &= std::abs(input) <= 4095;
      set_.update(byte >> bit & 1);
    }
    return first;
  }

  bool within_limits = true;  ///< all inputs so far

 private:
  ContextSet set_{kContexts, 1, ContextTable::kMinBits};
  uint64_t bytes_ = 0;
};

TEST(ContextSet, ContextsNeverSeenSayNothing) {
  FedSet set;
  for (uint64_t i = 0; i < 50; ++i) {
    const std::array<uint64_t, FedSet::kContexts> fresh = {hash_of(i, 0), hash_of(i, 1), hash_of(i, 2), hash_of(i, 3),
                                                           hash_of(i, 4)};
    for (const int32_t input : set.feed(fresh, static_cast<uint8_t>(i))) ASSERT_EQ(input, 0);
  }
}

TEST(ContextSet, ContextsSeenSpeakForWhatFollowedThem) {
  for (const uint8_t byte : {uint8_t{0x80}, uint8_t{0x7F}}) {
    FedSet set;
    for (uint64_t i = 0; i < 40; ++i) {
      // The first context is always the same, the others are new.
      const std::array<uint64_t, FedSet::kContexts> hashes = {hash_of(0), hash_of(i, 1), hash_of(i, 2), hash_of(i, 3),
                                                              hash_of(i, 4)};
      const auto inputs = set.feed(hashes, byte);
      ASSERT_EQ(inputs[0] != 0, i > 0);
      const int sign = byte & 0x80 ? 1 : -1;
      if (i > 10) {
        ASSERT_GT(sign * inputs[0], kStretchOne);
      }
    }
  }
}

TEST(ContextSet, InputsStayWithinTheMixersLimits) {
  FedSet set;
  test::Lehmer random(3);
  for (int i = 0; i < 30000; ++i) {
    std::array<uint64_t, FedSet::kContexts> hashes;
    for (uint64_t& hash : hashes) hash = hash_of(random.below(i < 10000 ? 3 : 3000));
    set.feed(hashes, static_cast<uint8_t>(i / 1000 % 3 == 0 ? 0 : i / 1000 % 3 == 1 ? 255 : random.below(256)));
  }
  EXPECT_TRUE(set.within_limits);
}

}  // namespace
}  // namespace lmzip::mix
