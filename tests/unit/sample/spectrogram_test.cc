// SPDX-License-Identifier: Apache-2.0
#include "sample/spectrogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::sample {
namespace {

using media::Image;
using Samples = std::vector<int32_t>;

Samples tone(double frequency, size_t length, unsigned rate, double amplitude = 10000) {
  Samples samples;
  for (size_t i = 0; i < length; ++i) {
    const double turns = frequency * static_cast<double>(i) / rate;
    samples.push_back(static_cast<int32_t>(std::lround(amplitude * std::sin(2 * std::numbers::pi * turns))));
  }
  return samples;
}

std::array<int, 3> colour_at(const Image& image, size_t x, size_t y) {
  const uint8_t* pixel = &image.pixels[(y * image.size.width + x) * 3];
  return {pixel[0], pixel[1], pixel[2]};
}

int brightness(const Image& image, size_t x, size_t y) {
  const auto [red, green, blue] = colour_at(image, x, y);
  return red + green + blue;
}

/// Of a column.
int brightest_row(const Image& image, size_t x) {
  int best = 0;
  for (int y = 1; y < static_cast<int>(image.size.height); ++y) {
    if (brightness(image, x, static_cast<size_t>(y)) > brightness(image, x, static_cast<size_t>(best))) best = y;
  }
  return best;
}

int brightest_of_column(const Image& image, size_t x) {
  return brightness(image, x, static_cast<size_t>(brightest_row(image, x)));
}

bool black(const Image& image) {
  return std::all_of(image.pixels.begin(), image.pixels.end(), [](uint8_t value) { return value == 0; });
}

ErrorKind kind_of(const Samples& samples, const SpectrogramOptions& options) {
  try {
    spectrogram(samples, options);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no error";
  return ErrorKind::kIo;
}

TEST(Spectrogram, ShowsATonePureAndAtItsHeight) {
  for (const unsigned rate : {8000u, 16000u, 44100u}) {
    for (const uint32_t height : {50u, 160u, 700u}) {           // fewer rows than bins and more
      for (const double part : {0.1, 0.25, 0.5, 0.77, 0.95}) {  // of the highest frequency
        const Image image =
            spectrogram(tone(part * rate / 2, rate, rate), {.rate = rate, .width = 30, .height = height});
        const double expected = (1 - part) * height - 0.5;
        for (const size_t x : {5u, 15u, 25u}) {
          EXPECT_NEAR(brightest_row(image, x), expected, 1 + height / 128.0) << rate << " " << height << " " << part;
          // A Hann window's side lobes are 31 dB down at once and fall by 18 dB an octave.
          EXPECT_LT(brightness(image, x, part < 0.5 ? height / 10 : height * 9 / 10), 60);
        }
      }
    }
  }
}

TEST(Spectrogram, OfSilenceOrAConstantIsBlack) {
  EXPECT_TRUE(black(spectrogram(Samples(20000, 0), {.rate = 16000})));
  EXPECT_TRUE(black(spectrogram(Samples(20000, -77), {.rate = 16000})));
  EXPECT_FALSE(black(spectrogram(tone(1000, 20000, 16000, 1), {.rate = 16000})));
}

TEST(Spectrogram, OfALouderSoundIsTheSame) {
  // Relative to its loudest point. Multiples of integers, so that not even rounding differs.
  const Samples quiet = tone(1000, 20000, 16000, 1000);
  Samples loud = quiet;
  for (int32_t& sample : loud) sample *= 1024;
  EXPECT_EQ(spectrogram(loud, {.rate = 16000}).pixels, spectrogram(quiet, {.rate = 16000}).pixels);
}

TEST(Spectrogram, ReachesDownAsFarAsItsRange) {
  // A tone, and after it one that is 40 dB quieter.
  Samples samples = tone(2000, 16000, 16000, 20000);
  const Samples quiet = tone(2000, 16000, 16000, 200);
  samples.insert(samples.end(), quiet.begin(), quiet.end());
  const auto later = [&](double range) {
    return brightest_of_column(spectrogram(samples, {.rate = 16000, .width = 20, .range = range}), 15);
  };
  EXPECT_EQ(later(38), 0);
  EXPECT_GT(later(60), later(45));
  const auto [red, green, blue] = colour_of(0.5);
  EXPECT_NEAR(later(80), red + green + blue, 8);
}

TEST(Spectrogram, ShowsWhereAToneBegins) {
  const size_t length = 64000;
  Samples samples(length / 2, 0);
  const Samples later = tone(3000, length / 2, 16000);
  samples.insert(samples.end(), later.begin(), later.end());
  const uint32_t width = 200;  // a column is 320 samples, a window 512
  const Image image = spectrogram(samples, {.rate = 16000, .width = width});
  for (size_t x = 0; x < width; ++x) {
    if (x < width / 2 - 1) {
      EXPECT_EQ(brightest_of_column(image, x), 0) << x;
    } else if (x > width / 2 + 1) {
      EXPECT_GT(brightest_of_column(image, x), 600) << x;
    }
  }
}

TEST(Spectrogram, LosesNothingOfALongSound) {
  // A click of a single sample in each place of a column that is far longer than a window.
  for (size_t at = 100; at < 19900; at += 397) {
    Samples samples(20000, 0);
    samples[at] = 30000;
    const Image image = spectrogram(samples, {.rate = 8000, .width = 1, .height = 20});
    EXPECT_FALSE(black(image)) << at;
  }
}

TEST(Spectrogram, MarksASample) {
  const Samples samples = tone(1000, 10000, 8000);
  const SpectrogramOptions plain = {.rate = 8000, .width = 100, .height = 40};
  SpectrogramOptions marked = plain;
  marked.mark = 2550;
  const Image without = spectrogram(samples, plain), with = spectrogram(samples, marked);
  for (size_t x = 0; x < 100; ++x) {
    for (size_t y = 0; y < 40; ++y) {
      if (x == 25) {
        EXPECT_EQ(colour_at(with, x, y), colour_at(with, 25, 0));
      } else {
        EXPECT_EQ(colour_at(with, x, y), colour_at(without, x, y));
      }
    }
  }
  EXPECT_NE(colour_at(with, 25, 0), colour_at(without, 25, 0));
  marked.mark = samples.size();  // nothing begins there
  EXPECT_EQ(spectrogram(samples, marked).pixels, without.pixels);
}

TEST(Spectrogram, OfAnyLengthAndSizeIsAPicture) {
  for (const size_t length : {1u, 2u, 63u, 513u, 5000u}) {
    const Samples samples = tone(700, length, 16000);
    for (const auto& [width, height] : {std::pair{1u, 1u}, {1u, 50u}, {99u, 1u}, {33u, 2000u}}) {
      for (const unsigned rate : {0u, 1u, 16000u, 0xFFFFFFFFu}) {
        const Image image = spectrogram(samples, {.rate = rate, .width = width, .height = height, .mark = length / 2});
        EXPECT_EQ(image.pixels.size(), size_t{width} * height * 3);
        EXPECT_EQ(image.channels, 3u);
      }
    }
  }
  const Samples loudest = {INT32_MIN, INT32_MAX, INT32_MIN, INT32_MAX};
  EXPECT_FALSE(black(spectrogram(loudest, {.rate = 8000})));
}

TEST(Spectrogram, OfNothingIsRefused) {
  EXPECT_EQ(kind_of({}, {.rate = 8000}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of({1, 2}, {.rate = 8000, .width = 0}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of({1, 2}, {.rate = 8000, .height = 0}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of({1, 2}, {.rate = 8000, .range = 0}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of({1, 2}, {.rate = 8000, .range = std::nan("")}), ErrorKind::kUsage);
  EXPECT_EQ(kind_of({1, 2}, {.rate = 8000, .width = 60000, .height = 60000}), ErrorKind::kLimit);
}

TEST(Spectrogram, ColoursRiseEvenlyInLightness) {
  const auto lightness = [](double loudness) {  // CIE L* of sRGB
    const auto colour = colour_of(loudness);
    const std::array<double, 3> weights = {0.2126, 0.7152, 0.0722};
    double luminance = 0;
    for (size_t i = 0; i < 3; ++i) {
      const double value = colour[i] / 255.0;
      luminance += weights[i] * (value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
    }
    return luminance > 0.008856 ? 116 * std::cbrt(luminance) - 16 : 903.3 * luminance;
  };
  EXPECT_EQ(colour_of(0), (std::array<uint8_t, 3>{0, 0, 0}));
  EXPECT_EQ(colour_of(-1), colour_of(0));
  EXPECT_EQ(colour_of(2), colour_of(1));
  for (int i = 1; i <= 256; ++i) {
    EXPECT_GE(lightness(i / 256.0), lightness((i - 1) / 256.0)) << i;
    EXPECT_NEAR(lightness(i / 256.0), 97.8 * i / 256, 4) << i;
  }
}

}  // namespace
}  // namespace lmzip::sample
