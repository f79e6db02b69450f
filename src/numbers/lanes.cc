// SPDX-License-Identifier: Apache-2.0
#include "numbers/lanes.h"

#include "base/fixed_point.h"
#include "mix/logistic.h"

namespace lmzip::numbers {
namespace {

/// One of the shape's logistic distributions.
struct Part {
  uint64_t decay;   ///< e^(-1 / (kCellsAScale * its scale)), 62 fractional bits
  uint64_t weight;  ///< thousandths
};

// Of scales 0.761, 0.630, 1.75 and 2.5.
constexpr uint64_t kDecays[] = {4517963441833887133u, 4498715598690075545u, 4570693524933159200u, 4582952865447616644u};

constexpr LaneTable make_shape(const std::array<Part, 3>& parts) {
  constexpr size_t kMiddle = size_t{kReach} * kCellsAScale;
  LaneTable table{};
  for (const Part& part : parts) {
    uint64_t u = base::kOneQ62;
    for (size_t n = 0; n <= kMiddle; ++n) {
      const uint64_t v = u >> 32;                                                           // Q30
      const uint64_t below = ((v << 30) / ((uint64_t{1} << 30) + v)) * part.weight / 1000;  // u / (1 + u)
      const uint64_t all = (uint64_t{1} << 30) * part.weight / 1000;
      table[kMiddle - n] += static_cast<int32_t>(below >> 4);
      if (n > 0) table[kMiddle + n] += static_cast<int32_t>((all - below) >> 4);
      u = base::multiply_q62(u, part.decay);
    }
  }
  table.back() = table[table.size() - 2];
  return table;
}

std::array<int32_t, 512> make_logarithm() {
  constexpr uint64_t kLn2 = 744261118;  // 30 fractional bits
  static_assert(mix::detail::kLogBits == 10);
  std::array<int32_t, 512> table{};
  for (size_t i = 0; i < table.size(); ++i) {
    table[i] = static_cast<int32_t>((mix::detail::kLog2[2 * i + 1] * kLn2) >> 34);
  }
  return table;
}

}  // namespace

constinit const LaneTable kPixelShape = make_shape({{{kDecays[0], 294}, {kDecays[1], 689}, {kDecays[2], 17}}});
constinit const LaneTable kSampleShape = make_shape({{{kDecays[0], 294}, {kDecays[1], 671}, {kDecays[3], 35}}});

const std::array<int32_t, 512> kLogarithm = make_logarithm();

}  // namespace lmzip::numbers
