// SPDX-License-Identifier: Apache-2.0
#include "predict/rotary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace lmzip::predict {
namespace {

class RotaryAngles : public testing::TestWithParam<int> {};

TEST_P(RotaryAngles, AreThoseOfThePaper) {
  const int width = GetParam();
  const Rotary rotary(width);
  const auto pairs = static_cast<size_t>(rotary.pairs());
  ASSERT_EQ(static_cast<int>(pairs), width / 2);
  std::vector<float> cosines(pairs);
  std::vector<float> sines(pairs);
  for (const uint64_t position : {0, 1, 2, 63, 2047, 65535, 10000000}) {
    rotary.angles(position, cosines, sines);
    for (size_t k = 0; k < pairs; ++k) {
      const long double angle = position * std::pow(10000.0L, -2.0L * k / width);
      // A frequency is good to about 1e-13, so an angle to as much times the position.
      EXPECT_NEAR(cosines[k], static_cast<double>(std::cos(angle)), 2e-7 + 1e-13 * static_cast<double>(position))
          << position << ' ' << k;
      EXPECT_NEAR(sines[k], static_cast<double>(std::sin(angle)), 2e-7 + 1e-13 * static_cast<double>(position))
          << position << ' ' << k;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(HeadWidths, RotaryAngles, testing::Values(16, 32, 48, 64, 256));

TEST(Rotary, PositionsBeyondFloatsAreStillTurned) {
  const Rotary rotary(16);
  std::vector<float> cosines(8), sines(8), next_cosines(8), next_sines(8), step_cosines(8), step_sines(8);
  const uint64_t far = uint64_t{1} << 50;
  rotary.angles(far, cosines, sines);
  rotary.angles(far + 1, next_cosines, next_sines);
  rotary.angles(1, step_cosines, step_sines);
  for (size_t k = 0; k < 8; ++k) {
    EXPECT_NEAR(next_cosines[k], cosines[k] * step_cosines[k] - sines[k] * step_sines[k], 1e-6) << k;
  }
}

TEST(Rotary, OtherBasesAndStretchedFrequenciesAreThoseOfTheirPapers) {
  for (const RotaryShape& shape :
       {RotaryShape{.width = 6, .base = 10000}, RotaryShape{.width = 64, .base = 1e6},
        RotaryShape{.width = 2, .base = 1}, RotaryShape{.width = 80, .base = 1e9},
        RotaryShape{
            .width = 128, .base = 500000, .factor = 8, .low_factor = 1, .high_factor = 4, .original_context = 8192}}) {
    const Rotary rotary(shape);
    const auto pairs = static_cast<size_t>(rotary.pairs());
    ASSERT_EQ(pairs, static_cast<size_t>(shape.width) / 2);
    std::vector<float> cosines(pairs), sines(pairs);
    for (const uint64_t position : {0, 1, 77, 5000}) {
      rotary.angles(position, cosines, sines);
      for (size_t k = 0; k < pairs; ++k) {
        double speed = std::pow(shape.base, -2.0 * static_cast<double>(k) / shape.width);
        const double turns = speed * shape.original_context / (2 * std::acos(-1.0));
        const double kept = (turns - shape.low_factor) / (shape.high_factor - shape.low_factor);
        const double share = shape.factor == 1 ? 1 : std::clamp(kept, 0.0, 1.0);
        speed = share * speed + (1 - share) * speed / shape.factor;
        EXPECT_NEAR(cosines[k], std::cos(static_cast<double>(position) * speed), 3e-7) << shape.base << ' ' << k;
        EXPECT_NEAR(sines[k], std::sin(static_cast<double>(position) * speed), 3e-7) << shape.base << ' ' << k;
      }
    }
  }
}

TEST(Rotary, NoHeadsNoAngles) { EXPECT_EQ(Rotary(0).pairs(), 0); }

}  // namespace
}  // namespace lmzip::predict
