// SPDX-License-Identifier: Apache-2.0
#include "model/ngram.h"

#include <cstddef>

namespace lmzip::model {
namespace {

// Odd constants with well-spread bits (the golden ratio, and one found by David Stafford for finalisers).
constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;
constexpr uint64_t kSpread = 0xBF58476D1CE4E5B9;

constexpr uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * kGolden;
  return hash ^ hash >> 29;
}

constexpr bool is_letter(uint8_t byte) { return (byte | 32) >= 'a' && (byte | 32) <= 'z'; }

constexpr uint64_t last_bytes(uint64_t history, int count) { return history & ((uint64_t{1} << 8 * count) - 1); }

}  // namespace

NgramRows::NgramRows(std::span<const NgramContext> tables, int table_bits)
    : tables_(tables.begin(), tables.end()), shift_(64 - table_bits) {}

void NgramRows::advance(uint8_t byte) {
  history_ = history_ << 8 | byte;
  if (is_letter(byte) || byte > 127) {
    word_ = mixed(word_, uint64_t{is_letter(byte) ? static_cast<uint8_t>(byte | 32) : byte} + 1);
  } else if (word_ != 0) {
    previous_word_ = word_;
    word_ = 0;
  }
}

void NgramRows::rows(std::span<uint32_t> rows) const {
  // Between words the last byte stands for the word; a hash of letters is never so small.
  const uint64_t word = word_ != 0 ? word_ : last_bytes(history_, 1) + 1;
  for (size_t t = 0; t < tables_.size(); ++t) {
    uint64_t key = 0;
    switch (tables_[t]) {
      case NgramContext::kOrder2:
      case NgramContext::kOrder3:
      case NgramContext::kOrder4:
      case NgramContext::kOrder5:
      case NgramContext::kOrder6:
        key = last_bytes(history_, 2 + static_cast<int>(tables_[t]));
        break;
      case NgramContext::kWord:
        key = word;
        break;
      case NgramContext::kWordPair:
        key = mixed(word, previous_word_);
        break;
    }
    key = mixed(key, static_cast<uint64_t>(tables_[t]) + 1);
    rows[t] = static_cast<uint32_t>(key * kSpread >> shift_);
  }
}

}  // namespace lmzip::model
