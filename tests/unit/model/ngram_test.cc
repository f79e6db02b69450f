// SPDX-License-Identifier: Apache-2.0
#include "model/ngram.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string_view>

#include "base/hash.h"

namespace lmzip::model {
namespace {

using namespace std::literals;

constexpr std::array kAll = {NgramContext::kOrder2,  NgramContext::kOrder3, NgramContext::kOrder4,
                             NgramContext::kOrder5,  NgramContext::kOrder6, NgramContext::kWord,
                             NgramContext::kWordPair};

std::array<uint32_t, 7> rows_behind(std::string_view text, int bits = 22) {
  NgramRows contexts(kAll, bits);
  for (const char c : text) contexts.advance(static_cast<uint8_t>(c));
  std::array<uint32_t, 7> rows;
  contexts.rows(rows);
  return rows;
}

TEST(NgramRows, AreWhatTrainedModelsLearned) {
  // Other values would make every model with tables forecast nonsense. Rows after each byte of a text, hashed.
  constexpr std::string_view kText = "The cat, the \xc3\xa9t\xc3\xa9 & THE Cat42 sat.\n\0\0x"sv;
  NgramRows contexts(kAll, 16);
  Bytes seen;
  for (const char c : kText) {
    contexts.advance(static_cast<uint8_t>(c));
    std::array<uint32_t, 7> rows;
    contexts.rows(rows);
    for (const uint32_t row : rows) {
      seen.push_back(static_cast<uint8_t>(row));
      seen.push_back(static_cast<uint8_t>(row >> 8));
    }
  }
  EXPECT_EQ(base::hex(base::xxh3_128(seen)), "6aa2b9180c1212a2b1fef0aee220fa3a");
}

TEST(NgramRows, StayWithinTheTable) {
  for (const int bits : {8, 22}) {
    NgramRows contexts(kAll, bits);
    uint32_t largest = 0;
    for (int i = 0; i < 3000; ++i) {
      contexts.advance(static_cast<uint8_t>(i * i >> 3));
      std::array<uint32_t, 7> rows;
      contexts.rows(rows);
      for (const uint32_t row : rows) largest = std::max(largest, row);
    }
    EXPECT_LT(largest, uint32_t{1} << bits);
    EXPECT_GE(largest, uint32_t{1} << (bits - 1));
  }
}

TEST(NgramRows, OrdersDependOnExactlyTheirBytes) {
  const auto base = rows_behind("abcdefgh");
  for (size_t back = 1; back <= 8; ++back) {
    std::string text = "abcdefgh";
    text[text.size() - back] = '1';
    const auto other = rows_behind(text);
    for (size_t order = 2; order <= 6; ++order) {
      EXPECT_EQ(other[order - 2] == base[order - 2], back > order) << "order " << order << ", byte " << back;
    }
  }
}

TEST(NgramRows, WordsKnowNoCaseAndNothingBeforeThem) {
  EXPECT_EQ(rows_behind("of the Wor")[5], rows_behind("42 wOR")[5]);
  EXPECT_NE(rows_behind("wor")[5], rows_behind("word")[5]);
  EXPECT_EQ(rows_behind("of the Wor")[6], rows_behind("in, THE: wor")[6]);
  EXPECT_NE(rows_behind("of the wor")[6], rows_behind("of a wor")[6]);
  EXPECT_EQ(rows_behind("word. ")[5], rows_behind("text ")[5]);
  EXPECT_NE(rows_behind("word. ")[6], rows_behind("text. ")[6]);
}

TEST(NgramRows, TablesOfOneTextSpreadOverTheirRows) {
  NgramRows contexts(kAll, 16);
  std::set<uint32_t> order2;
  for (int i = 0; i < 1 << 16; ++i) {
    contexts.advance(static_cast<uint8_t>(i >> 8));
    contexts.advance(static_cast<uint8_t>(i));
    std::array<uint32_t, 7> rows;
    contexts.rows(rows);
    order2.insert(rows[0]);
  }
  EXPECT_GT(order2.size(), 38000u);  // random hashing fills 1 - 1/e of them: 41427
}

}  // namespace
}  // namespace lmzip::model
