// SPDX-License-Identifier: Apache-2.0
#include "predict/rotary.h"

#include <gtest/gtest.h>

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

TEST(Rotary, NoHeadsNoAngles) { EXPECT_EQ(Rotary(0).pairs(), 0); }

}  // namespace
}  // namespace lmzip::predict
