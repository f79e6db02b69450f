// SPDX-License-Identifier: Apache-2.0
#include "mix/match_model.h"

#include <algorithm>
#include <bit>

namespace lmzip::mix {

namespace {

// How far back a new match is measured; longer ones make no difference to the forecast.
constexpr uint32_t kVerified = 400;

}  // namespace

MatchModel::MatchModel(uint32_t min_length, uint32_t bits)
    : min_length_(min_length),
      forget_((64 + min_length - 1) / min_length),
      index_shift_(64 - bits),
      candidates_(size_t{1} << bits),
      right_(16 * 4 * 8, AdaptiveProbability(kProbabilityOne * 3 / 4)) {}

uint32_t MatchModel::bucket() const {
  if (length_ == 0) return 0;
  if (length_ < 16) return 1 + length_ / 2;
  return std::min<uint32_t>(15, 5 + static_cast<uint32_t>(std::bit_width(length_)));
}

void MatchModel::byte_done(const std::vector<uint8_t>& history) {
  const auto size = static_cast<uint32_t>(history.size());
  if (length_ > 0 || pointer_ > 0) {
    if (history[pointer_] == history[size - 1]) {
      ++pointer_;
      if (length_ < kMaxLength) ++length_;
      missed_ -= missed_ > 0 && length_ % 8 == 0;
    } else {
      // One wrong byte is no reason to drop a long match at once (a changed digit in repeated text): go on behind it
      // until it was wrong too often.
      ++pointer_;
      missed_ += 1;
      length_ = 0;
      if (missed_ > 3) pointer_ = 0;
    }
  }
  // Every byte is shifted out at the top after about min_length others.
  rolling_ = (rolling_ << forget_) * 0x2F0B4C47D1A3u + (history.back() + 1u) * 0x9E3779B97F4A7C15u;
  hash_ = (rolling_ ^ rolling_ >> 29) * 0xD6E8FEB86659FD93u;
  __builtin_prefetch(&candidates_[hash_ >> index_shift_]);
  expected_ = pointer_ > 0 ? history[pointer_] : 0;
}

void MatchModel::look_up(const std::vector<uint8_t>& history) {
  const auto size = static_cast<uint32_t>(history.size());
  const auto check = static_cast<uint32_t>(hash_);
  Candidate& candidate = candidates_[hash_ >> index_shift_];
  if (length_ == 0 && candidate.check == check && candidate.position > 0) {
    const uint32_t position = candidate.position;
    uint32_t length = 0;
    while (length < kVerified && length < position && history[position - 1 - length] == history[size - 1 - length]) {
      ++length;
    }
    if (length >= min_length_) {
      pointer_ = position;
      length_ = length;
      missed_ = 0;
      expected_ = history[pointer_];
    }
  }
  candidate = {size, check};
}

void MatchModel::write_inputs(int32_t* inputs, uint32_t partial) {
  const int used = std::bit_width(partial) - 1;
  predicting_ = length_ > 0 && (expected_ | 256u) >> (8 - used) == partial;
  if (!predicting_) {
    std::fill_n(inputs, kInputs, 0);
    return;
  }
  expected_bit_ = expected_ >> (7 - used) & 1;
  slot_ = (bucket() * 4 + std::min<uint32_t>(missed_, 3)) * 8 + static_cast<size_t>(used);
  const int32_t p = right_[slot_].p();
  const int32_t sign = expected_bit_ ? 1 : -1;
  inputs[0] = sign * stretch(p);
  inputs[1] = sign * ((p - kProbabilityOne / 2) >> 5);
  inputs[2] = sign * static_cast<int32_t>(std::min<uint32_t>(length_, 32) * 32);
}

template <typename Save>
void MatchModel::update(int bit, Save save) {
  if (!predicting_) return;
  const bool was_right = static_cast<uint32_t>(bit) == expected_bit_;
  save(&right_[slot_]);
  right_[slot_].update(was_right, 1023);
  if (!was_right) predicting_ = false;
}
template void MatchModel::update(int, Forget);
template void MatchModel::update(int, Keep);

void MatchModel::mark(Keep save) {
  save(&predicting_);
  save(&expected_bit_);
  save(&slot_);
}

}  // namespace lmzip::mix
