// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>

#include "unit/model/refusals.h"
#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::byte_level;
using test::encode;
using test::expect_error;
using test::Ids;
using test::Pairs;
using ::testing::ElementsAre;

Ids ids(const Pairs& pairs, std::string_view text) { return encode(*make_byte_level(byte_level(pairs)), text); }

/// What the header says, step by step, of one piece.
Ids reference(const ByteLevelTokens& made, ByteSpan text) {
  std::vector<Bytes> parts;
  for (const uint8_t byte : text) parts.push_back({byte});
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t rank = 0; rank < made.merges.size() && !changed; ++rank) {
      for (size_t i = 0; i + 1 < parts.size() && !changed; ++i) {
        if (parts[i] != made.merges[rank].first || parts[i + 1] != made.merges[rank].second) continue;
        parts[i].insert(parts[i].end(), parts[i + 1].begin(), parts[i + 1].end());
        parts.erase(parts.begin() + static_cast<ptrdiff_t>(i) + 1);
        changed = true;
      }
    }
  }
  Ids found;
  for (const Bytes& part : parts) {
    found.push_back(static_cast<Symbol>(std::ranges::find(made.tokens, part) - made.tokens.begin()));
  }
  return found;
}

TEST(ByteLevel, ReadsTheAlphabetOfPrintableCharacters) {
  Bytes bytes;
  ASSERT_TRUE(byte_level_bytes("\u0120the", bytes));
  EXPECT_EQ(bytes, test::bytes_of(" the"));
  ASSERT_TRUE(byte_level_bytes("\u0100\u010A!~\u00A1\u00FF\u0142\u0143\u0121", bytes));
  EXPECT_THAT(bytes, ElementsAre(0, 10, '!', '~', 0xA1, 0xFF, 0xA0, 0xAD, 0x7F));
  for (const std::string_view token :
       {" ", "a b", "\n", "\x7F", "\u00A0", "\u00AD", "\u0144", "\u2581", "\xC4", "\xC4g", "\xFF"}) {
    EXPECT_FALSE(byte_level_bytes(token, bytes)) << token;
  }
}

TEST(ByteLevel, EarlierMergesGoFirstAndLeftOnesBeforeRightOnes) {
  EXPECT_THAT(ids({{"b", "c"}, {"a", "b"}}, "abc"), ElementsAre('a', 256));
  EXPECT_THAT(ids({{"a", "b"}, {"b", "c"}}, "abc"), ElementsAre(256, 'c'));
  EXPECT_THAT(ids({{"a", "a"}}, "aaa"), ElementsAre(256, 'a'));
  EXPECT_THAT(ids({{"a", "a"}, {"aa", "a"}}, "aaaaa"), ElementsAre(256, 257));
  EXPECT_THAT(ids({{"t", "h"}, {"th", "e"}, {" ", "the"}}, "the then th"), ElementsAre(257, 258, 'n', ' ', 256));
}

TEST(ByteLevel, AgreesWithTheSlowWay) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> parts = {"a", "b", "c", "\xC3"};
    Pairs pairs;
    for (int i = 0; i < 25; ++i) {
      const std::string left = parts[random() % parts.size()], right = parts[random() % parts.size()];
      if (std::ranges::find(parts, left + right) != parts.end()) continue;
      pairs.emplace_back(left, right);
      parts.push_back(left + right);
    }
    std::ranges::shuffle(pairs, random);
    ByteLevelTokens made = byte_level(pairs);
    made.split = Split::kNone;
    const auto vocabulary = make_byte_level(made);
    for (int i = 0; i < 40; ++i) {
      Bytes text(random() % 50);
      for (uint8_t& byte : text) byte = static_cast<uint8_t>("abc\xC3"[random() % 4]);
      EXPECT_EQ(vocabulary->encode(text), text.empty() ? Ids() : reference(made, text));
    }
  }
}

TEST(ByteLevel, NoTokenCrossesACut) {
  EXPECT_THAT(ids({{"a", " "}, {"a", "1"}}, "a a1"), ElementsAre('a', ' ', 'a', '1'));
  ByteLevelTokens whole = byte_level({{"a", " "}, {"a", "1"}});
  whole.split = Split::kNone;
  EXPECT_THAT(encode(*make_byte_level(whole), "a a1"), ElementsAre(256, 257));
}

TEST(ByteLevel, BytesWithoutATokenEscape) {
  const auto vocabulary = make_byte_level(byte_level({{"a", "b"}, {"b", "c"}}, "b\xF5"));
  ASSERT_EQ(vocabulary->size(), 259u);
  EXPECT_THAT(encode(*vocabulary, "abc\xF5"), ElementsAre('a', 259 + 'b', 'c', 259 + 0xF5));
  test::expect_all_come_back(*vocabulary, "missing bytes");
}

