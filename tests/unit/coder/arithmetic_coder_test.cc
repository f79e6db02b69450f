// SPDX-License-Identifier: Apache-2.0
// What is encoded comes back, and the code is the one the specification says.
#include "lmzip/arithmetic_coder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/coder/coder_fixtures.h"
#include "unit/coder/reference_coder.h"

namespace lmzip::test {
namespace {

using ::testing::ElementsAre;

// Figure 1 of "Language Modeling Is Compression": the sequence AIXI under four tables, frequencies in twentieths.
constexpr Symbol kA = 0, kI = 1, kX = 2;
struct FigureStep {
  Symbol symbol;
  FrequencyTable table;
};
std::vector<FigureStep> figure_one() {
  return {{kA, table_of({9, 6, 5})}, {kI, table_of({4, 12, 4})}, {kX, table_of({4, 9, 7})}, {kI, table_of({12, 4, 4})}};
}

Bytes encode_figure_one() {
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (const auto& [symbol, table] : figure_one()) encoder.encode(symbol, table);
  encoder.finish();
  return code;
}

TEST(PaperFigureOne, CodeIsThePapersSevenBits) {
  // The paper writes 0101010; ours is the same, filled up with a zero to a whole byte.
  EXPECT_THAT(encode_figure_one(), ElementsAre(0b01010100));
}

TEST(PaperFigureOne, CodeLiesInThePapersInterval) {
  const Bytes code = encode_figure_one();
  double value = 0, weight = 1;
  for (const uint8_t byte : code) value += byte * (weight /= 256);
  EXPECT_GE(value, 0.3222);
  EXPECT_LT(value + 1.0 / 128, 0.3411);  // whatever follows the seven bits
}

TEST(PaperFigureOne, CodeDecodesToAixi) {
  const Bytes code = encode_figure_one();
  ArithmeticDecoder decoder(code);
  for (const auto& [symbol, table] : figure_one()) EXPECT_EQ(decoder.decode(table), symbol);
}

TEST(ArithmeticCoder, EmptySequenceCodesToOneByte) { EXPECT_THAT(encode_all({}, FrequencyTable()), ElementsAre(0x80)); }

struct Shape {
  uint32_t symbols;
  uint32_t total;
};
class RoundTrip : public ::testing::TestWithParam<Shape> {};

TEST_P(RoundTrip, ReturnsWhatWasEncoded) {
  const auto [symbols, total] = GetParam();
  std::mt19937_64 random(symbols + total);
  const std::vector<FrequencyTable> tables = {random_table(symbols, total, random), winner_takes_all(symbols, total, 0),
                                              winner_takes_all(symbols, total, symbols / 2),
                                              winner_takes_all(symbols, total, symbols - 1)};
  for (const auto& table : tables) {
    // Likely symbols, then any symbols, then only the outermost: the last two cost the most bits.
    std::vector<Symbol> sequence = draw(table, 2000, random);
    for (int i = 0; i < 2000; ++i) sequence.push_back(below(random, symbols));
    for (int i = 0; i < 200; ++i) sequence.push_back(i % 3 == 0 ? 0 : symbols - 1);
    const Bytes code = encode_all(sequence, table);
    ASSERT_EQ(decode_all(code, sequence.size(), table), sequence);
  }
}

TEST_P(RoundTrip, CodeEqualsTheBitByBitReference) {
  const auto [symbols, total] = GetParam();
  std::mt19937_64 random(symbols ^ total);
  const FrequencyTable table = random_table(symbols, total, random);
  std::vector<Symbol> sequence = draw(table, 1000, random);
  for (int i = 0; i < 1000; ++i) sequence.push_back(below(random, symbols));
  ReferenceEncoder reference;
  for (const Symbol symbol : sequence) reference.encode(symbol, table);
  EXPECT_EQ(encode_all(sequence, table), reference.finish());
}

constexpr Shape kShapes[] = {{2, 2},
                             {2, 3},
                             {2, 1 << 16},
                             {2, 1 << 24},
                             {3, 3},
                             {3, 16777213},
                             {5, 1000},
                             {16, 1 << 24},
                             {255, 65535},
                             {256, 256},
                             {256, 1 << 16},
                             {256, 1 << 24},
                             {257, 12345678},
                             {1 << 16, 70000},
                             {1 << 16, 1 << 24},
                             {(1 << 17) - 1, (1 << 24) - 1},
                             {1 << 17, 1 << 17},
                             {1 << 17, 1 << 24}};
INSTANTIATE_TEST_SUITE_P(AlphabetsAndTotals, RoundTrip, ::testing::ValuesIn(kShapes), [](const auto& each) {
  return std::to_string(each.param.symbols) + "of" + std::to_string(each.param.total);
});

TEST(ArithmeticCoder, TablesMayChangeWithEverySymbol) {
  std::mt19937_64 random(7);
  std::vector<FrequencyTable> tables;
  std::vector<Symbol> sequence;
  for (int i = 0; i < 3000; ++i) {
    const uint32_t symbols = 2 + below(random, 300);
    tables.push_back(random_table(symbols, symbols + below(random, (1u << (10 + i % 15)) - 300), random));
    sequence.push_back(below(random, symbols));
  }
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (size_t i = 0; i < tables.size(); ++i) encoder.encode(sequence[i], tables[i]);
  encoder.finish();
  ArithmeticDecoder decoder(code);
  for (size_t i = 0; i < tables.size(); ++i) ASSERT_EQ(decoder.decode(tables[i]), sequence[i]) << i;
}

TEST(ArithmeticCoder, EncodeBitWritesTheCodeOfTheBinaryTable) {
  std::mt19937_64 random(11);
  for (const uint32_t p1 : {1u, 2u, 255u, 30000u, 32768u, 65000u, 65534u, 65535u}) {
    FrequencyTable table;
    table.set_bit(p1);
    std::vector<Symbol> bits = draw(table, 5000, random);
    for (int i = 0; i < 5000; ++i) bits.push_back(below(random, 2));
    Bytes code;
    ArithmeticEncoder encoder(code);
    for (const Symbol bit : bits) encoder.encode_bit(bit != 0, p1);
    encoder.finish();
    ASSERT_EQ(code, encode_all(bits, table)) << p1;
    ASSERT_EQ(decode_all(code, bits.size(), table), bits) << p1;
  }
}

TEST(ArithmeticCoder, BitsAndSymbolsMixInOneStream) {
  std::mt19937_64 random(13);
  const FrequencyTable bytes = random_table(256, 1 << 20, random);
  const FrequencyTable tokens = random_table(1 << 17, 1 << 24, random);
  struct Item {
    uint32_t kind, p1;
    Symbol symbol;
  };
  std::vector<Item> items(20000);
  for (auto& [kind, p1, symbol] : items) {
    kind = below(random, 3);
    p1 = 1 + below(random, FrequencyTable::kBitTotal - 1);
    symbol = kind == 0 ? below(random, 2) : kind == 1 ? below(random, 256) : below(random, 1 << 17);
  }
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (const auto& [kind, p1, symbol] : items) {
    if (kind == 0) {
      encoder.encode_bit(symbol != 0, p1);
    } else {
      encoder.encode(symbol, kind == 1 ? bytes : tokens);
    }
  }
  encoder.finish();
  ArithmeticDecoder decoder(code);
  for (const auto& [kind, p1, symbol] : items) {
    const Symbol decoded = kind == 0 ? Symbol{decoder.decode_bit(p1)} : decoder.decode(kind == 1 ? bytes : tokens);
    ASSERT_EQ(decoded, symbol);
  }
}

// The middle symbol of 1:2:1 is one E3 step and nothing else, so all its bits are owed until something settles.
class LongStraddle : public ::testing::TestWithParam<std::vector<Symbol>> {};

TEST_P(LongStraddle, OfAMillionBitsComesBack) {
  const FrequencyTable table = table_of({1, 2, 1});
  std::vector<Symbol> sequence(1'000'000, 1);
  sequence.insert(sequence.end(), GetParam().begin(), GetParam().end());
  const Bytes code = encode_all(sequence, table);
  EXPECT_LE(code.size(), 1'000'000 / 8 + 2);
  EXPECT_EQ(decode_all(code, sequence.size(), table), sequence);
}

INSTANTIATE_TEST_SUITE_P(EndedBy, LongStraddle,
                         ::testing::Values(std::vector<Symbol>{}, std::vector<Symbol>{0}, std::vector<Symbol>{2},
                                           std::vector<Symbol>{0, 1, 1, 2, 0}));

TEST(ArithmeticCoder, SequenceThatAlwaysStraddlesTheMiddleComesBack) {
  std::mt19937_64 random(17);
  for (const uint32_t symbols : {2u, 3u, 7u, 256u, 1000u}) {
    const FrequencyTable table = random_table(symbols, 1 << 24, random);
    ReferenceEncoder reference;
    std::vector<Symbol> sequence;
    for (int i = 0; i < 20000; ++i) {
      sequence.push_back(reference.straddler(table));
      reference.encode(sequence.back(), table);
    }
    const uint64_t owed = reference.pending();
    const Bytes code = encode_all(sequence, table);
    EXPECT_GT(owed, 7 * code.size()) << "the adversary is too weak to prove anything";
    ASSERT_EQ(code, reference.finish());
    ASSERT_EQ(decode_all(code, sequence.size(), table), sequence);
  }
}

TEST(ArithmeticCoder, IntervalKeepsAQuarterOfTheRangeAfterEverySymbol) {
  std::mt19937_64 random(19);
  const FrequencyTable table = winner_takes_all(1 << 17, 1 << 24, 1 << 16);
  ReferenceEncoder reference;
  for (int i = 0; i < 20000; ++i) {
    reference.encode(i % 2 == 0 ? reference.straddler(table) : below(random, 1 << 17), table);
    ASSERT_LT(reference.low(), uint64_t{1} << 31);
    ASSERT_GE(reference.high(), uint64_t{1} << 31);
    ASSERT_GT(reference.high() - reference.low(), uint64_t{1} << 30);
  }
}

TEST(ArithmeticCoder, AppendsToWhatTheOutputHolds) {
  Bytes code = {1, 2, 3};
  ArithmeticEncoder encoder(code);
  encoder.encode_bit(true, 1 << 15);
  encoder.finish();
  EXPECT_THAT(code, ElementsAre(1, 2, 3, 0b11000000));
}

}  // namespace
}  // namespace lmzip::test
