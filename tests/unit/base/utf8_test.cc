// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lmzip::base {
namespace {

using std::string_view_literals::operator""sv;

ByteSpan bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

int length_of(std::string_view text) { return utf8_character(bytes_of(text)); }

std::string visible(std::string_view text) {
  VisibleText whole;
  const std::string shown = whole.add(bytes_of(text));
  return shown + whole.finish();
}

TEST(Utf8, CharactersHaveTheirLengths) {
  EXPECT_EQ(length_of("a"), 1);
  EXPECT_EQ(length_of("\0"sv), 1);
  EXPECT_EQ(length_of("\xC3\xA9t"), 2);
  EXPECT_EQ(length_of("\xE2\x82\xAC"), 3);
  EXPECT_EQ(length_of("\xF0\x9F\x98\x80"), 4);
}

TEST(Utf8, WhatIsNoCharacterIsNone) {
  for (const std::string_view text :
       {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv,
        "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv, "\xC3q"sv, "\xE2\x82q"sv}) {
    EXPECT_EQ(length_of(text), 0) << testing::PrintToString(text);
  }
}

TEST(Utf8, TheEndMayCutACharacter) {
  for (const std::string_view text : {"\xC3"sv, "\xE2"sv, "\xE2\x82"sv, "\xF0\x9F\x98"sv}) {
    EXPECT_EQ(length_of(text), -1) << testing::PrintToString(text);
  }
}

TEST(VisibleText, ShowsWhatCanBeShownAndNamesTheRest) {
  EXPECT_EQ(visible("tab\tline\nA\xC3\xA9\xE2\x82\xAC"), "tab\tline\nA\xC3\xA9\xE2\x82\xAC");
  EXPECT_EQ(visible("\x1B[31m\x07\r\x7F\0"sv), "\\x1b[31m\\x07\\x0d\\x7f\\x00");
  EXPECT_EQ(visible("\xC2\x9B"), "\\xc2\\x9b") << "an escape sequence's start in eight bits";
  EXPECT_EQ(visible("\xFFq\xE2\x82"), "\\xffq\\xe2\\x82");
}

TEST(VisibleText, IsTheSameInWhateverPieces) {
  const std::string text = "x\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9\xFFz\xF0\x9F";
  VisibleText piecewise;
  std::string shown;
  for (const char c : text) shown += piecewise.add(bytes_of({&c, 1}));
  EXPECT_EQ(shown + piecewise.finish(), visible(text));
}

}  // namespace
}  // namespace lmzip::base
