// SPDX-License-Identifier: Apache-2.0
#include "model/split.h"

#include <gtest/gtest.h>

#include "model/unicode.h"
#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::bytes_of;
using Pieces = std::vector<std::string>;

Pieces pieces(Split split, const std::string& text) {
  const Bytes bytes = bytes_of(text);
  Pieces found;
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = piece_length(split, ByteSpan(bytes).subspan(at));
    if (length == 0 || length > bytes.size() - at) {
      ADD_FAILURE() << "a piece of " << length << " bytes at " << at;
      break;
    }
    found.push_back(text.substr(at, length));
    at += length;
  }
  return found;
}

TEST(Split, KnowsLettersNumbersAndSpacesOfUnicode) {
  const auto kind = [](std::string_view text) { return first_char(bytes_of(text)); };
  for (const std::string_view letter : {"a", "Z", "\u00E9", "\u0436", "\u8A9E", "\u00AA", "\u02BC", "\U0001D400"}) {
    EXPECT_EQ(kind(letter).kind, CharKind::kLetter) << letter;
    EXPECT_EQ(kind(letter).length, letter.size());
  }
  for (const std::string_view number : {"7", "\u00BD", "\u00B2", "\u0663", "\u2163", "\U0001D7D8"}) {
    EXPECT_EQ(kind(number).kind, CharKind::kNumber) << number;
  }
  for (const std::string_view space : {" ", "\t", "\v", "\xC2\x85", "\u00A0", "\u2003", "\u2028", "\u3000"}) {
    EXPECT_EQ(kind(space).kind, CharKind::kSpace) << space;
  }
  for (const std::string_view other : {"_", "\x1C", "\x7F", "\u0301", "\u200B", "\u2581", "\U0001F600", "\u180E"}) {
    EXPECT_EQ(kind(other).kind, CharKind::kOther) << other;
  }
}

TEST(Split, KnowsTheClassesThatSomeExpressionsTellApart) {
  const auto sign = [](std::string_view text) { return first_char(bytes_of(text)).sign; };
  for (const std::string_view upper : {"A", "\u00C9", "\u01C5", "\u0416"}) EXPECT_EQ(sign(upper), CharClass::kUpper);
  for (const std::string_view lower : {"z", "\u00DF", "\u0436"}) EXPECT_EQ(sign(lower), CharClass::kLower);
  for (const std::string_view letter : {"\u00AA", "\u02B0", "\u8A9E"}) EXPECT_EQ(sign(letter), CharClass::kLetter);
  for (const std::string_view mark : {"\u0301", "\u093F"}) EXPECT_EQ(sign(mark), CharClass::kMark);
  for (const std::string_view point : {"_", "!", "\u201C"}) EXPECT_EQ(sign(point), CharClass::kPunctuation);
  for (const std::string_view symbol : {"$", "|", "\u20AC", "\U0001F600"}) EXPECT_EQ(sign(symbol), CharClass::kSymbol);
  for (const std::string_view other : {"\x7F", "\u200B", "\xFF"}) EXPECT_EQ(sign(other), CharClass::kOther);
}

TEST(Split, TakesBytesThatAreNoCharacterAsSigns) {
  for (const std::string_view bytes : {"\xFF", "\x80", "\xC3", "\xE2\x96", "\xED\xA0\x80", "\xC0\x80"}) {
    const Char found = first_char(bytes_of(bytes));
    EXPECT_EQ(found.kind, CharKind::kOther);
    EXPECT_EQ(found.length, 1u);
  }
  EXPECT_EQ(pieces(Split::kGpt2, "a\xFF\xC3 \x80z"), (Pieces{"a", "\xFF\xC3", " \x80", "z"}));
}

