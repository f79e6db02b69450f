// SPDX-License-Identifier: Apache-2.0
#include "lmzip/frequency_table.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "lmzip/error.h"

namespace lmzip {

void FrequencyTable::assign(std::span<const uint32_t> frequencies) {
  if (frequencies.size() < 2 || frequencies.size() > kMaxSymbols) {
    throw Error(ErrorKind::kUsage, "frequency table: " + std::to_string(frequencies.size()) + " symbols");
  }
  cumulative_.resize(frequencies.size() + 1);
  uint64_t sum = 0;
  for (size_t i = 0; i < frequencies.size(); ++i) {
    if (frequencies[i] == 0) throw Error(ErrorKind::kUsage, "frequency table: symbol " + std::to_string(i) + " is zero");
    sum += frequencies[i];
    if (sum > kMaxTotal) throw Error(ErrorKind::kUsage, "frequency table: total above 2^24");
    cumulative_[i + 1] = static_cast<uint32_t>(sum);
  }
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
