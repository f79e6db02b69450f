// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same everywhere and whose state is one number.
#pragma once

#include <cstdint>

namespace lmzip::base {

/// SplitMix64 (Steele, Lea and Flood 2014).
class Random {
 public:
  /// Added to the state with each number: Random(s + n * kStep) goes on where Random(s) is after n numbers.
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;

  explicit Random(uint64_t state) : state_(state) {}

  uint64_t next() {
    uint64_t z = state_ += kStep;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
  }
  /// 0 <= result < 1
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// 0 <= result < bound; bound is at most 2^53
  uint64_t below(uint64_t bound) { return static_cast<uint64_t>(uniform() * static_cast<double>(bound)); }

  uint64_t state() const { return state_; }

 private:
  uint64_t state_;
};

}  // namespace lmzip::base