TEST(Split, CutsAsGpt2Does) {
  const std::pair<std::string, Pieces> cases[] = {
      {"It's 1,000 words", {"It", "'s", " 1", ",", "000", " words"}},
      {"we'll they'VE I'd 'tis 'r", {"we", "'ll", " they", "'", "VE", " I", "'d", " '", "tis", " '", "r"}},
      {"a  b", {"a", " ", " b"}},
      {"a\n  b\n", {"a", "\n ", " b", "\n"}},
      {"a\n\nb", {"a", "\n", "\n", "b"}},
      {"a \n\tb", {"a", " \n", "\t", "b"}},
      {"x   ", {"x", "   "}},
      {" ", {" "}},
      {"a1\u00BDb", {"a", "1\u00BD", "b"}},
      {"\u8A9E\u8A00\u3000\u3000!?", {"\u8A9E\u8A00", "\u3000", "\u3000", "!?"}},
      {"e\u0301 \u0301", {"e", "\u0301", " \u0301"}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(pieces(Split::kGpt2, text), expected) << text;
}

TEST(Split, CutsAsLlama3AndQwen2Do) {
  const std::pair<std::string, Pieces> cases[] = {
      {"It'S they'Ve", {"It", "'S", " they", "'Ve"}},
      {"(word \tword", {"(word", " ", "\tword"}},
      {"a  b", {"a", " ", " b"}},
      {"end.\n\n  x", {"end", ".\n\n", " ", " x"}},
      {"a \n \n  b", {"a", " \n \n", " ", " b"}},
      {"x = y;\r\n}", {"x", " =", " y", ";\r\n", "}"}},
      {"!a ?!b", {"!a", " ?!", "b"}},
      {"\na", {"\n", "a"}},
      {"x \n  ", {"x", " \n", "  "}},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(pieces(Split::kLlama3, text), expected) << text;
    EXPECT_EQ(pieces(Split::kQwen2, text), expected) << text;
  }
  EXPECT_EQ(pieces(Split::kLlama3, "a12345 67"), (Pieces{"a", "123", "45", " ", "67"}));
  EXPECT_EQ(pieces(Split::kQwen2, "a123 4"), (Pieces{"a", "1", "2", "3", " ", "4"}));
}

TEST(Split, CutsDigitsSinglyFirst) {
  EXPECT_EQ(pieces(Split::kDigits, "a12 3  4'll\n5"), (Pieces{"a", "1", "2", " ", "3", "  ", "4", "'ll", "\n", "5"}));
  EXPECT_EQ(pieces(Split::kDigits, "a  b \u00BD"), (Pieces{"a", " ", " b", " ", "\u00BD"}));
}

TEST(Split, CutsAsTekkenDoes) {
  const std::pair<std::string, Pieces> cases[] = {
      {"camelCase XMLHttp ABC", {"camel", "Case", " XMLHttp", " ABC"}},
      {"don't DON'T", {"don", "'t", " DON", "'T"}},
      {"\u8A9EAB \u8A9EAb", {"\u8A9E", "AB", " \u8A9EAb"}},
      {"\u0301AB e\u0301", {"\u0301", "AB", " e\u0301"}},
      {"a12 3", {"a", "1", "2", " ", "3"}},
      {"x.\n/\n y \n", {"x", ".\n/\n", " y", " \n"}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(pieces(Split::kTekken, text), expected) << text;
}

TEST(Split, CutsAsDeepSeekDoes) {
  const std::pair<std::string, Pieces> third[] = {
      {"a1234b", {"a", "123", "4", "b"}},
      {"x.append(y) \u00A3z", {"x", ".append", "(y", ")", " \u00A3", "z"}},
      {"\u6F22\u5B57abc\u30FB\u30A2", {"\u6F22\u5B57", "abc", "\u30FB", "\u30A2"}},
      {"\u0301\u0301a \u0301", {"\u0301\u0301a", " \u0301"}},
      {"\x01\x02"
       "ab \x01",
       {"\x01",
        "\x02"
        "ab",
        " ", "\x01"}},
      {"  1  \u6F22  x", {"  ", "1", "  ", "\u6F22", " ", " x"}},
      {"end;\r\n\n  if", {"end", ";\r\n\n", " ", " if"}},
  };
  for (const auto& [text, expected] : third) EXPECT_EQ(pieces(Split::kDeepSeek3, text), expected) << text;
  const std::pair<std::string, Pieces> coder[] = {
      {"  if (a[10]==b)\r\n", {" ", " if", " (", "a", "[", "1", "0", "]", "==", "b", ")", "\r", "\n"}},
      {"\tx = \u6F22a", {"\tx", " =", " ", "\u6F22", "a"}},
      {"\u0928\u092E\u0938\u094D\u0924 \u201Cq\u201D",
       {"\u0928\u092E\u0938", "\u094D", "\u0924", " ", "\u201C", "q", "\u201D"}},
      {"\u20AC=+ \u20AC", {"\u20AC", "=+ ", "\u20AC"}},
  };
  for (const auto& [text, expected] : coder) EXPECT_EQ(pieces(Split::kDeepSeekCoder, text), expected) << text;
}

TEST(Split, CutsBeforeSpaces) {
  EXPECT_EQ(pieces(Split::kSpaces, "a b\nc  d "), (Pieces{"a", " b\nc", " ", " d", " "}));
}

TEST(Split, DoesNotCutWhereTheModelDoesNot) { EXPECT_EQ(pieces(Split::kNone, "a 1\n b"), (Pieces{"a 1\n b"})); }

TEST(Split, CoversAnyText) {
  for (const Split split : test::kSplits) {
    for (const Bytes& text : test::difficult_texts()) {
      const std::string whole(text.begin(), text.end());
      std::string joined;
      for (const std::string& piece : pieces(split, whole)) joined += piece;
      EXPECT_TRUE(joined == whole);
    }
  }
}

}  // namespace
}  // namespace lmzip::model
