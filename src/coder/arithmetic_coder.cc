// SPDX-License-Identifier: Apache-2.0
#include "lmzip/arithmetic_coder.h"

#include <algorithm>

#include "lmzip/error.h"

namespace lmzip {

void ArithmeticEncoder::put_settled(int count) {
  const uint32_t bits = low_ >> (32 - count);
  if (pending_ == 0) {
    put_bits(bits, count);
  } else {
    // The first settled bit decides all the E3 bits owed: they are its opposite.
    const uint32_t first = bits >> (count - 1);
    put_bits(first, 1);
    const uint32_t opposite = first == 0 ? 0xFFFFFFFFu : 0;
    for (; pending_ > 0; pending_ -= std::min<uint64_t>(pending_, 32)) {
      const int now = static_cast<int>(std::min<uint64_t>(pending_, 32));
      put_bits(opposite >> (32 - now), now);
    }
    if (count > 1) put_bits(bits & ((1u << (count - 1)) - 1), count - 1);
  }
  drop_settled(count);
}

void ArithmeticEncoder::put_bits(uint32_t value, int count) {
  queue_ = (queue_ << count) | value;
  queued_ += count;
  while (queued_ >= 8) {
    queued_ -= 8;
    out_.push_back(static_cast<uint8_t>(queue_ >> queued_));
  }
}

void ArithmeticEncoder::finish() {
  // The invariant low < 2^31 <= high makes "1 then zeros" lie inside the interval, and the decoder reads zeros past the
  // end by itself. Only the E3 bits owed (zeros, after a 1) have to be written, so that the overread stays bounded.
  put_bits(1, 1);
  for (; pending_ > 0; --pending_) put_bits(0, 1);
  if (queued_ > 0) put_bits(0, 8 - queued_);
}

ArithmeticDecoder::ArithmeticDecoder(ByteSpan in) : in_(in) { value_ = take_bits(32); }

void ArithmeticDecoder::refill(int count) {
  // Real bytes are read ahead; zeros past the end only on need, so that each one counts.
  while (queued_ < count || (queued_ <= 32 && next_ < in_.size())) {
    if (next_ < in_.size()) {
      queue_ = (queue_ << 8) | in_[next_++];
    } else if (overread_ < kMaxOverread) {
      queue_ <<= 8;
      ++overread_;
    } else {
      throw Error(ErrorKind::kCorrupt, "the code ends too early, at byte " + std::to_string(in_.size()));
    }
    queued_ += 8;
  }
}

uint64_t ArithmeticDecoder::consumed() const { return next_; }

}  // namespace lmzip
