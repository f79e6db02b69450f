// SPDX-License-Identifier: Apache-2.0
#include "lmzip/frequency_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "lmzip/error.h"

namespace lmzip {

void FrequencyTable::assign(std::span<const uint32_t> frequencies) {
  if (frequencies.size() < 2 || frequencies.size() > kMaxSymbols) {
    throw Error(ErrorKind::kUsage, "frequency table: " + std::to_string(frequencies.size()) + " symbols");
  }
  // Checked as a whole before anything changes, so that a refused table leaves the old one in place.
  uint64_t sum = 0;
  bool has_zero = false;
  for (const uint32_t frequency : frequencies) {
    sum += frequency;
    has_zero |= frequency == 0;
  }
  if (has_zero) {
    const auto zero = std::find(frequencies.begin(), frequencies.end(), 0u) - frequencies.begin();
    throw Error(ErrorKind::kUsage, "frequency table: symbol " + std::to_string(zero) + " has frequency zero");
  }
  if (sum > kMaxTotal) throw Error(ErrorKind::kUsage, "frequency table: total " + std::to_string(sum) + " above 2^24");
  cumulative_.resize(frequencies.size() + 1);
  std::partial_sum(frequencies.begin(), frequencies.end(), cumulative_.begin() + 1);
}

FrequencyTable FrequencyTable::uniform(uint32_t symbols) {
  FrequencyTable table;
  table.assign(std::vector<uint32_t>(symbols, 1));
  return table;
}

Symbol FrequencyTable::find(uint32_t target) const {
  const auto above = std::upper_bound(cumulative_.begin() + 1, cumulative_.end() - 1, target);
  return static_cast<Symbol>(above - cumulative_.begin() - 1);
}

double FrequencyTable::bits(Symbol symbol) const {
  return std::log2(static_cast<double>(total())) - std::log2(static_cast<double>(high(symbol) - low(symbol)));
}

}  // namespace lmzip
