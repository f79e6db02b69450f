// SPDX-License-Identifier: Apache-2.0
#include "bench/seven_bit.h"

#include <gtest/gtest.h>

#include <string_view>

#include "base/random.h"

namespace lmzip::bench {
namespace {

constexpr CorpusKind kKinds[] = {CorpusKind::kText, CorpusKind::kImage, CorpusKind::kSound, CorpusKind::kRandom};

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST(SevenBit, EveryChunkComesBackFromSymbolsAndLostBits) {
  base::Random random(1);
  std::vector<Bytes> chunks{
      {}, {0}, {255}, bytes_of("plain"), bytes_of("na\xc3\xafve \xe2\x82\xac"), Bytes(2048, 0x80)};
  for (const size_t size : {1, 7, 8, 9, 2048}) {
    Bytes chunk(size);
    for (uint8_t& byte : chunk) byte = static_cast<uint8_t>(random.below(256));
    chunks.push_back(chunk);
  }
  for (const CorpusKind kind : kKinds) {
    for (const Bytes& chunk : chunks) {
      const SevenBitChunk split = split_bits(chunk, kind);
      ASSERT_EQ(split.symbols.size(), chunk.size());
      for (const uint8_t symbol : split.symbols) ASSERT_LT(symbol, 128);
      EXPECT_EQ(join_bits(split.symbols, split.lost, kind), chunk) << name_of(kind) << chunk.size();
    }
  }
}

TEST(SevenBit, TextLosesBitsOnlyWhereTheyWereSet) {
  const SevenBitChunk split = split_bits(bytes_of("a\xc3\xa9z"), CorpusKind::kText);
  EXPECT_EQ(split.symbols, (Bytes{'a', 0x43, 0x29, 'z'}));
  EXPECT_EQ(split.lost_bits, 2u);
}

TEST(SevenBit, EverythingElseLosesTheLowestBitOfEveryByte) {
  for (const CorpusKind kind : {CorpusKind::kImage, CorpusKind::kSound, CorpusKind::kRandom}) {
    const SevenBitChunk split = split_bits(Bytes{0, 1, 254, 255, 100}, kind);
    EXPECT_EQ(split.symbols, (Bytes{0, 0, 127, 127, 50}));
    EXPECT_EQ(split.lost_bits, 5u);
    EXPECT_EQ(split.lost, Bytes{0b01010});
  }
}

TEST(SevenBit, AsciiCostsNextToNothingToMark) {
  EXPECT_LE(split_bits(Bytes(2048, 'e'), CorpusKind::kText).lost.size(), 3u);
}

}  // namespace
}  // namespace lmzip::bench
