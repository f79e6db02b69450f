// SPDX-License-Identifier: Apache-2.0
#include "mix/contexts.h"

#include <algorithm>

#include "mix/hash.h"
#include "mix/hash_list.h"

namespace lmzip::mix {
namespace {

bool is_letter(uint32_t byte) { return ((byte | 32) >= 'a' && (byte | 32) <= 'z') || byte >= 128; }

uint32_t shape_of(uint32_t byte) {
  if (is_letter(byte)) return (byte & 32) ? 0 : 1;
  return (byte >= '0' && byte <= '9') || byte == ' ' ? 2 : 3;
}

}  // namespace

void Contexts::add(uint8_t byte) {
  after_byte_[back(1)] = after_byte_[back(1)] << 8 | byte;
  after_pair_[back(1) | back(2) << 8] = after_pair_[back(1) | back(2) << 8] << 8 | byte;
  history_.push_back(byte);

  shape_ = shape_ << 2 | shape_of(byte);
  if (is_letter(byte)) {
    word_ = mixed(word_ + (byte | 32u) + 1);
    word_length_ = std::min(word_length_ + 1, 15u);
  } else {
    punctuation_ = punctuation_ << 8 | byte;
    if (word_ != 0) previous_words_ = {word_, previous_words_[0]};
    word_ = 0;
    word_length_ = 0;
  }
  switch (byte) {
    case '[':
    case '{':
    case '<':
    case '(':
    case '|':
    case '=':
    case '"':
    case ']':
    case '}':
    case '>':
    case ')':
    case '\n':
      bracket_ = byte;
      break;
    default:
      break;
  }
  if (byte == '\n') {
    previous_line_start_ = line_start_;
    line_start_ = history_.size();
  }
  notice_kind(byte);
}

void Contexts::notice_kind(uint8_t byte) {
  detector_.add(byte);
  if (detector_.text()) {
    kind_ = Kind::kText;
    return;
  }
  layout_.byte_done(history_);
  const Layout& layout = layout_.layout();
  numeric_.byte_done(history_, layout);
  kind_ = !layout.numeric() ? Kind::kBinary : layout.width == 1 ? Kind::kPixels : Kind::kSamples;
}

void Contexts::hash(std::span<uint64_t> hashes, uint32_t expected) const {
  HashList list(hashes);
  switch (kind_) {
    case Kind::kText:
      return text(list, expected);
    case Kind::kBinary:
      return binary(list, expected);
    case Kind::kPixels:
    case Kind::kSamples:
      return numeric_.hash(list, history_, layout_.layout());
  }
}

void Contexts::text(HashList& list, uint32_t expected) const {
  const uint32_t c1 = back(1), c2 = back(2), c3 = back(3), c4 = back(4);
  const uint32_t last4 = c1 | c2 << 8 | c3 << 16 | c4 << 24;
  list.add(c1);
  list.add(last4 & 0xFFFF);
  list.add(last4 & 0xFFFFFF);
  list.add(last4);
  list.add(word_, c1);
  list.add(last4, back(5), back(6));
  list.add(word_, previous_words_[0]);
  if (list.full()) return;

  const size_t column = std::min<size_t>(history_.size() - line_start_, 255);
  const size_t above_at = previous_line_start_ + column;
  const uint32_t above = above_at < line_start_ ? history_[above_at] : 0;
  const uint32_t line_head =
      line_start_ + 1 < history_.size() ? history_[line_start_] | history_[line_start_ + 1] << 8 : 0;
  const uint32_t after_pair = after_pair_[last4 & 0xFFFF];

  list.add(last4, back(5));
  list.add(word_);
  list.add(word_, previous_words_[1]);
  list.add(punctuation_ & 0xFFFFFF, word_);
  list.add(shape_ & 0xFFFFFF);
  list.add(last4 & 0xFFFF, bracket_);
  list.add(expected, c1, c2);
  list.add(after_pair & 0xFFFF);
  list.add(after_pair & 0xFF, last4 & 0xFFFF);
  list.add(after_byte_[c1] & 0xFFFF, c1);
  list.add(above, column);
  list.add(line_head, word_);
  list.add(last4 & 0xFFFF00);
  list.add(last4 & 0xFFFFFF00);
  list.add(above, c1);
  list.add(last4, back(5), back(6), back(7));
  list.add(last4 & 0xF0F0F0F0);
}

void Contexts::binary(HashList& list, uint32_t expected) const {
  const uint32_t c1 = back(1), c2 = back(2), c3 = back(3), c4 = back(4);
  const uint32_t last4 = c1 | c2 << 8 | c3 << 16 | c4 << 24;
  list.add(c1);
  list.add(last4 & 0xFFFF);
  list.add(last4 & 0xFFFFFF);
  list.add(last4);
  list.add(last4 & 0xFFFF00);
  list.add(last4 & 0xFF00FF);
  list.add(last4, back(5), back(6));
  if (list.full()) return;

  const auto position = static_cast<uint32_t>(history_.size());
  const uint32_t after_pair = after_pair_[last4 & 0xFFFF];
  list.add(last4 & 0xFF0000, position & 3);
  list.add(last4 & 0xFF00);
  list.add(after_pair & 0xFFFF);
  list.add(back(8), c1, position & 3);
  list.add(last4 & 0xF8F8F8F8);
  list.add(expected, c1, c2);
  list.add(last4 & 0xFF000000, position & 3);
  list.add(after_pair & 0xFF, last4 & 0xFFFF);
  list.add(after_byte_[c1] & 0xFFFF, c1);
  list.add(back(8), c4);
  list.add(last4 & 0xFFFFFF00);
  list.add(c4, c1, position & 3);
  list.add(last4 & 0xF0F0F0F0, back(5) & 0xF0, back(6) & 0xF0);
  list.add(word_, c1);
  list.add(back(16), back(8), c1);
  list.add(c4, back(8), back(12), position & 3);
  list.add(last4 & 0xFFFF, back(8), position & 7);
}

}  // namespace lmzip::mix
