// SPDX-License-Identifier: Apache-2.0
#include "mix/logistic.h"

#include "base/fixed_point.h"

namespace lmzip::mix::detail {
namespace {

// e^(-1/256) with 62 fractional bits; powers of it give the whole logistic curve without floating point, so every
// compiler builds the same table.
constexpr uint64_t kDecay = 4593706758521714574u;

constexpr LogisticTables make_tables() {
  LogisticTables tables{};
  // squash(-n/256) = u / (1 + u) with u = e^(-n/256).
  uint64_t u = base::kOneQ62;
  for (int32_t n = 0; n <= kStretchLimit; ++n) {
    const uint64_t v = u >> 32;  // Q30
    const uint64_t p = ((v << 17) / ((uint64_t{1} << 30) + v) + 1) >> 1;
    const auto low = static_cast<uint16_t>(std::clamp<uint64_t>(p, 1, 32768));
    tables.squash[static_cast<size_t>(kStretchLimit - n)] = low;
    tables.squash[static_cast<size_t>(kStretchLimit + n)] = static_cast<uint16_t>(n == 0 ? 32768 : 65536 - low);
    u = base::multiply_q62(u, kDecay);
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
