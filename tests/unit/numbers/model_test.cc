// SPDX-License-Identifier: Apache-2.0
#include "numbers/model.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/isa.h"
#include "lmzip/error.h"
#include "unit/numbers/fixtures.h"

namespace lmzip::numbers {
namespace {

using test::code;
using test::forecast_digest;
using test::noisy_tones;
using test::NumbersCase;
using test::pixels_case;
using test::samples_case;
using test::smooth_picture;

/// Bytes that this process holds of the allocator, whoever gave back how much before; 0 where that cannot be asked.
uint64_t allocated_bytes() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const auto memory = mallinfo2();
  return memory.uordblks + memory.hblkhd;
#else
  return 0;
#endif
}

class EveryLayout : public testing::TestWithParam<NumbersCase> {};

TEST_P(EveryLayout, EveryForecastCanBeCoded) {
  const auto model = GetParam().make(false);
  // One after the other through the same model: each is hard on what the one before has taught.
  for (const Bytes& bytes : test::hostile_numbers(GetParam(), 700)) code(*model, bytes);
}

TEST_P(EveryLayout, EveryForecastOfAGuidedModelCanBeCoded) {
  if (GetParam().bits > 8) {
    EXPECT_THROW(GetParam().make(true), Error) << "networks know bytes";
    return;
  }
  const auto model = GetParam().make(true);
  for (const Bytes& bytes : test::hostile_numbers(GetParam(), 500)) code(*model, bytes, model.get());
}

TEST_P(EveryLayout, TheSameBitsGiveTheSameForecastsOnEveryInstructionSet) {
  Bytes input = test::portability_input(150);
  for (const Bytes& bytes : test::hostile_numbers(GetParam(), 120))
    input.insert(input.end(), bytes.begin(), bytes.end());
  const uint64_t digest = forecast_digest(*GetParam().make(false), input);
  for (const kernels::Isa isa : kernels::available_isas()) {
    ASSERT_TRUE(kernels::force_isa(kernels::isa_name(isa)));
    EXPECT_EQ(forecast_digest(*GetParam().make(false), input), digest) << kernels::isa_name(isa);
  }
}

TEST_P(EveryLayout, WhatNeverChangesBecomesNearlyFree) {
  // The number in the middle, as the first forecasts have it, is no better than any other.
  for (const uint8_t byte : Bytes{0x00, 0x80, 0xFF, 0x37}) {
    const auto model = GetParam().make(false);
    code(*model, Bytes(3000, byte));
    EXPECT_LT(code(*model, Bytes(3000, byte)) / 3000, 0.15) << int{byte};
  }
}

TEST_P(EveryLayout, NoiseCostsLittleMoreThanItself) {
  const auto model = GetParam().make(false);
  code(*model, test::random_bytes(12'000, 3));
  EXPECT_LT(code(*model, test::random_bytes(6'000, 4)) / 6'000, 8.3);
}

INSTANTIATE_TEST_SUITE_P(Numbers, EveryLayout, testing::ValuesIn(test::numbers_cases()), test::case_name);

class SomeLayouts : public testing::TestWithParam<NumbersCase> {};

TEST_P(SomeLayouts, ModelsDoNotShareWhatTheyLearn) {
  const Bytes input = test::portability_input(50);
  const uint64_t digest = forecast_digest(*GetParam().make(false), input);
  code(*GetParam().make(false), test::random_bytes(1000, 8));
  EXPECT_EQ(forecast_digest(*GetParam().make(false), input), digest);
}

TEST_P(SomeLayouts, TakeNoMoreMemoryThanTheySayAndNotMuchLess) {
  const Bytes input = test::random_bytes(6000, 9);
  const uint64_t before = allocated_bytes();
  const auto model = GetParam().make(false);
  code(*model, input);
  const uint64_t taken = allocated_bytes() - before;
  if (taken == 0) GTEST_SKIP() << "memory cannot be measured here";
  EXPECT_LE(taken, GetParam().model_bytes);
  EXPECT_LE(GetParam().model_bytes, 3 * taken);
  if (GetParam().bits > 8) return;
  const uint64_t between = allocated_bytes();
  const auto guided = GetParam().make(true);
  code(*guided, input, guided.get());
  EXPECT_LE(allocated_bytes() - between, GetParam().model_bytes);
}

/// Rows so long that they take most of the memory, too.
std::vector<NumbersCase> some_and_wide_cases() {
  auto cases = test::some_numbers_cases();
  cases.push_back(pixels_case(5000, 3, 8));
  cases.push_back(pixels_case(5000, 8, 16));
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Numbers, SomeLayouts, testing::ValuesIn(some_and_wide_cases()), test::case_name);

/// Bits for `bytes` by general context mixing, which has to find out what they are.
double bits_by_mixing(const Bytes& bytes) { return code(*mix::make_model(4), bytes); }

/// Numbers of which `known` bits cannot be foreseen cost that, a bit for what is not quite known, and the learning.
void expect_cheap(const NumbersCase& layout, const Bytes& bytes, unsigned known) {
  const double cost = code(*layout.make(false), bytes), count = static_cast<double>(bytes.size()) / (layout.bits / 8);
  EXPECT_LT(cost, 0.93 * bits_by_mixing(bytes)) << layout;
  EXPECT_LT(cost, count * (known + 0.9) + 4000) << layout;
}

TEST(PixelModel, SmoothPicturesCostClearlyLessThanByMixing) {
  for (const unsigned bits : {8, 16}) {
    for (const unsigned channels : {1, 3}) {
      // Noise is a 64th of the range.
      expect_cheap(pixels_case(96, channels, bits), smooth_picture(96, 100, channels, bits, 1), bits - 6);
    }
  }
}

TEST(SampleModel, NoisyTonesCostClearlyLessThanByMixing) {
  for (const unsigned bits : {8, 16, 24}) {
    for (const unsigned channels : {1, 2}) {
      // Noise is a 128th of the range.
      expect_cheap(samples_case(channels, bits), noisy_tones(8000, channels, bits, 2), bits - 7);
    }
  }
}

TEST(PixelModel, KnowingTheLayoutIsWorthSomething) {
  const Bytes picture = smooth_picture(60, 120, 3, 8, 3);
  const double right = code(*pixels_case(60, 3, 8).make(false), picture);
  EXPECT_LT(right, 0.97 * code(*pixels_case(61, 3, 8).make(false), picture)) << "rows aslant";
  EXPECT_LT(right, 0.97 * code(*pixels_case(180, 1, 8).make(false), picture)) << "channels taken for pixels";
}

TEST(SampleModel, ChannelsHearEachOther) {
  // The second channel is the first: it costs next to nothing beside it.
  const Bytes one = noisy_tones(6000, 1, 16, 4);
  Bytes both;
  for (size_t i = 0; i < one.size(); i += 2) {
    for (int copy = 0; copy < 2; ++copy) both.insert(both.end(), {one[i], one[i + 1]});
  }
  EXPECT_LT(code(*samples_case(2, 16).make(false), both), 1.35 * code(*samples_case(1, 16).make(false), one));
}

TEST(PixelModel, ChannelsSeeEachOther) {
  const Bytes grey = smooth_picture(80, 80, 1, 8, 5);
  Bytes colours;
  for (const uint8_t pixel : grey) colours.insert(colours.end(), 3, pixel);
  EXPECT_LT(code(*pixels_case(80, 3, 8).make(false), colours), 1.35 * code(*pixels_case(80, 1, 8).make(false), grey));
}

TEST(GuidedNumbers, AGoodNetworkIsHeard) {
  // It knows each byte but for a few; alone the models cannot know noise.
  const Bytes bytes = test::random_bytes(3000, 6);
  for (const NumbersCase& layout : {pixels_case(64, 1, 8), samples_case(1, 8)}) {
    const auto model = layout.make(true);
    double bits = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      model->expect(test::opinion(i % 50 == 0 ? 99 : bytes[i], true));
      bits += code(*model, {&bytes[i], 1});
    }
    EXPECT_LT(bits / 3000, 1.2) << layout;
  }
}

TEST(Numbers, RefuseLayoutsThatThereAreNot) {
  const auto refused = [](const auto& layout, bool guided) {
    try {
      make_model(layout, guided);
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return true;
    }
  };
  for (const PixelLayout& layout :
       {PixelLayout{.width = 0}, PixelLayout{.width = kMaxWidth + 1}, PixelLayout{.width = 0xFFFFFFFF},
        PixelLayout{.width = 8, .channels = 0}, PixelLayout{.width = 8, .channels = kMaxChannels + 1},
        PixelLayout{.width = 8, .bits = 0}, PixelLayout{.width = 8, .bits = 1}, PixelLayout{.width = 8, .bits = 12},
        PixelLayout{.width = 8, .bits = 24}}) {
    EXPECT_TRUE(refused(layout, false)) << layout.width << ' ' << layout.channels << ' ' << layout.bits;
  }
  for (const SampleLayout& layout : {SampleLayout{.channels = 0}, SampleLayout{.channels = kMaxChannels + 1},
                                     SampleLayout{.bits = 0}, SampleLayout{.bits = 12}, SampleLayout{.bits = 32}}) {
    EXPECT_TRUE(refused(layout, false)) << layout.channels << ' ' << layout.bits;
  }
  EXPECT_TRUE(refused(PixelLayout{.width = 8, .bits = 16}, true));
  EXPECT_TRUE(refused(SampleLayout{.bits = 16}, true));
  EXPECT_TRUE(refused(SampleLayout{.bits = 24}, true));
  EXPECT_FALSE(refused(PixelLayout{.width = kMaxWidth, .channels = kMaxChannels, .bits = 16}, false));
  EXPECT_FALSE(refused(SampleLayout{.channels = kMaxChannels, .bits = 24}, false));
}

TEST(Numbers, FilesStayReadable) {
  // Whoever changes one of these makes all files of that codec unreadable. The input has no floating point.
  const Bytes input = test::portability_input(500);
  EXPECT_EQ(forecast_digest(*pixels_case(96, 1, 8).make(false), input), 0x70AA345DA64D6762u);
  EXPECT_EQ(forecast_digest(*pixels_case(96, 3, 16).make(false), input), 0xA381C63319384071u);
  EXPECT_EQ(forecast_digest(*samples_case(1, 8).make(false), input), 0x2125305C9FE896CAu);
  EXPECT_EQ(forecast_digest(*samples_case(2, 16).make(false), input), 0x1386A84B829CF19Au);
  EXPECT_EQ(forecast_digest(*samples_case(1, 24).make(false), input), 0x7BBA94AB448E1FC7u);
}

}  // namespace
}  // namespace lmzip::numbers
