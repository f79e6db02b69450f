// SPDX-License-Identifier: Apache-2.0
#include "lmzip/arithmetic_coder.h"

#include <algorithm>
#include <string>

#include "lmzip/error.h"

namespace lmzip {

void ArithmeticEncoder::put_settled(int count) {
  const uint32_t bits = low_ >> (32 - count);
  if (pending_ == 0) {
    put_bits(bits, count);
  } else {
    put_first(bits >> (count - 1));
    put_bits(bits & ((1u << (count - 1)) - 1), count - 1);
  }
  drop_settled(count);
}

void ArithmeticEncoder::put_first(uint32_t bit) {
  put_bits(bit, 1);
  const uint32_t opposite = bit == 0 ? 0xFFFFFFFFu : 0;
  while (pending_ > 0) {
    const int now = static_cast<int>(std::min<uint64_t>(pending_, 32));
    put_bits(opposite >> (32 - now), now);
    pending_ -= static_cast<uint64_t>(now);
  }
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
  // low < 2^31 <= high, so "1 and then zeros" lies inside the interval, and zeros are what the decoder reads past the
  // end by itself. The E3 bits owed are such zeros too; they are written so that the overread stays bounded.
  put_first(1);
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

void ArithmeticDecoder::finish() const {
  // Of m bits settled or owed and the 32 in value_, all that came from queue_ has been taken. The encoder ended with
  // the bit 1 and zeros; an E3 step leaves value_ alone when it is half of all, so those that are owed do not show in
  // it.
  const uint64_t settled = 8 * (next_ + overread_) - static_cast<uint64_t>(queued_) - 32;
  const uint64_t size = settled / 8 + 1;
  if (in_.size() > size) {
    throw Error(ErrorKind::kCorrupt, std::to_string(in_.size() - size) + " bytes behind the end of the code");
  }
  if (in_.size() < size || value_ != kHalf) throw Error(ErrorKind::kCorrupt, "the code does not end as codes do");
}

}  // namespace lmzip