TEST(ByteLevel, MergesOfWhatIsNoTokenAreNotDone) {
  ByteLevelTokens made = byte_level({{"a", "b"}});
  made.merges.insert(made.merges.begin(), {test::bytes_of("b"), test::bytes_of("c")});
  EXPECT_THAT(encode(*make_byte_level(made), "abc"), ElementsAre(256, 'c'));
}

TEST(ByteLevel, OneOfEqualTokensKeepsTheBytes) {
  ByteLevelTokens made = byte_level({{"a", "b"}});
  made.tokens.push_back(test::bytes_of("ab"));  // id 258
  EXPECT_THAT(encode(*make_byte_level(made), "ab"), ElementsAre(256));
  EXPECT_TRUE(make_byte_level(made)->bytes(258).empty());
  made.added = {258};
  EXPECT_THAT(encode(*make_byte_level(made), "ab"), ElementsAre(258));
  EXPECT_TRUE(make_byte_level(made)->bytes(256).empty());
}

TEST(ByteLevel, AddedTokensAreFoundFirstTheLongestOfTheLeftmost) {
  ByteLevelTokens made = byte_level({{"x", "<"}, {" ", " "}});
  made.split = Split::kNone;
  const auto first = static_cast<Symbol>(made.tokens.size());
  for (const std::string_view token : {"<t", "<tool>", "   ", "ol>", ""}) {
    made.added.push_back(static_cast<Symbol>(made.tokens.size()));
    made.tokens.push_back(test::bytes_of(token));
  }
  const auto vocabulary = make_byte_level(made);
  EXPECT_THAT(encode(*vocabulary, "x<tool>"), ElementsAre('x', first + 1));
  EXPECT_THAT(encode(*vocabulary, "x<too"), ElementsAre('x', first, 'o', 'o'));
  EXPECT_THAT(encode(*vocabulary, "<ool>x<"), ElementsAre('<', 'o', first + 3, 256));
  EXPECT_THAT(encode(*vocabulary, "     <t"), ElementsAre(first + 2, 257, first));
  test::expect_all_come_back(*vocabulary, "added");
}

TEST(ByteLevel, PiecesThatAreTokensMayBeTakenWhole) {
  ByteLevelTokens made = byte_level({{"b", "c"}, {"a", "b"}});
  made.tokens.push_back(test::bytes_of("abc"));  // no merge makes it
  EXPECT_THAT(encode(*make_byte_level(made), "abc abc"), ElementsAre('a', 256, ' ', 'a', 256));
  made.pieces = Pieces::kWholeFirst;
  EXPECT_THAT(encode(*make_byte_level(made), "abc abc"), ElementsAre(259, ' ', 'a', 256));
}

TEST(ByteLevel, AMegabyteOfOneLetterTakesNoLongerThanOtherText) {
  const auto vocabulary = make_byte_level(byte_level({{"a", "a"}, {"aa", "aa"}, {"aaaa", "aaaa"}}));
  const Ids found = vocabulary->encode(Bytes(1 << 20, 'a'));
  EXPECT_EQ(found, Ids((1 << 20) / 8, 258));
}

TEST(ByteLevel, PiecesMayBeLongerThanWhatIsMergedAtOnce) {
  const auto vocabulary = make_byte_level(byte_level({{"a", "a"}}));
  const Bytes text((1 << 20) + 5, 'a');
  EXPECT_TRUE(test::spelt(*vocabulary, vocabulary->encode(text)) == text);
}

TEST(ByteLevel, RefusesWhatIsNoVocabulary) {
  const auto made = [](ByteLevelTokens tokens) { return [=] { make_byte_level(tokens); }; };
  expect_error(made({}), ErrorKind::kCorrupt, "0, where texts start, is none of its 0 ids");
  ByteLevelTokens tokens = byte_level({});
  tokens.start = 257;
  expect_error(made(tokens), ErrorKind::kCorrupt, "257, where texts start");
  tokens.start = 0;
  tokens.added = {257};
  expect_error(made(tokens), ErrorKind::kCorrupt, "the added id 257 is none of 257");
  tokens.added.clear();
  tokens.tokens.emplace_back((1 << 16) + 1, uint8_t{'a'});
  expect_error(made(tokens), ErrorKind::kLimit, "token 257 has more than 65536 bytes");
  tokens.tokens.assign((1 << 18) + 1, {});
  expect_error(made(tokens), ErrorKind::kLimit, "262145 tokens, more than 262144");
}

}  // namespace
}  // namespace lmzip::model
