// SPDX-License-Identifier: Apache-2.0
#include "kernels/exp2.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace lmzip::kernels {
namespace {

TEST(Exp2, IsCloseToThePowerEverywhere) {
  double worst = 0.0;
  for (float x = -126.0f; x <= 126.0f; x += 0.00171f) {
    worst = std::max(worst, std::fabs(static_cast<double>(exp2_approx(x)) / std::exp2(static_cast<double>(x)) - 1.0));
  }
  EXPECT_LT(worst, 2e-7);
}

TEST(Exp2, IsExactAtWholeNumbers) {
  for (int n = -126; n <= 126; ++n) EXPECT_EQ(exp2_approx(static_cast<float>(n)), std::ldexp(1.0f, n)) << n;
  EXPECT_EQ(exp2_approx(-0.0f), 1.0f);
}

TEST(Exp2, VanishesWhereNormalNumbersEnd) {
  EXPECT_GT(exp2_approx(-126.0f), 0.0f);
  for (const float x : {std::nextafter(-126.0f, -127.0f), -127.5f, -1e9f, -std::numeric_limits<float>::max(),
                        -std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(std::bit_cast<uint32_t>(exp2_approx(x)), 0u) << x;
  }
}

TEST(Exp2, RoundsTiesToEven) {
  for (const auto& [x, whole] : {std::pair{0.5f, 0},
                                 {1.5f, 2},
                                 {2.5f, 2},
                                 {-0.5f, 0},
                                 {-1.5f, -2},
                                 {126.5f, 126},
                                 {-127.49f, -127},
                                 {4194303.0f, 4194303},
                                 {-4194303.0f, -4194303}}) {
    EXPECT_EQ(round_to_int(x), whole) << x;
  }
}

}  // namespace
}  // namespace lmzip::kernels
