// SPDX-License-Identifier: Apache-2.0
// What coding took in tokens.
#pragma once

#include <cstdint>

namespace lmzip {

/// Of predictors whose symbols stand for tokens; all zero for others.
struct TokenCounts {
  uint64_t tokens = 0;   ///< coded, whatever they cost
  uint64_t escapes = 0;  ///< bytes besides that no token stands for
  uint64_t misses = 0;   ///< tokens that were not among those with the model's probabilities (PredictorInfo::top)

  TokenCounts& operator+=(const TokenCounts& more) {
    tokens += more.tokens;
    escapes += more.escapes;
    misses += more.misses;
    return *this;
  }
  bool operator==(const TokenCounts&) const = default;
};

}  // namespace lmzip
