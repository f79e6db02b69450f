// SPDX-License-Identifier: Apache-2.0
#include "numbers/pixel_predictors.h"

#include "base/fixed_point.h"

namespace lmzip::numbers {
namespace {

constexpr std::array<int32_t, 512> make_powers() {
  constexpr uint64_t kStep = 4416165660797809419u;  // 2^(-1/16), 62 fractional bits
  std::array<int32_t, 512> powers{};
  uint64_t power = base::kOneQ62;
  for (int32_t& entry : powers) {
    entry = static_cast<int32_t>(power >> 46);
    power = base::multiply_q62(power, kStep);
  }
  return powers;
}

}  // namespace

constinit const std::array<int32_t, 512> kPower = make_powers();

}  // namespace lmzip::numbers
