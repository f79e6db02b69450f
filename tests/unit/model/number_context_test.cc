// SPDX-License-Identifier: Apache-2.0
#include "model/number_context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lmzip::model {
namespace {

constexpr int kRow = 7;

std::vector<uint8_t> noise(size_t size) {
  std::vector<uint8_t> bytes(size);
  uint32_t state = 1;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

using Features = std::array<int8_t, NumberContext::kFeatures>;

Features features_of(const NumberContext& context) {
  Features features;
  context.features(features);
  return features;
}

NumberContext after(Numbers numbers, const std::vector<uint8_t>& bytes) {
  NumberContext context(numbers, kRow);
  for (const uint8_t byte : bytes) context.advance(byte);
  return context;
}

TEST(NumberContext, BeginsInTheMiddle) {
  EXPECT_EQ(NumberContext(Numbers::kPixels, kRow).centre(), 128);
  EXPECT_EQ(NumberContext(Numbers::kSamples, 0).centre(), 128);
}

TEST(NumberContext, CentreOfAPixelIsThatOfItsNeighboursWithinThePicture) {
  const std::vector<uint8_t> picture = noise(5 * kRow);
  NumberContext context(Numbers::kPixels, kRow);
  for (int at = 0; at < static_cast<int>(picture.size()); ++at) {
    const int x = at % kRow, y = at / kRow;
    const auto pixel = [&](int column, int row, int otherwise) {
      const bool there = column >= 0 && column < kRow && row >= 0;
      return there ? int{picture[static_cast<size_t>(row * kRow + column)]} : otherwise;
    };
    const int beside = x > 0 ? pixel(x - 1, y, 0) : pixel(x, y - 1, 128);
    const int w = pixel(x - 1, y, beside), n = pixel(x, y - 1, beside);
    const int nw = pixel(x - 1, y - 1, beside), ne = pixel(x + 1, y - 1, beside);
    const int median = std::clamp(w + n - nw, std::min(w, n), std::max(w, n));
    EXPECT_EQ(context.centre(), (20 * median + 4 * w + 4 * n + 2 * ne + 15) / 30) << "x " << x << ", y " << y;
    context.advance(picture[static_cast<size_t>(at)]);
  }
}

TEST(NumberContext, CentreOfASampleIsTheOneBefore) {
  NumberContext context(Numbers::kSamples, 0);
  for (const uint8_t byte : noise(100)) {
    context.advance(byte);
    EXPECT_EQ(context.centre(), byte);
  }
}

TEST(NumberContext, OneBrightnessIsNoDistanceFromAnything) {
  const Features features = features_of(after(Numbers::kPixels, std::vector<uint8_t>(3 * kRow + 3, 77)));
  EXPECT_EQ(std::count(features.begin(), features.end(), 0), 63);
  EXPECT_EQ(features.back(), 127);
}

TEST(NumberContext, BrighterPicturesHaveTheSameFeatures) {
  std::vector<uint8_t> picture = noise(3 * kRow + 2);
  for (uint8_t& pixel : picture) pixel = static_cast<uint8_t>(pixel / 4 + 50);
  const Features before = features_of(after(Numbers::kPixels, picture));
  for (uint8_t& pixel : picture) pixel = static_cast<uint8_t>(pixel + 60);
  EXPECT_EQ(features_of(after(Numbers::kPixels, picture)), before);
}

TEST(NumberContext, EveryFeatureIsSymmetricInt8) {
  for (const Numbers numbers : {Numbers::kPixels, Numbers::kSamples}) {
    NumberContext context(numbers, kRow);
    for (const uint8_t byte : noise(5000)) {
      context.advance(byte % 3 == 0 ? 255 : byte % 3 == 1 ? 0 : byte);
      const Features features = features_of(context);
      EXPECT_GE(*std::min_element(features.begin(), features.end()), -127);
    }
  }
}

TEST(NumberContext, WhatIsFarBackIsForgotten) {
  const std::vector<uint8_t> end = noise(40);
  std::vector<uint8_t> one(1000, 3), other(2000, 250);
  one.insert(one.end(), end.begin(), end.end());
  other.insert(other.end(), end.begin(), end.end());
  EXPECT_EQ(features_of(after(Numbers::kSamples, one)), features_of(after(Numbers::kSamples, other)));
}

}  // namespace
}  // namespace lmzip::model
