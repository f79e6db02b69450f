// SPDX-License-Identifier: Apache-2.0
// Whether draws follow a distribution.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace lmzip::test {

/// How far `counts` of `draws` are from `probabilities`, in standard deviations: Pearson's chi-square, made normal by
/// Wilson and Hilferty's cube root. Symbols expected less than ten times are taken together. Draws that follow the
/// distribution give about -3 to 3.
inline double deviation(const std::map<uint32_t, size_t>& counts, const std::vector<double>& probabilities,
                        size_t draws) {
  double chi_square = 0, rare_expected = 0, rare_seen = 0;
  int cells = 0;
  const auto add = [&](double seen, double expected) {
    if (expected <= 0) {
      if (seen > 0) chi_square += 1e9;  // what cannot be has been
      return;
    }
    chi_square += (seen - expected) * (seen - expected) / expected;
    ++cells;
  };
  for (uint32_t symbol = 0; symbol < probabilities.size(); ++symbol) {
    const auto found = counts.find(symbol);
    const double seen = found == counts.end() ? 0 : static_cast<double>(found->second);
    const double expected = probabilities[symbol] * static_cast<double>(draws);
    if (expected < 10) {
      rare_seen += seen, rare_expected += expected;
    } else {
      add(seen, expected);
    }
  }
  if (rare_expected > 0 || rare_seen > 0) add(rare_seen, rare_expected);
  const double freedom = std::max(1, cells - 1);
  const double spread = 2 / (9 * freedom);
  return (std::cbrt(chi_square / freedom) - (1 - spread)) / std::sqrt(spread);
}

}  // namespace lmzip::test
