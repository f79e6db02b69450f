// SPDX-License-Identifier: Apache-2.0
// Fixed-point arithmetic for tables that every compiler must build alike.
#pragma once

#include <cstdint>

namespace lmzip::base {

/// a * b of numbers with 62 fractional bits, the product too; rounds down.
constexpr uint64_t multiply_q62(uint64_t a, uint64_t b) {
  // 64x64 -> 128 bit product by halves (no __int128: -Wpedantic), then >> 62.
  const uint64_t a1 = a >> 32, a0 = a & 0xFFFFFFFFu, b1 = b >> 32, b0 = b & 0xFFFFFFFFu;
  const uint64_t low = a0 * b0, mid1 = a1 * b0, mid2 = a0 * b1, high = a1 * b1;
  const uint64_t carry = ((low >> 32) + (mid1 & 0xFFFFFFFFu) + (mid2 & 0xFFFFFFFFu)) >> 32;
  const uint64_t upper = high + (mid1 >> 32) + (mid2 >> 32) + carry;
  return (upper << 2) | (((low + (mid1 << 32) + (mid2 << 32)) >> 62) & 3);
}

/// a * b >> 40, rounding down, where that fits 64 bits.
constexpr int64_t multiply_q40(int64_t a, int64_t b) {
  // The high halves are signed, the low ones are not; the carry of the low product comes last.
  const int64_t a1 = a >> 32, b1 = b >> 32;
  const uint64_t a0 = static_cast<uint32_t>(a), b0 = static_cast<uint32_t>(b);
  const uint64_t low = a0 * b0;
  const int64_t mid1 = a1 * static_cast<int64_t>(b0) + static_cast<int64_t>(low >> 32);
  const int64_t mid2 = static_cast<int64_t>(a0) * b1 + static_cast<int64_t>(static_cast<uint32_t>(mid1));
  const int64_t high = a1 * b1 + (mid1 >> 32) + (mid2 >> 32);
  const uint64_t bottom = static_cast<uint64_t>(mid2) << 32 | static_cast<uint32_t>(low);
  return static_cast<int64_t>(static_cast<uint64_t>(high) << 24 | bottom >> 40);
}

/// 1 with 62 fractional bits.
inline constexpr uint64_t kOneQ62 = uint64_t{1} << 62;

}  // namespace lmzip::base
