// SPDX-License-Identifier: Apache-2.0
// The code is as short as the tables allow.
#include <gtest/gtest.h>

#include "unit/coder/coder_fixtures.h"

namespace lmzip::test {
namespace {

constexpr double kRelativeOverhead = 1e-4;
constexpr double kBitsPerStream = 8;

void expect_near_ideal(size_t code_bytes, double ideal) {
  const auto bits = static_cast<double>(code_bytes) * 8;
  EXPECT_LE(bits, ideal * (1 + kRelativeOverhead) + kBitsPerStream);
  // The last interval may be up to 4 times wider than the code says; anything shorter measures something else.
  EXPECT_GE(bits, ideal * (1 - kRelativeOverhead) - 2);
}

TEST(CoderCost, MegabyteOfBitsIsWithinOneHundredthOfAPercent) {
  std::mt19937_64 random(1);
  Bytes code;
  ArithmeticEncoder encoder(code);
  double ideal = 0;
  FrequencyTable table;
  for (int i = 0; i < 8 << 20; ++i) {
    table.set_bit(1 + below(random, FrequencyTable::kBitTotal - 1));
    const Symbol bit = table.find(below(random, FrequencyTable::kBitTotal));
    encoder.encode_bit(bit != 0, table.bit());
    ideal += table.bits(bit);
  }
  encoder.finish();
  expect_near_ideal(code.size(), ideal);
}

class SkewedBits : public ::testing::TestWithParam<uint32_t> {};

TEST_P(SkewedBits, AreWithinOneHundredthOfAPercent) {
  std::mt19937_64 random(GetParam());
  FrequencyTable table;
  table.set_bit(GetParam());
  const auto bits = draw(table, 8 << 20, random);
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (const Symbol bit : bits) encoder.encode_bit(bit != 0, GetParam());
  encoder.finish();
  expect_near_ideal(code.size(), ideal_bits(bits, table));
}

INSTANTIATE_TEST_SUITE_P(POne, SkewedBits, ::testing::Values(1, 300, 50000, 65535));

struct Source {
  uint32_t symbols, total;
  size_t count;
};
class SymbolSource : public ::testing::TestWithParam<Source> {};

TEST_P(SymbolSource, IsWithinOneHundredthOfAPercent) {
  const auto& [symbols, total, count] = GetParam();
  std::mt19937_64 random(total);
  for (const auto& table : {random_table(symbols, total, random), winner_takes_all(symbols, total, symbols / 3)}) {
    const auto sequence = draw(table, count, random);
    expect_near_ideal(encode_all(sequence, table).size(), ideal_bits(sequence, table));
  }
}

INSTANTIATE_TEST_SUITE_P(OfOneMegabyte, SymbolSource,
                         ::testing::Values(Source{256, 256, 1 << 20}, Source{256, 1 << 16, 1 << 20},
                                           Source{256, 1 << 24, 1 << 20}, Source{1 << 17, 1 << 17, 1 << 19},
                                           Source{1 << 17, 1 << 24, 1 << 19}));

TEST(CoderCost, ShortStreamsPayAtMostOneByte) {
  std::mt19937_64 random(3);
  for (const uint32_t symbols : {2u, 3u, 256u, 1u << 17}) {
    const FrequencyTable table = random_table(symbols, 1 << 24, random);
    for (size_t length = 0; length < 40; ++length) {
      const auto sequence = draw(table, length, random);
      const auto bits = static_cast<double>(encode_all(sequence, table).size()) * 8;
      ASSERT_LE(bits, ideal_bits(sequence, table) + 8.01) << symbols << " symbols, length " << length;
    }
  }
}

}  // namespace
}  // namespace lmzip::test
