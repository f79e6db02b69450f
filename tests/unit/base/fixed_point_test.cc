// SPDX-License-Identifier: Apache-2.0
#include "base/fixed_point.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace lmzip::base {
namespace {

__extension__ using Wide = __int128;
__extension__ using WideUnsigned = unsigned __int128;

/// The numbers at which a product by halves goes wrong first: around every power of two, so that each half is 0, 1 or
/// all ones, and the ends of the range.
std::vector<uint64_t> edges() {
  std::vector<uint64_t> all = {0, 0xAAAAAAAAAAAAAAAAu, 0x5555555555555555u, 0xFFFFFFFF00000000u, 0xFFFFFFFEFFFFFFFFu};
  for (int bit = 0; bit < 64; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t number : {power - 1, power, power + 1}) {
      all.push_back(number);
      all.push_back(0 - number);
    }
  }
  return all;
}

void expect_q62(uint64_t a, uint64_t b) {
  ASSERT_EQ(multiply_q62(a, b), static_cast<uint64_t>(WideUnsigned{a} * b >> 62)) << a << " * " << b;
}

/// Where the product does not fit, nothing is promised.
void expect_q40(int64_t a, int64_t b) {
  const Wide exact = Wide{a} * b >> 40;
  if (exact < std::numeric_limits<int64_t>::min() || exact > std::numeric_limits<int64_t>::max()) return;
  ASSERT_EQ(multiply_q40(a, b), static_cast<int64_t>(exact)) << a << " * " << b;
}

TEST(FixedPoint, ProductsOfExtremesAreExact) {
  const std::vector<uint64_t> all = edges();
  for (const uint64_t a : all) {
    for (const uint64_t b : all) {
      // Beyond 2^126 the first does not fit either, and says so by losing what is above.
      ASSERT_NO_FATAL_FAILURE(expect_q62(a, b));
      ASSERT_NO_FATAL_FAILURE(expect_q40(static_cast<int64_t>(a), static_cast<int64_t>(b)));
    }
  }
}

TEST(FixedPoint, ProductsOfAnySizesAreExact) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const uint64_t a = random() >> random() % 64, b = random() >> random() % 64;
    ASSERT_NO_FATAL_FAILURE(expect_q62(a, b));
    const auto x = static_cast<int64_t>(random()) >> random() % 64, y = static_cast<int64_t>(random()) >> random() % 64;
    ASSERT_NO_FATAL_FAILURE(expect_q40(x, y));
  }
}

TEST(FixedPoint, RoundsDownNotTowardsZero) {
  EXPECT_EQ(multiply_q40(-1, 1), -1);
  EXPECT_EQ(multiply_q40(-3, int64_t{1} << 39), -2);
  EXPECT_EQ(multiply_q40(3, int64_t{1} << 39), 1);
  EXPECT_EQ(multiply_q62(3, kOneQ62 / 2), 1u);
}

TEST(FixedPoint, OneTimesAnythingIsThat) {
  for (const uint64_t number : edges()) {
    EXPECT_EQ(multiply_q62(kOneQ62, number), number);
    EXPECT_EQ(multiply_q40(int64_t{1} << 40, static_cast<int64_t>(number)), static_cast<int64_t>(number));
  }
}

TEST(FixedPoint, CompilersCanBuildTablesWithIt) {
  static_assert(multiply_q62(kOneQ62 / 2, kOneQ62 / 2) == kOneQ62 / 4);
  static_assert(multiply_q40(-(int64_t{1} << 50), int64_t{1} << 50) == -(int64_t{1} << 60));
}

}  // namespace
}  // namespace lmzip::base
