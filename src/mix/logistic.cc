// SPDX-License-Identifier: Apache-2.0
#include "mix/logistic.h"

namespace lmzip::mix::detail {
namespace {

// e^(-1/256) with 62 fractional bits; powers of it give the whole logistic curve without floating point, so every
// compiler builds the same table.
constexpr uint64_t kDecay = 4593706758521714574u;

constexpr uint64_t multiply_q62(uint64_t a, uint64_t b) {
  // 64x64 -> 128 bit product by halves (no __int128: -Wpedantic), then >> 62.
  const uint64_t a1 = a >> 32, a0 = a & 0xFFFFFFFFu, b1 = b >> 32, b0 = b & 0xFFFFFFFFu;
  const uint64_t low = a0 * b0, mid1 = a1 * b0, mid2 = a0 * b1, high = a1 * b1;
  const uint64_t carry = ((low >> 32) + (mid1 & 0xFFFFFFFFu) + (mid2 & 0xFFFFFFFFu)) >> 32;
  const uint64_t upper = high + (mid1 >> 32) + (mid2 >> 32) + carry;
  return (upper << 2) | (((low + (mid1 << 32) + (mid2 << 32)) >> 62) & 3);
}

constexpr LogisticTables make_tables() {
  LogisticTables tables{};
  // squash(-n/256) = u / (1 + u) with u = e^(-n/256).
  uint64_t u = uint64_t{1} << 62;
  for (int32_t n = 0; n <= kStretchLimit; ++n) {
    const uint64_t v = u >> 32;  // Q30
    const uint64_t p = ((v << 17) / ((uint64_t{1} << 30) + v) + 1) >> 1;
    const auto low = static_cast<uint16_t>(std::clamp<uint64_t>(p, 1, 32768));
    tables.squash[static_cast<size_t>(kStretchLimit - n)] = low;
    tables.squash[static_cast<size_t>(kStretchLimit + n)] = static_cast<uint16_t>(n == 0 ? 32768 : 65536 - low);
    u = multiply_q62(u, kDecay);
  }
  // The inverse, at the middle p of each cell of 16 probabilities: halfway between the first n with squash(n) >= p and
  // the last with squash(n) <= p, as near the ends many n share a p. The lower half mirrors the upper.
  int32_t first = 0, last = 0;
  for (int32_t cell = 2048; cell < 4096; ++cell) {
    const int32_t p = cell * 16 + 8;
    while (tables.squash[static_cast<size_t>(first + kStretchLimit)] < p) ++first;
    while (tables.squash[static_cast<size_t>(last + 1 + kStretchLimit)] <= p) ++last;
    const auto middle = static_cast<int16_t>((first + last + 1) / 2);
    tables.stretch[static_cast<size_t>(cell)] = middle;
    tables.stretch[static_cast<size_t>(4095 - cell)] = static_cast<int16_t>(-middle);
  }
  return tables;
}

constexpr std::array<uint32_t, 1 << kLogBits> make_log2() {
  std::array<uint32_t, 1 << kLogBits> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    // Squaring shifts the next bit of the logarithm in front of the point.
    uint64_t x = uint64_t{table.size() + i} << (31 - kLogBits);  // 1..2, 31 fractional bits
    for (int bit = 0; bit < 17; ++bit) {
      x = x * x >> 31;
      table[i] = table[i] << 1 | static_cast<uint32_t>(x >> 32);
      x >>= x >> 32;
    }
    table[i] = (table[i] + 1) >> 1;
  }
  return table;
}

}  // namespace

constinit const LogisticTables kLogistic = make_tables();
constinit const std::array<uint32_t, 1 << kLogBits> kLog2 = make_log2();

}  // namespace lmzip::mix::detail
