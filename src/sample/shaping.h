// SPDX-License-Identifier: Apache-2.0
// Drawing a symbol from a forecast, sharpened or cut as asked. The same seed draws the same symbols on every machine:
// integers, and floating point of + - * / only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "lmzip/frequency_table.h"

namespace lmzip::sample {

/// In the order in which they act.
struct Shaping {
  double temperature =
      1;               ///< probabilities to the power of 1 / temperature; 0: the likeliest symbol; 0..kMaxTemperature
  uint32_t top_k = 0;  ///< only the likeliest so many symbols; 0: all
  double top_p = 1;    ///< only the likeliest symbols whose sum first reaches this (nucleus sampling); over 0, up to 1

  /// Leaves forecasts as they are.
  bool none() const { return temperature == 1 && top_k == 0 && top_p >= 1; }
};

inline constexpr double kMaxTemperature = 100;

class Sampler {
 public:
  explicit Sampler(const Shaping& shaping) : shaping_(shaping) {}
  /// Ties go to the lower symbol.
  Symbol draw(const FrequencyTable& forecast, base::Random& random);

 private:
  struct Candidate {
    uint64_t weight;
    Symbol symbol;
  };
  Shaping shaping_;
  std::vector<Candidate> candidates_;
};

}  // namespace lmzip::sample
