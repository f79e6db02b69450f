// SPDX-License-Identifier: Apache-2.0
#include "model/unicode.h"

#include <algorithm>

#include "base/utf8.h"

namespace lmzip::model {
namespace {

CharKind find_kind(uint32_t code_point) {
  const auto* after = std::upper_bound(kUnicodeTable.begin(), kUnicodeTable.end(), code_point << 2 | 3);
  return static_cast<CharKind>(after[-1] & 3);
}

constexpr CharKind ascii_kind(uint8_t byte) {
  if (byte == ' ' || (byte >= '\t' && byte <= '\r')) return CharKind::kSpace;
  if (byte >= '0' && byte <= '9') return CharKind::kNumber;
  return (byte | 32) >= 'a' && (byte | 32) <= 'z' ? CharKind::kLetter : CharKind::kOther;
}

}  // namespace

Char first_char(ByteSpan text) {
  if (text[0] < 0x80) return {ascii_kind(text[0]), 1};
  const int length = base::utf8_character(text);
  if (length <= 0) return {CharKind::kOther, 1};
  uint32_t code_point = text[0] & (0xFFu >> (length + 1));
  for (int i = 1; i < length; ++i) code_point = code_point << 6 | (text[static_cast<size_t>(i)] & 0x3Fu);
  return {find_kind(code_point), static_cast<size_t>(length)};
}

}  // namespace lmzip::model
