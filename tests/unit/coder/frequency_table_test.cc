// SPDX-License-Identifier: Apache-2.0
#include "lmzip/frequency_table.h"

#include <gtest/gtest.h>

#include "lmzip/error.h"
#include "unit/coder/coder_fixtures.h"

namespace lmzip::test {
namespace {

void expect_refused(const std::vector<uint32_t>& frequencies) {
  FrequencyTable table = table_of({3, 4, 5});
  try {
    table.assign(frequencies);
    ADD_FAILURE() << "accepted " << frequencies.size() << " symbols";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  }
  EXPECT_EQ(table.size(), 3u) << "a refused table must leave the old one";
  EXPECT_EQ(table.total(), 12u);
  EXPECT_EQ(table.high(1), 7u);
}

TEST(FrequencyTable, RefusesFewerThanTwoSymbols) {
  expect_refused({});
  expect_refused({5});
}

TEST(FrequencyTable, RefusesMoreThanTheLargestAlphabet) {
  expect_refused(std::vector<uint32_t>(FrequencyTable::kMaxSymbols + 1, 1));
}

TEST(FrequencyTable, RefusesZerosAnywhere) {
  expect_refused({0, 1, 1});
  expect_refused({1, 0, 1});
  expect_refused({1, 1, 0});
}

TEST(FrequencyTable, RefusesTotalsAboveTheLimitEvenWhenTheyWrapAround) {
  expect_refused({FrequencyTable::kMaxTotal, 1});
  expect_refused({0xFFFFFFFFu, 2});
  expect_refused(std::vector<uint32_t>(FrequencyTable::kMaxSymbols, 1u << 31));
}

TEST(FrequencyTable, AcceptsTheLimitsThemselves) {
  EXPECT_EQ(table_of({1, FrequencyTable::kMaxTotal - 1}).total(), FrequencyTable::kMaxTotal);
  EXPECT_EQ(table_of(std::vector<uint32_t>(FrequencyTable::kMaxSymbols, 128)).total(), FrequencyTable::kMaxTotal);
}

TEST(FrequencyTable, FindInvertsLowAndHigh) {
  std::mt19937_64 random(1);
  for (const uint32_t symbols : {2u, 3u, 256u, 1u << 17}) {
    const FrequencyTable table = random_table(symbols, 1 << 22, random);
    for (Symbol symbol = 0; symbol < symbols; ++symbol) {
      ASSERT_LT(table.low(symbol), table.high(symbol));
      ASSERT_EQ(table.find(table.low(symbol)), symbol);
      ASSERT_EQ(table.find(table.high(symbol) - 1), symbol);
    }
    ASSERT_EQ(table.low(0), 0u);
    ASSERT_EQ(table.high(symbols - 1), table.total());
  }
}

TEST(FrequencyTable, StartsAsAFairCoin) {
  const FrequencyTable table;
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.total(), FrequencyTable::kBitTotal);
  EXPECT_EQ(table.bit(), FrequencyTable::kBitTotal / 2);
}

TEST(FrequencyTable, BitProbabilityIsTheHighEnd) {
  FrequencyTable table;
  table.set_bit(1000);
  EXPECT_EQ(table.bit(), 1000u);
  EXPECT_EQ(table.high(1) - table.low(1), 1000u);
  EXPECT_EQ(table.low(0), 0u);
}

TEST(FrequencyTable, UniformGivesEverySymbolTheSameBits) {
  const FrequencyTable table = FrequencyTable::uniform(256);
  EXPECT_EQ(table.total(), 256u);
  for (Symbol symbol = 0; symbol < 256; ++symbol) EXPECT_DOUBLE_EQ(table.bits(symbol), 8.0);
}

TEST(FrequencyTable, ShrinksAndGrowsWithItsAlphabet) {
  FrequencyTable table = FrequencyTable::uniform(1000);
  table.assign(std::vector<uint32_t>{1, 3});
  EXPECT_EQ(table.size(), 2u);
  EXPECT_DOUBLE_EQ(table.bits(0), 2.0);
  table.assign(std::vector<uint32_t>(500, 2));
  EXPECT_EQ(table.total(), 1000u);
}

}  // namespace
}  // namespace lmzip::test
