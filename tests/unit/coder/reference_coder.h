// SPDX-License-Identifier: Apache-2.0
// The encoder of src/coder/SPEC.md once more, one bit at a time and with nothing clever: the oracle of the coder's
// tests.
#pragma once

#include <cstdint>

#include "lmzip/bytes.h"
#include "lmzip/frequency_table.h"

namespace lmzip::test {

class ReferenceEncoder {
 public:
  void encode(Symbol symbol, const FrequencyTable& table) {
    const uint64_t range = high_ - low_ + 1;
    high_ = low_ + range * table.high(symbol) / table.total() - 1;
    low_ = low_ + range * table.low(symbol) / table.total();
    while (true) {
      if (high_ < kHalf) {
        put_with_pending(0);  // E1
      } else if (low_ >= kHalf) {
        put_with_pending(1);  // E2
        low_ -= kHalf, high_ -= kHalf;
      } else if (low_ >= kQuarter && high_ < kHalf + kQuarter) {
        ++pending_;  // E3
        low_ -= kQuarter, high_ -= kQuarter;
      } else {
        return;
      }
      low_ = low_ * 2;
      high_ = high_ * 2 + 1;
    }
  }

  Bytes finish() {
    put_with_pending(1);
    while (count_ % 8 != 0) put(0);
    return out_;
  }

  /// The symbol whose share contains the middle of the 32-bit range: the one that keeps the interval straddling.
  Symbol straddler(const FrequencyTable& table) const {
    const uint64_t range = high_ - low_ + 1;
    return table.find(static_cast<uint32_t>(((kHalf - low_ + 1) * table.total() - 1) / range));
  }

  uint64_t low() const { return low_; }
  uint64_t high() const { return high_; }
  uint64_t pending() const { return pending_; }

 private:
  static constexpr uint64_t kHalf = uint64_t{1} << 31;
  static constexpr uint64_t kQuarter = uint64_t{1} << 30;

  void put_with_pending(int bit) {
    put(bit);
    for (; pending_ > 0; --pending_) put(1 - bit);
  }
  void put(int bit) {
    if (count_++ % 8 == 0) out_.push_back(0);
    out_.back() = static_cast<uint8_t>(out_.back() | bit << (7 - (count_ - 1) % 8));
  }

  uint64_t low_ = 0;
  uint64_t high_ = 0xFFFFFFFFu;
  uint64_t pending_ = 0;
  uint64_t count_ = 0;
  Bytes out_;
};

}  // namespace lmzip::test
