// SPDX-License-Identifier: Apache-2.0
// The two elementary functions that everything in float here is made of, the same bits on every machine: rounding to
// the nearest integer and powers of two. Only + - * and integer operations: no libm, and nothing a compiler may
// contract
// (-ffp-contract=off). Loops around them vectorise.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/isa.h"

namespace lmzip::kernels {

/// 1.5 * 2^23: a float of this size has no fraction bits, so adding it rounds, ties to even.
inline constexpr float kRoundingMagic = 12582912.0f;

/// The nearest integer, ties to even, as cvtps2dq gives it. Precondition: |x| < 2^22.
LMZIP_INLINE int32_t round_to_int(float x) {
  return static_cast<int32_t>(std::bit_cast<uint32_t>(x + kRoundingMagic) - std::bit_cast<uint32_t>(kRoundingMagic));
}

/// 2^f - 1 over f on [-1/2, 1/2] as a polynomial of degree 4: a minimax fit of the relative error of 2^f, with the
/// constant term of 2^f held at 1 so that exp2_approx() is exact at whole numbers. Each coefficient was rounded to a
/// float before the rest was fitted again.
inline constexpr float kExp2Coefficients[5] = {0x1.62e42ap-1f, 0x1.ebf9c2p-3f, 0x1.c6b6dap-5f, 0x1.3ce8b2p-7f,
                                               0x1.5bd97p-10f};

/// Where 2^x ends being a normal number: below it exp2_approx() is 0.
inline constexpr float kExp2Lowest = -126.0f;

/// 2^x with a relative error below 2e-7; 0 for x < -126; exact for whole x. Precondition: x <= 126 (any negative x is
/// fine). The vector versions take the same steps. The polynomial is cut into pairs (Estrin) since Horner's scheme, one
/// product more than which this has, is a chain twice as long: attention spends a sixth more on it.
LMZIP_INLINE float exp2_approx(float x) {
  const float shifted = x + kRoundingMagic;
  const float f = x - (shifted - kRoundingMagic);
  const float low = kExp2Coefficients[0] * f + 1.0f;
  const float middle = kExp2Coefficients[2] * f + kExp2Coefficients[1];
  const float high = kExp2Coefficients[4] * f + kExp2Coefficients[3];
  const float square = f * f;
  const float p = (high * square + middle) * square + low;
  const uint32_t n = std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(kRoundingMagic);
  const float power = std::bit_cast<float>(std::bit_cast<uint32_t>(p) + (n << 23));
  return x < kExp2Lowest ? 0.0f : power;
}

}  // namespace lmzip::kernels
