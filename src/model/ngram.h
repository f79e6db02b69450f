// SPDX-License-Identifier: Apache-2.0
// Which rows of the hashed n-gram tables belong to a position of the text. One definition for trainer and engine.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/architecture.h"

namespace lmzip::model {

/// Follows one stream of bytes and names the table rows of the position behind the last byte.
///
/// Contexts (hashed with multiplications and shifts of 64-bit integers, so the same everywhere):
///   kOrderN    the last N bytes (before the stream there are zeros)
///   kWord      inside a word (ASCII letters and bytes above 127; letters count as lower case): its beginning so far;
///              behind one: the byte that ended it or came since
///   kWordPair  the same, and the whole word before
class NgramRows {
 public:
  NgramRows(std::span<const NgramContext> tables, int table_bits);

  /// Feeds the next byte.
  void advance(uint8_t byte);

  /// rows[t] = the row of table t, 0 <= rows[t] < 2^table_bits; rows.size() == number of tables.
  void rows(std::span<uint32_t> rows) const;

 private:
  std::vector<NgramContext> tables_;
  int shift_;
  uint64_t history_ = 0;        ///< the last eight bytes, the newest lowest
  uint64_t word_ = 0;           ///< hash of the word's letters so far; 0 outside words
  uint64_t previous_word_ = 0;  ///< hash of the last whole word
};

}  // namespace lmzip::model
