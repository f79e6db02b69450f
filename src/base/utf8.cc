// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <algorithm>
#include <utility>

namespace lmzip::base {
namespace {

void append_hexadecimal(std::string& text, uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

/// Of a whole character.
bool is_control(ByteSpan character) {
  if (character.size() == 1) {
    const uint8_t byte = character[0];
    return (byte < 32 && byte != '\n' && byte != '\t') || byte == 127;
  }
  return character.size() == 2 && character[0] == 0xC2 && character[1] < 0xA0;
}

}  // namespace

int utf8_character(ByteSpan text) {
  const uint8_t first = text[0];
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  // The second byte excludes what the first alone cannot.
  const uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  for (int i = 1; i < length; ++i) {
    if (static_cast<size_t>(i) == text.size()) return -1;
    const uint8_t byte = text[static_cast<size_t>(i)];
    if (i == 1 ? byte < least || byte > most : byte < 0x80 || byte > 0xBF) return 0;
  }
  return length;
}

std::string VisibleText::add(ByteSpan bytes) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::string text;
  ByteSpan rest = pending_;
  while (!rest.empty()) {
    const int length = utf8_character(rest);
    if (length < 0) break;
    const ByteSpan character = rest.first(static_cast<size_t>(std::max(1, length)));
    if (length == 0 || is_control(character)) {
      for (const uint8_t byte : character) append_hexadecimal(text, byte);
    } else {
      text.append(character.begin(), character.end());
    }
    rest = rest.subspan(character.size());
  }
  pending_ = Bytes(rest.begin(), rest.end());
  return text;
}

std::string VisibleText::finish() {
  std::string text;
  for (const uint8_t byte : std::exchange(pending_, {})) append_hexadecimal(text, byte);
  return text;
}

}  // namespace lmzip::base
