// SPDX-License-Identifier: Apache-2.0
#include "sample/picture.h"

#include <gtest/gtest.h>

#include "lmzip/error.h"

namespace lmzip::sample {
namespace {

/// Each pixel different from its neighbours.
media::Image ramp(uint32_t width, uint32_t height) {
  media::Image image{{width, height}, 1, {}};
  for (uint32_t i = 0; i < width * height; ++i) image.pixels.push_back(static_cast<uint8_t>(i * 7 + 3));
  return image;
}

std::vector<Continuation> filled_with(const Picture& picture, uint8_t value) {
  return std::vector<Continuation>(picture.prompts().size(), {Bytes(picture.missing(), value), {}});
}

TEST(Picture, RowsAreContinuedFromTheirLeftHalves) {
  const Picture picture(ramp(500, 290), PictureOrder::kRows);
  const std::vector<ByteSpan> prompts = picture.prompts();
  ASSERT_EQ(prompts.size(), 290u);
  EXPECT_EQ(picture.missing(), 250u);
  for (size_t y = 0; y < 290; ++y) {
    ASSERT_EQ(prompts[y].size(), 250u);
    EXPECT_EQ(prompts[y].data(), picture.original().pixels.data() + y * 500);
  }
  const media::Image made = picture.completed(filled_with(picture, 9));
  for (size_t y = 0; y < 290; ++y) {
    for (size_t x = 0; x < 500; ++x) {
      const size_t at = y * 500 + x;
      ASSERT_EQ(made.pixels[at], x < 250 ? picture.original().pixels[at] : 9);
    }
  }
}

TEST(Picture, TheLowerHalfIsContinuedFromTheUpper) {
  const Picture picture(ramp(30, 21), PictureOrder::kRaster);
  ASSERT_EQ(picture.prompts().size(), 1u);
  EXPECT_EQ(picture.prompts()[0].size(), 30u * 11);
  EXPECT_EQ(picture.missing(), 30u * 10);
  const media::Image made = picture.completed(filled_with(picture, 9));
  for (size_t i = 0; i < made.pixels.size(); ++i) {
    ASSERT_EQ(made.pixels[i], i < 330 ? picture.original().pixels[i] : 9);
  }
}

TEST(Picture, OddRowsKeepTheMiddle) {
  const Picture picture(ramp(5, 3), PictureOrder::kRows);
  EXPECT_EQ(picture.prompts()[1].size(), 3u);
  EXPECT_EQ(picture.missing(), 2u);
  EXPECT_EQ(picture.context().pixels[4], 128);
  EXPECT_EQ(picture.context().pixels[2], picture.original().pixels[2]);
}

TEST(Picture, WhatHasNoSecondHalfIsRefused) {
  EXPECT_THROW(Picture(ramp(1, 9), PictureOrder::kRows), Error);
  EXPECT_THROW(Picture(ramp(9, 1), PictureOrder::kRaster), Error);
  EXPECT_NO_THROW(Picture(ramp(9, 1), PictureOrder::kRows));
}

TEST(Fitted, TheSizeAskedForComesWhateverTheSource) {
  for (const media::ImageSize from : {media::ImageSize{1, 1}, {7, 3}, {100, 40}, {40, 100}, {1, 50}, {999, 2}}) {
    for (const media::ImageSize to : {media::ImageSize{1, 1}, {10, 10}, {33, 7}, {7, 33}}) {
      const media::Image image = fitted(ramp(from.width, from.height), to);
      EXPECT_EQ(image.pixels.size(), size_t{to.width} * to.height);
    }
  }
}

TEST(Fitted, EvenColourStaysAndTheMiddleIsCut) {
  media::Image image{{40, 10}, 1, Bytes(400, 77)};
  for (size_t y = 0; y < 10; ++y) image.pixels[y * 40] = image.pixels[y * 40 + 39] = 255;
  const media::Image square = fitted(image, {5, 5});
  EXPECT_EQ(square.pixels, Bytes(25, 77)) << "the bright edges lie outside the middle";
}

TEST(Fitted, PixelsAreTheMeanOfWhatTheyCover) {
  const media::Image image{{4, 2}, 1, {0, 100, 10, 20, 50, 250, 30, 40}};
  EXPECT_EQ(fitted(image, {2, 1}).pixels, (Bytes{100, 25}));
  const media::Image colours{{2, 2}, 3, {0, 10, 20, 100, 30, 40, 50, 60, 70, 250, 80, 91}};
  EXPECT_EQ(fitted(colours, {1, 1}).pixels, (Bytes{100, 45, 55}));
}

TEST(Prepared, LargeImagesBecomeThePapersAndSmallOnesStay) {
  EXPECT_EQ(prepared(ramp(600, 400), std::nullopt).size.width, 500u);
  EXPECT_EQ(prepared(ramp(300, 291), std::nullopt).size.height, 290u);
  EXPECT_EQ(prepared(ramp(500, 290), std::nullopt).pixels, ramp(500, 290).pixels);
  EXPECT_EQ(prepared(ramp(60, 40), std::nullopt).size.width, 60u);
  EXPECT_EQ(prepared(ramp(600, 400), media::ImageSize{0, 0}).size.width, 600u);
  EXPECT_EQ(prepared(ramp(60, 40), media::ImageSize{20, 10}).pixels.size(), 200u);
  const media::Image colour{{1, 1}, 3, {1, 2, 5}};
  EXPECT_EQ(prepared(colour, std::nullopt).pixels, Bytes{2});
}

}  // namespace
}  // namespace lmzip::sample
