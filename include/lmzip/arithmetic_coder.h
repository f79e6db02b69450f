// SPDX-License-Identifier: Apache-2.0
// 32-bit arithmetic coder with integer arithmetic only. The code it writes is specified in src/coder/SPEC.md.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "lmzip/bytes.h"
#include "lmzip/frequency_table.h"

namespace lmzip {

/// The interval [low, high] (both inclusive) that encoder and decoder narrow in step, with the renormalisation of
/// Witten, Neal and Cleary (CACM 1987): E1/E2 shift out a settled leading bit, E3 removes the second bit of an
/// interval that straddles the middle. Invariant after every renormalisation: low < 2^31 <= high, high - low > 2^30.
class CodeInterval {
 protected:
  static constexpr uint32_t kHalf = 1u << 31;

  /// Narrows to the share [from, to) of `total`. Requires from < to <= total <= FrequencyTable::kMaxTotal, so what is
  /// left is at least floor(2^30 / total) >= 64 values wide: never empty.
  void narrow(uint32_t from, uint32_t to, uint32_t total) {
    const uint64_t range = uint64_t{high_} - low_ + 1;
    high_ = low_ + static_cast<uint32_t>(range * to / total - 1);
    low_ = low_ + static_cast<uint32_t>(range * from / total);
  }

  /// Where a bit with P(1) = p1 / 2^16 divides the interval: the last value that means zero. A shift replaces the
  /// division of narrow(); the result is the same.
  uint32_t split(uint32_t p1) const {
    const uint64_t range = uint64_t{high_} - low_ + 1;
    return low_ + static_cast<uint32_t>((range * (FrequencyTable::kBitTotal - p1)) >> 16) - 1;
  }

  /// Number of leading bits that low and high share (E1/E2 steps due).
  int settled_bits() const { return std::countl_zero(low_ ^ high_); }

  /// Number of E3 steps due: positions after the first where low has ones and high zeros.
  /// Requires settled_bits() == 0.
  int straddling_bits() const { return std::countl_one((low_ & ~high_) << 1); }

  /// Drops `count` (< 32) settled leading bits.
  void drop_settled(int count) {
    low_ <<= count;
    high_ = (high_ << count) | ((1u << count) - 1);
  }

  /// Removes `count` (< 31) second bits, keeping the first.
  void drop_straddling(int count) {
    low_ = (low_ << count) & ~kHalf;
    high_ = (high_ << count) | ((1u << count) - 1) | kHalf;
  }

  uint32_t low_ = 0;
  uint32_t high_ = 0xFFFFFFFFu;
};

/// Appends the code of a symbol sequence to `out`. Each table must equal the decoder's at the same position.
/// Cost: the ideal code length, plus at most one byte per stream, plus rounding: an expected n * 2^-29 bits per symbol
/// for an alphabet of n (the argument is in src/coder/SPEC.md).
class ArithmeticEncoder : private CodeInterval {
 public:
  explicit ArithmeticEncoder(Bytes& out) : out_(out) {}

  /// Codes `symbol` under `table`. Precondition: symbol < table.size().
  void encode(Symbol symbol, const FrequencyTable& table) {
    narrow(table.low(symbol), table.high(symbol), table.total());
    renormalise();
  }

  /// Codes a bit with P(1) = p1 / 65536, 0 < p1 < 65536: the fast path, same code as encode() with that table.
  void encode_bit(bool bit, uint32_t p1) {
    const uint32_t last_zero = split(p1);
    if (bit) {
      low_ = last_zero + 1;
    } else {
      high_ = last_zero;
    }
    renormalise();
  }

  /// Writes what is needed to tell the final interval from all others: 1 bit, the E3 bits owed, zeros to the next
  /// whole byte. Call once, last.
  void finish();

 private:
  void renormalise() {
    if (const int settled = settled_bits(); settled > 0) put_settled(settled);
    if (const int straddling = straddling_bits(); straddling > 0) {
      pending_ += static_cast<uint64_t>(straddling);
      drop_straddling(straddling);
    }
  }
  void put_settled(int count);
  void put_first(uint32_t bit);
  void put_bits(uint32_t value, int count);

  Bytes& out_;
  uint64_t pending_ = 0;  ///< E3 bits owed: each is the opposite of the next settled bit
  uint64_t queue_ = 0;    ///< bits not yet a whole byte, right-aligned
  int queued_ = 0;        ///< how many, 0..7 between calls
};

/// Reads what ArithmeticEncoder wrote. Input past the end reads as zeros; a well-formed stream never needs more than
/// kMaxOverread bytes of them, so one more throws Error(kCorrupt): corrupt input stops after a bounded distance.
class ArithmeticDecoder : private CodeInterval {
 public:
  static constexpr uint64_t kMaxOverread = 4;

  explicit ArithmeticDecoder(ByteSpan in);

  /// The next symbol under `table`.
  Symbol decode(const FrequencyTable& table) {
    const uint64_t range = uint64_t{high_} - low_ + 1;
    const uint64_t offset = uint64_t{value_} - low_;
    const uint32_t total = table.total();
    const Symbol symbol = table.find(static_cast<uint32_t>(((offset + 1) * total - 1) / range));
    narrow(table.low(symbol), table.high(symbol), total);
    renormalise();
    return symbol;
  }

  /// The next bit with P(1) = p1 / 65536.
  bool decode_bit(uint32_t p1) {
    const uint32_t last_zero = split(p1);
    const bool bit = value_ > last_zero;
    if (bit) {
      low_ = last_zero + 1;
    } else {
      high_ = last_zero;
    }
    renormalise();
    return bit;
  }

  /// Call once, last: throws Error(kCorrupt) unless the code, to its last bit, is what ArithmeticEncoder writes for the
  /// symbols returned. So nothing can hide behind a code, nor be cut off it.
  void finish() const;

 private:
  void renormalise() {
    if (const int settled = settled_bits(); settled > 0) {
      drop_settled(settled);
      value_ = (value_ << settled) | take_bits(settled);
    }
    if (const int straddling = straddling_bits(); straddling > 0) {
      const uint32_t first = value_ & kHalf;
      drop_straddling(straddling);
      value_ = (((value_ << straddling) & ~kHalf) | first) | take_bits(straddling);
    }
  }

  /// The next `count` (1..32) bits of the input, first bit highest.
  uint32_t take_bits(int count) {
    if (queued_ < count) refill(count);
    queued_ -= count;
    return static_cast<uint32_t>(queue_ >> queued_) & (0xFFFFFFFFu >> (32 - count));
  }
  void refill(int count);

  ByteSpan in_;
  size_t next_ = 0;        ///< next byte of in_ to queue
  uint64_t overread_ = 0;  ///< zero bytes invented past the end
  uint64_t queue_ = 0;     ///< bits read ahead, right-aligned
  int queued_ = 0;         ///< how many of them are valid
  uint32_t value_ = 0;     ///< the 32 code bits aligned with low and high
};

}  // namespace lmzip
