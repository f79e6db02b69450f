// SPDX-License-Identifier: Apache-2.0
#include "model/unicode.h"

#include <algorithm>

#include "base/utf8.h"

namespace lmzip::model {
namespace {

Char make_char(CharClass sign, size_t length, uint32_t code_point) { return {kind_of(sign), sign, length, code_point}; }

CharClass find_class(uint32_t code_point) {
  const auto* after = std::upper_bound(kUnicodeTable.begin(), kUnicodeTable.end(), code_point << 4 | 15);
  return static_cast<CharClass>(after[-1] & 15);
}

}  // namespace

Char first_char(ByteSpan text) {
  static const auto kAscii = [] {
    std::array<CharClass, 128> classes{};
    for (uint32_t i = 0; i < classes.size(); ++i) classes[i] = find_class(i);
    return classes;
  }();
  if (text[0] < 0x80) return make_char(kAscii[text[0]], 1, text[0]);
  const int length = base::utf8_character(text);
  if (length <= 0) return make_char(CharClass::kOther, 1, text[0]);
  uint32_t code_point = text[0] & (0xFFu >> (length + 1));
  for (int i = 1; i < length; ++i) code_point = code_point << 6 | (text[static_cast<size_t>(i)] & 0x3Fu);
  return make_char(find_class(code_point), static_cast<size_t>(length), code_point);
}

}  // namespace lmzip::model
