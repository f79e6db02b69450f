// SPDX-License-Identifier: Apache-2.0
// Bits of which there is hardly any doubt.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "kernels/isa.h"
#include "mix/adaptive_map.h"
#include "mix/journal.h"

namespace lmzip::numbers {

/// Where a number's interval is to be halved many scales away from the prediction, which is most of the time so in its
/// first bits, the side is as good as known: how often that failed at such a distance says the rest, without the work
/// of asking all opinions.
class SureBits {
 public:
  SureBits() {
    for (size_t i = 0; i < probabilities_.size(); ++i) {
      // As if 30 had been seen, each level with half as many surprises as the one below.
      const int32_t surprise = mix::kProbabilityOne >> (10 + i / 2 % kLevels);
      probabilities_[i] = mix::AdaptiveProbability(i % 2 ? surprise : mix::kProbabilityOne - surprise, 30);
    }
  }

  /// Whether bit `position` (0 is the highest) is one: `away`, from the prediction up to the interval's middle, is more
  /// than `far` >= 1, and less than half of the interval, `half`.
  LMZIP_INLINE bool look(int position, int64_t away, int64_t far, int64_t half) {
    const int64_t distance = std::abs(away);
    if (distance <= far || distance > half) {
      current_ = nullptr;
      return false;
    }
    const int level = std::min(static_cast<int>(std::bit_width(static_cast<uint64_t>(distance / far))), kLevels) - 1;
    current_ = &probabilities_[static_cast<size_t>((away > 0) + 2 * (level + kLevels * position))];
    return true;
  }

  /// What look() said.
  bool sure() const { return current_ != nullptr; }
  /// P(1), 16 bits, 1..65535.
  uint32_t p1() const { return static_cast<uint32_t>(std::clamp(current_->p(), 1, mix::kProbabilityOne - 1)); }

  template <typename Save>
  void update(int bit, Save save) {
    save(current_);
    current_->update(bit, 1000);
  }
  void mark(mix::Keep save) { save(&current_); }

 private:
  static constexpr int kLevels = 4;
  static constexpr size_t kPositions = 24;

  std::array<mix::AdaptiveProbability, 2 * kLevels * kPositions> probabilities_;
  mix::AdaptiveProbability* current_ = nullptr;
};

}  // namespace lmzip::numbers
