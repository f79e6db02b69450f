// SPDX-License-Identifier: Apache-2.0
#include "sample/font.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace lmzip::sample {
namespace {

std::string glyph(char character) {
  std::string drawing;
  for (size_t y = 0; y < kGlyphHeight; ++y) {
    for (size_t x = 0; x < kGlyphWidth; ++x) drawing += has_ink(character, x, y) ? '#' : '.';
  }
  return drawing;
}

size_t lowest_ink(char character) { return glyph(character).rfind('#') / kGlyphWidth; }

TEST(Font, HasEveryPrintableCharacterAndNoTwoAreAlike) {
  std::vector<std::string> seen = {glyph('\x7F')};
  for (char c = ' '; c <= '~'; ++c) {
    const std::string drawing = glyph(c);
    EXPECT_EQ(drawing.find('#') == std::string::npos, c == ' ') << c;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), drawing), 0) << c;
    seen.push_back(drawing);
  }
}

TEST(Font, LettersAndFiguresStandOnTheBaseLineOrHangBelowIt) {
  const std::string hanging = "gjpqy";
  for (char c = '0'; c <= 'z'; ++c) {
    if (!std::isalnum(static_cast<unsigned char>(c))) continue;
    EXPECT_EQ(lowest_ink(c), hanging.find(c) == std::string::npos ? 6u : 8u) << c;
  }
}

TEST(Font, OtherBytesAreBoxes) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (byte >= ' ' && byte <= '~') continue;
    EXPECT_EQ(glyph(c), glyph('\x7F')) << byte;
  }
}

}  // namespace
}  // namespace lmzip::sample
