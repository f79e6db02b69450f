// SPDX-License-Identifier: Apache-2.0
#include "explain/numbers.h"

#include <gtest/gtest.h>

#include <numeric>

#include "unit/base/well_formed.h"

namespace lmzip::explain {
namespace {

using Kind = media::NumberLayout::Kind;

/// Bytes first, first + 1, ... that take 0, 1, 2 ... bits, and one bit each under another view.
Explanation counted(const media::NumberLayout& layout, uint64_t first, size_t size) {
  Explanation e;
  e.name = "numbers";
  e.numbers = layout;
  e.size = first + size;
  e.part = {first, first + size};
  e.bytes.resize(size);
  std::iota(e.bytes.begin(), e.bytes.end(), static_cast<uint8_t>(first));
  e.views.resize(2);
  e.views[0].codec = "one";
  e.views[1].codec = "other";
  e.views[0].costs.shown.resize(size);
  std::iota(e.views[0].costs.shown.begin(), e.views[0].costs.shown.end(), 0.0);
  e.views[1].costs.shown.assign(size, 1.0);
  return e;
}

const media::NumberLayout kColours{.kind = Kind::kPixels, .width = 2, .channels = 3, .head = 4, .pad = 2};

TEST(Picture, HasTheRowsThatThePartTouches) {
  const Explanation e = counted(kColours, 0, 4 + 3 * 8);
  const Picture picture = picture_of(e, 1);
  ASSERT_EQ(picture.image.size.width, 2u);
  ASSERT_EQ(picture.image.size.height, 3u);
  EXPECT_EQ(picture.image.pixels, (Bytes{4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25}));
  ASSERT_EQ(picture.tiles.size(), 2u);  // of 2 x 2 pixels, the second cut
  EXPECT_EQ(picture.tiles[0].bytes, 12u);
  EXPECT_EQ(picture.tiles[0].bits[0], 4 + 5 + 6 + 7 + 8 + 9 + 12 + 13 + 14 + 15 + 16 + 17);
  EXPECT_EQ(picture.tiles[0].bits[1], 12);
  EXPECT_EQ(picture.tiles[1].height, 1u);
  EXPECT_EQ(picture.tiles[1].bytes, 6u);
}

TEST(Picture, IsShownUprightAndInItsOwnColours) {
  Explanation e = counted(kColours, 0, 4 + 2 * 8);
  e.upwards = e.blue_first = true;
  EXPECT_EQ(picture_of(e, 2).image.pixels, (Bytes{14, 13, 12, 17, 16, 15, 6, 5, 4, 9, 8, 7}));
}

TEST(Picture, BeginsWhereThePartDoes) {
  const Picture picture = picture_of(counted(kColours, 4 + 8 + 3, 2), 2);
  EXPECT_EQ(picture.first_row, 1u);
  EXPECT_EQ(picture.image.size.height, 1u);
  EXPECT_EQ(picture.image.pixels, (Bytes{0, 0, 0, 15, 16, 0}));
}

TEST(Picture, ShowsTheUpperByteOfANumber) {
  const media::NumberLayout grey{.kind = Kind::kPixels, .width = 2, .bits = 16};
  EXPECT_EQ(picture_of(counted(grey, 0, 4), 2).image.pixels, (Bytes{1, 3}));
  media::NumberLayout big = grey;
  big.big_endian = true;
  EXPECT_EQ(picture_of(counted(big, 0, 4), 2).image.pixels, (Bytes{0, 2}));
}

TEST(Wave, LeavesOutWhatItHasOnlyAPartOf) {
  const media::NumberLayout stereo{.kind = Kind::kSamples, .channels = 2, .bits = 16, .head = 3};
  const std::vector<Column> columns = wave_of(counted(stereo, 5, 4 * 4), 2);  // bytes 5..20: samples 1..3 are whole
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].first, 1u);
  EXPECT_EQ(columns[0].bytes, 8u);
  EXPECT_EQ(columns[1].first, 3u);
  EXPECT_EQ(columns[1].bytes, 4u);
  EXPECT_NEAR(columns[0].low, (8 * 256 + 7) / 32768.0, 1e-12);
  EXPECT_NEAR(columns[0].high, (14 * 256 + 13) / 32768.0, 1e-12);
}

TEST(Wave, KnowsEightBitsAsUnsigned) {
  const media::NumberLayout mono{.kind = Kind::kSamples};
  Explanation e = counted(mono, 0, 2);
  e.bytes = {0, 255};
  const std::vector<Column> columns = wave_of(e, 10);
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].low, -1.0);
  EXPECT_EQ(columns[1].high, 127 / 128.0);
}

TEST(Wave, IsDrawnInDigits) {
  Explanation e = counted({.kind = Kind::kSamples}, 0, 2);
  e.bytes = {255, 0};
  EXPECT_EQ(terminal_report(e, false).substr(0, 20), "0\n" + std::string(15, '\n') + " 1\n");
}

TEST(Numbers, HavePagesThatAreWellFormed) {
  const media::NumberLayout mono{.kind = Kind::kSamples, .head = 44};
  for (const size_t size : {0, 1, 40, 300}) {
    EXPECT_EQ(base::markup_fault(html_report(counted(kColours, 0, size))), "") << size;
    EXPECT_EQ(base::markup_fault(html_report(counted(mono, 0, size))), "") << size;
  }
}

TEST(Glow, GrowsBrighter) {
  int last = -1;
  for (double bits = 0; bits <= kBrightest; bits += 0.5) {
    const Colour colour = glow(bits);
    const int brightness = 3 * colour.red + 6 * colour.green + colour.blue;
    EXPECT_GT(brightness, last);
    last = brightness;
  }
}

}  // namespace
}  // namespace lmzip::explain
