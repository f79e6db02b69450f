// SPDX-License-Identifier: Apache-2.0
// What kind of sign a code point is, as far as splitters of text ask.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lmzip/bytes.h"

namespace lmzip::model {

/// By the general category, but for white space.
enum class CharClass : uint8_t {
  kOther,        ///< C*, and bytes that are no character
  kMark,         ///< \p{M}
  kPunctuation,  ///< \p{P}
  kSymbol,       ///< \p{S}
  kLetter,       ///< \p{Lm} and \p{Lo}, which have no case
  kUpper,        ///< \p{Lu} and \p{Lt}
  kLower,        ///< \p{Ll}
  kNumber,       ///< \p{N}
  kSpace,        ///< \s: the property White_Space
};

/// The classes as most expressions put them together.
enum class CharKind : uint8_t {
  kOther,
  kLetter,  ///< \p{L}
  kNumber,
  kSpace,
};

constexpr CharKind kind_of(CharClass sign) {
  if (sign == CharClass::kSpace) return CharKind::kSpace;
  if (sign == CharClass::kNumber) return CharKind::kNumber;
  return sign >= CharClass::kLetter ? CharKind::kLetter : CharKind::kOther;
}

/// Where the class changes: code point * 16 + the class from there on, ascending (unicode_tables.cc, Unicode 14).
inline constexpr size_t kUnicodeRanges = 3419;
extern const std::array<uint32_t, kUnicodeRanges> kUnicodeTable;

/// The character that text starts with.
struct Char {
  CharKind kind;
  CharClass sign;
  size_t length;        ///< in bytes
  uint32_t code_point;  ///< of what is no character, its byte
};
/// `text` is not empty. A byte that begins no UTF-8 character is another sign, one byte long.
Char first_char(ByteSpan text);

}  // namespace lmzip::model
