// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/utf8.h"
#include "unit/model/refusals.h"
#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::encode;
using test::expect_error;
using test::Ids;
using test::scored;
using ::testing::ElementsAre;

constexpr Symbol kFirst = 3 + 256;  // of the tokens behind the bytes
constexpr Symbol byte(int value) { return static_cast<Symbol>(3 + value); }

/// As SentencePiece does it: the text of two neighbours together is looked up.
Ids reference(const ScoredTokens& made, std::string_view text) {
  std::map<std::string, Symbol> known;
  for (Symbol id = 0; id < made.tokens.size(); ++id) {
    const Bytes& token = made.tokens[id];
    if (made.is_byte[id] == 0 && !token.empty()) known.emplace(std::string(token.begin(), token.end()), id);
  }
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto length = static_cast<size_t>(std::max(1, base::utf8_character(test::bytes_of(text))));
    parts.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  const auto joined = [&](size_t i) { return parts[i] + parts[i + 1]; };
  while (true) {
    size_t best = parts.size();
    float score = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = known.find(joined(i));
      if (found == known.end() || (best < parts.size() && made.scores[found->second] <= score)) continue;
      best = i;
      score = made.scores[found->second];
    }
    if (best == parts.size()) break;
    parts[best] = joined(best);
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  Ids ids;
  for (const std::string& part : parts) {
    if (const auto found = known.find(part); found != known.end()) {
      ids.push_back(found->second);
    } else {
      for (const char each : part) ids.push_back(byte(static_cast<uint8_t>(each)));
    }
  }
  return ids;
}

TEST(Scored, TheBestPairGoesFirstTheLeftmostOfEquals) {
  const std::vector<std::pair<std::string, float>> letters = {{"a", -9.f}, {"b", -9.f}, {"c", -9.f}};
  const auto ids = [&](std::vector<std::pair<std::string, float>> tokens, std::string_view text) {
    tokens.insert(tokens.begin(), letters.begin(), letters.end());
    return encode(*make_scored(scored(tokens)), text);
  };
  EXPECT_THAT(ids({{"ab", -2.f}, {"bc", -1.f}}, "abc"), ElementsAre(kFirst, kFirst + 4));
  EXPECT_THAT(ids({{"ab", -1.f}, {"bc", -2.f}}, "abc"), ElementsAre(kFirst + 3, kFirst + 2));
  EXPECT_THAT(ids({{"bc", -1.f}, {"ab", -1.f}}, "abc"), ElementsAre(kFirst + 4, kFirst + 2));
  EXPECT_THAT(ids({{"aa", -1.f}, {"aaa", -1.f}}, "aaaaa"), ElementsAre(kFirst + 4, kFirst + 3));
}

TEST(Scored, AgreesWithTheSlowWay) {
  std::mt19937_64 random(4);
  const std::vector<std::string> units = {"a", "b", " ", "\u00E9", "\u8A9E", "x"};
  for (int round = 0; round < 30; ++round) {
    std::vector<std::pair<std::string, float>> tokens;
    for (size_t i = 0; i + 1 < units.size(); ++i) tokens.emplace_back(units[i], -1000.f);  // none for x
    for (int i = 0; i < 40; ++i) {
      const std::string token = tokens[random() % tokens.size()].first + tokens[random() % tokens.size()].first;
      if (token.size() < 24) tokens.emplace_back(token, -static_cast<float>(random() % 12));
    }
    std::map<std::string, float> unique(tokens.begin(), tokens.end());
    const ScoredTokens made = scored({unique.begin(), unique.end()});
    const auto vocabulary = make_scored(made);
    for (int i = 0; i < 40; ++i) {
      std::string text;
      while (random() % 30 != 0) text += units[random() % units.size()];
      EXPECT_EQ(encode(*vocabulary, text), reference(made, text)) << text;
    }
  }
}

TEST(Scored, WhatHasNoTokenComesAsBytes) {
  const auto vocabulary = make_scored(scored({{" ", 0.f}, {"\u00E9", -1.f}, {"\u00E9 ", -2.f}}));
  EXPECT_THAT(encode(*vocabulary, "z"), ElementsAre(byte('z')));
  EXPECT_THAT(encode(*vocabulary, "\u00E9\u00E8"), ElementsAre(kFirst + 1, byte(0xC3), byte(0xA8)));
  EXPECT_THAT(encode(*vocabulary, "\xC3 \xA9"), ElementsAre(byte(0xC3), kFirst, byte(0xA9)));
  EXPECT_THAT(encode(*vocabulary, " \u2581"), ElementsAre(kFirst, byte(0xE2), byte(0x96), byte(0x81)));
}

TEST(Scored, WithoutByteTokensBytesEscape) {
  const auto vocabulary = make_scored(scored({{"a", 0.f}}, false));
  ASSERT_EQ(vocabulary->size(), 4u);
  EXPECT_THAT(encode(*vocabulary, "a\xFFz"), ElementsAre(3, 4 + 0xFF, 4 + 'z'));
  test::expect_all_come_back(*vocabulary, "one token");
}

TEST(Scored, ACharacterIsBetterThanItsByteToken) {
  const auto vocabulary = make_scored(scored({{"a", -1.f}}));
  EXPECT_THAT(encode(*vocabulary, "a"), ElementsAre(kFirst));
  EXPECT_TRUE(vocabulary->bytes(byte('a')).empty());
  EXPECT_THAT(vocabulary->bytes(kFirst), ElementsAre('a'));
}

TEST(Scored, UserDefinedTokensAreFoundFirst) {
  ScoredTokens made = scored({{"a", -1.f}, {"b", -1.f}, {"ab", 0.f}, {"bb", -5.f}});
  made.added = {kFirst + 3};
  EXPECT_THAT(encode(*make_scored(made), "abba"), ElementsAre(kFirst, kFirst + 3, kFirst));
}

TEST(Scored, EveryTextComesBack) {
  test::expect_all_come_back(*make_scored(scored({{" ", -1.f}, {"t", -1.f}, {"h", -1.f}, {"th", 0.f}, {" th", 0.f}})),
                             "");
}

TEST(Scored, AMegabyteOfOneLetterTakesNoLongerThanOtherText) {
  const auto vocabulary = make_scored(scored({{"a", -9.f}, {"aa", -1.f}, {"aaaa", -2.f}, {"aaa", -3.f}}));
  EXPECT_EQ(vocabulary->encode(Bytes(1 << 20, 'a')), Ids((1 << 20) / 4, kFirst + 2));
}

TEST(Scored, RefusesListsThatDoNotFit) {
  const auto made = [](ScoredTokens tokens) { return [=] { make_scored(tokens); }; };
  ScoredTokens tokens = scored({{"a", 0.f}});
  tokens.scores.pop_back();
  expect_error(made(tokens), ErrorKind::kCorrupt, "not as many scores as tokens");
  tokens.scores.push_back(std::numeric_limits<float>::quiet_NaN());
  expect_error(made(tokens), ErrorKind::kCorrupt, "a score is no number");
  tokens.scores.back() = -std::numeric_limits<float>::infinity();
  tokens.start = kFirst + 1;
  expect_error(made(tokens), ErrorKind::kCorrupt, "where texts start");
}

}  // namespace
}  // namespace lmzip::model
