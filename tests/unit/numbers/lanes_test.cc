// SPDX-License-Identifier: Apache-2.0
// lanes.h, sure_bits.h and the tables they look into, against the same in floating point.
#include "numbers/lanes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>

#include "numbers/pixel_predictors.h"
#include "numbers/sure_bits.h"

namespace lmzip::numbers {
namespace {

/// What a table stands for: logistic distributions of these scales.
struct Shape {
  const char* name;
  const LaneTable& table;
  std::array<double, 3> scales, weights;

  /// P(error < z scales).
  double below(double z) const {
    double sum = 0;
    for (size_t i = 0; i < 3; ++i) sum += weights[i] / (1 + std::exp(-z / scales[i]));
    return sum;
  }
};

const std::array<Shape, 2> kShapes = {{{"pixels", kPixelShape, {0.761, 0.630, 1.75}, {0.294, 0.689, 0.017}},
                                       {"samples", kSampleShape, {0.761, 0.630, 2.5}, {0.294, 0.671, 0.035}}}};

TEST(Lanes, TablesRiseFromNothingToCertainty) {
  for (const Shape& shape : kShapes) {
    SCOPED_TRACE(shape.name);
    EXPECT_TRUE(std::is_sorted(shape.table.begin(), shape.table.end()));
    EXPECT_GE(shape.table.front(), 0);
    EXPECT_LE(shape.table.back(), kCertain);
    // So far out only the widest part is left of the shape.
    EXPECT_LT(shape.table.front(), kCertain / 10'000);
    EXPECT_GT(shape.table.back(), kCertain - kCertain / 10'000);
  }
}

TEST(Lanes, TablesAreSymmetric) {
  constexpr size_t kMiddle = size_t{kReach} * kCellsAScale;
  constexpr int32_t kRoundings = 6;  // of three parts, on both sides
  for (const Shape& shape : kShapes) {
    EXPECT_NEAR(shape.table[kMiddle], kCertain / 2, kRoundings);
    for (size_t n = 0; n <= kMiddle; ++n) {
      ASSERT_NEAR(shape.table[kMiddle - n] + shape.table[kMiddle + n], kCertain, kRoundings) << shape.name << ' ' << n;
    }
  }
}

TEST(Lanes, TablesAreTheDistributionsTheyWereMadeOf) {
  for (const Shape& shape : kShapes) {
    for (size_t i = 0; i + 1 < kLaneTable; ++i) {
      const double z = static_cast<double>(i) / kCellsAScale - kReach;
      ASSERT_NEAR(shape.table[i], shape.below(z) * kCertain, 6) << shape.name << " at " << z;
    }
  }
}

TEST(Lanes, LogarithmsInversesAndPowersAreThat) {
  for (size_t i = 0; i < kLogarithm.size(); ++i) {
    // Rounded down, after the logarithm that it is made of was.
    EXPECT_NEAR(kLogarithm[i], 4096 * std::log1p((static_cast<double>(i) + 0.5) / 512), 1.1) << i;
  }
  for (int32_t i = 1; i < 1024; ++i) {
    EXPECT_EQ(kInverse[static_cast<size_t>(i)], (1 << 20) / i);
  }
  for (size_t i = 0; i < kPower.size(); ++i) {
    EXPECT_NEAR(kPower[i], std::exp2(16 - static_cast<double>(i) / 16), 1) << i;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto x = static_cast<uint32_t>(std::max<uint64_t>(random() >> random() % 32, 1));
    for (const int bits : {0, 1, 2, 4}) {
      // Linear between powers of two, which is at most 0.0861 above the logarithm; the rest is rounding down.
      const double exact = std::log2(static_cast<double>(x)) * (1 << bits);
      ASSERT_LE(log2_of_scale(x, bits), exact + 1e-9) << x;
      ASSERT_GT(log2_of_scale(x, bits), exact - 0.0861 * (1 << bits) - 1) << x;
    }
  }
  for (int bits = 0; bits < 5; ++bits) EXPECT_EQ(log2_of_scale(0xFFFFFFFFu, bits), (32 << bits) - 1);
}

TEST(Lanes, DistancesAreToldInScales) {
  std::mt19937 random(2);
  for (int i = 0; i < 20'000; ++i) {
    Lanes<1> lanes;
    const int32_t scale = lanes.scale[0] = 1 + static_cast<int32_t>((random() & 0x3FFFFFF) >> random() % 26);
    lanes.prepare();
    const double scales = static_cast<double>(random() % 32'000) / 1000 - 16;
    const int64_t wide = std::llround(scales * scale);
    if (std::abs(wide) > (int64_t{1} << 31) - 1) continue;
    const auto distance = static_cast<int32_t>(wide);
    const double exact = static_cast<double>(distance) / scale;
    // The scale is known to 9 bits and the distance rounded down to one of its steps.
    ASSERT_NEAR(lanes.in_scales<7>(0, distance) / 128.0, exact, std::abs(exact) / 250 + 1.0 / 64) << scale;
  }
}

TEST(Lanes, SplitAsTheDistributionsSay) {
  constexpr size_t kCount = 8;
  constexpr int32_t kMost = 1 << 26;
  std::mt19937 random(3);
  const auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
  int decided = 0, open = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Shape& shape = kShapes[random() % 2];
    // An interval of a power of two somewhere, and predictions in or around it, with scales from far less than it to
    // far more.
    const int32_t half = 1 << below(24);
    const auto low = static_cast<int32_t>((below(2 * kMost / half) - kMost / half) * half);
    const int32_t flat = 1 << below(14);
    Lanes<kCount> lanes;
    for (size_t k = 0; k < kCount; ++k) {
      lanes.scale[k] = 1 + static_cast<int32_t>(below(kMost) >> below(26));
      const int64_t spread = std::max<int64_t>(half, lanes.scale[k]);
      lanes.prediction[k] =
          static_cast<int32_t>(std::clamp<int64_t>(low + below(8 * spread) - 4 * spread, -kMost, kMost));
    }
    lanes.prepare();
    lanes.set_low(low, shape.table);
    lanes.set_high(low + 2 * half, shape.table);
    std::array<int32_t, kCount> stretched;
    lanes.split(low + half, flat, shape.table, stretched.data());
    for (size_t k = 0; k < kCount; ++k) {
      const double scale = lanes.scale[k];
      const auto at = [&](double x) {
        return shape.below(std::clamp((x - lanes.prediction[k]) / scale, -1.0 * kReach, 1.0 * kReach));
      };
      const double more = static_cast<double>(flat) / kCertain;
      const double upper = at(low + 2.0 * half) - at(low + half) + more, lower = at(low + half) - at(low) + more;
      const double exact = std::clamp(std::log(upper / lower), -2047 / 256.0, 2047 / 256.0);
      // Places in the table are off by up to 1/250 of the distance from the prediction (the scale has 9 bits) and two
      // steps of 1/1024; that moves what lies between two of them by the density there. Tables have units of 2^-26.
      const auto moved = [&](double x) {
        const double z = std::min(std::abs(x - lanes.prediction[k]) / scale, 1.0 * kReach);
        return (z / 250 + 2.0 / 1024) * std::max(shape.below(0.01 - z * 0.99) - shape.below(-z * 0.99), 1e-12) / 0.01;
      };
      const double units = 8.0 / kCertain;
      const double ends = moved(low + half) + units;
      const double tolerance = 0.01 + (ends + moved(low + 2.0 * half)) / upper + (ends + moved(low)) / lower;
      if (tolerance > 0.5) continue;  // both halves too far out to tell
      ASSERT_NEAR(stretched[k] / 256.0, exact, tolerance)
          << shape.name << ": scale " << scale << ", half " << half << ", from the prediction "
          << low - lanes.prediction[k] << ", flat " << flat;
      ++(std::abs(exact) > 3 ? decided : open);
    }
  }
  EXPECT_GT(decided, 10'000);
  EXPECT_GT(open, 10'000);
}

TEST(Lanes, WhatIsFarAwayIsNothingOrCertainAtEveryScale) {
  // Scales are told to the table with 10 bits, so its ends are reached a little early or late.
  for (const Shape& shape : kShapes) {
    for (int32_t scale = 1; scale < 1 << 26; scale += 1 + scale / 97) {
      Lanes<1> lanes;
      lanes.scale[0] = scale;
      lanes.prepare();
      const auto far = static_cast<int32_t>(std::min<int64_t>(int64_t{30} * scale, 1 << 30));
      lanes.set_low(-far, shape.table);
      lanes.set_high(far, shape.table);
      // All of it above, all of it below.
      std::array<int32_t, 1> all, none;
      lanes.split(-far, 64, shape.table, all.data());
      lanes.split(far, 64, shape.table, none.data());
      ASSERT_EQ(all[0], 2047) << shape.name << ", scale " << scale;
      ASSERT_EQ(none[0], -2047) << shape.name << ", scale " << scale;
      lanes.split(0, 64, shape.table, all.data());
      ASSERT_NEAR(all[0], 0, 2) << shape.name << ", scale " << scale;
    }
  }
}

TEST(Lanes, AHalfIsSplitAsIfItHadBeenTheWhole) {
  std::mt19937 random(4);
  for (int i = 0; i < 2000; ++i) {
    Lanes<2> lanes;
    lanes.prediction = {static_cast<int32_t>(random() % 4096), static_cast<int32_t>(random() % 4096)};
    lanes.scale = {1 + static_cast<int32_t>(random() % 500), 1 + static_cast<int32_t>(random() % 5000)};
    lanes.prepare();
    lanes.set_low(0, kPixelShape);
    lanes.set_high(4096, kPixelShape);
    int32_t low = 0;
    for (int32_t half = 2048; half >= 16; half /= 2) {
      std::array<int32_t, 2> walked, asked;
      lanes.split(low + half, half, kPixelShape, walked.data());
      Lanes<2> anew = lanes;
      anew.set_low(low, kPixelShape);
      anew.set_high(low + 2 * half, kPixelShape);
      anew.split(low + half, half, kPixelShape, asked.data());
      ASSERT_EQ(walked, asked);
      const int bit = static_cast<int>(random() % 2);
      lanes.choose(bit);
      low += bit ? half : 0;
    }
  }
}

TEST(SureBits, SpeaksOnlyOfPlacesFarOutAndWithinTheInterval) {
  SureBits sure;
  EXPECT_FALSE(sure.look(0, 100, 100, 1000)) << "near";
  EXPECT_FALSE(sure.look(0, -100, 100, 1000)) << "near";
  EXPECT_FALSE(sure.look(0, 1001, 100, 1000)) << "the prediction is not in the interval";
  EXPECT_FALSE(sure.sure());
  for (int position = 0; position < 24; ++position) {
    uint32_t before = 65536 / 2;
    for (const int64_t away : {101, 200, 400, 900, 100'000}) {
      ASSERT_TRUE(sure.look(position, away, 100, 1'000'000));
      EXPECT_LT(sure.p1(), 100u) << "the middle is above the prediction: the bit is 0";
      EXPECT_LE(sure.p1(), before) << "the farther the surer";
      before = sure.p1();
      ASSERT_TRUE(sure.look(position, -away, 100, 1'000'000));
      EXPECT_GT(sure.p1(), 65536u - 100);
      EXPECT_LE(sure.p1(), 65535u);
    }
  }
}

TEST(SureBits, LearnsHowSureItMayBe) {
  SureBits sure;
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(sure.look(1, 150, 100, 1000));
    sure.update(i % 10 == 0, mix::Forget());
  }
  ASSERT_TRUE(sure.look(1, 150, 100, 1000));
  EXPECT_NEAR(sure.p1() / 65536.0, 0.1, 0.02);
  ASSERT_TRUE(sure.look(1, -150, 100, 1000));
  EXPECT_GT(sure.p1(), 65000u) << "of the other side nothing was learnt";
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(sure.look(2, 150, 100, 1000));
    sure.update(0, mix::Forget());
    ASSERT_TRUE(sure.look(2, -150, 100, 1000));
    sure.update(1, mix::Forget());
  }
  EXPECT_LE(sure.p1(), 65535u) << "no bit is certain";
  ASSERT_TRUE(sure.look(2, 150, 100, 1000));
  EXPECT_GE(sure.p1(), 1u);
}

}  // namespace
}  // namespace lmzip::numbers
