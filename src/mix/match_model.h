// SPDX-License-Identifier: Apache-2.0
// The match model: follows the longest earlier occurrence of the current context and predicts what came next there.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/line_allocator.h"
#include "mix/adaptive_map.h"
#include "mix/journal.h"

namespace lmzip::mix {

class MatchModel {
 public:
  static constexpr int kInputs = 3;

  /// Looks for contexts of at least `min_length` bytes (2..32) through a table of 2^`bits` positions.
  MatchModel(uint32_t min_length, uint32_t bits);

  /// At each byte boundary, after the byte was appended to `history`: follows the present match and starts to fetch
  /// what look_up() will need.
  void byte_done(const std::vector<uint8_t>& history);
  /// Some time after byte_done(): remembers this place, and looks for a match if there is none.
  void look_up(const std::vector<uint8_t>& history);

  /// Writes kInputs inputs for the next bit, given the bits of the current byte so far (with a leading one).
  void write_inputs(int32_t* inputs, uint32_t partial);

  template <typename Save = Forget>
  void update(int bit, Save save = {});
  /// Saves what write_inputs() remembers.
  void mark(Keep save);

  /// Length of the match that predicts the current byte, 0 = none (or contradicted), at most kMaxLength.
  uint32_t length() const { return length_; }
  /// Length quantised to 0..15.
  uint32_t bucket() const;
  /// The predicted byte, or 0 without a match.
  uint8_t expected_byte() const { return length_ ? expected_ : 0; }
  /// 0 = no prediction for this bit, else 1 + predicted bit.
  uint32_t expected_bit() const { return predicting_ ? 1 + expected_bit_ : 0; }

  static constexpr uint32_t kMaxLength = 65535;

 private:
  uint32_t min_length_;
  uint32_t forget_;  ///< bits by which the rolling hash moves on: about min_length bytes fill 64
  uint32_t index_shift_;
  uint64_t rolling_ = 0;
  uint64_t hash_ = 0;
  struct Candidate {
    uint32_t position;  ///< just behind the last occurrence of the context; 0 = none
    uint32_t check;     ///< more bits of its hash: comparing far-away bytes in vain costs a cache miss each
  };
  std::vector<Candidate, base::LineAllocator<Candidate>> candidates_;
  uint32_t pointer_ = 0;
  uint32_t length_ = 0;
  uint32_t missed_ = 0;  ///< recent mispredicted bytes of this match, decays
  uint8_t expected_ = 0;
  bool predicting_ = false;
  uint32_t expected_bit_ = 0;
  size_t slot_ = 0;
  std::vector<AdaptiveProbability> right_;  ///< P(expected bit is right) by bucket and misses
};

}  // namespace lmzip::mix
