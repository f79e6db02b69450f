// SPDX-License-Identifier: Apache-2.0
// What kind of sign a code point is, as far as splitters of text ask.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lmzip/bytes.h"

namespace lmzip::model {

enum class CharKind : uint8_t {
  kOther,
  kLetter,  ///< \p{L}: the general categories L*
  kNumber,  ///< \p{N}: N*
  kSpace,   ///< \s: the property White_Space
};

/// Where the kind changes: code point * 4 + the kind from there on, ascending (unicode_tables.cc, Unicode 14).
inline constexpr size_t kUnicodeRanges = 1534;
extern const std::array<uint32_t, kUnicodeRanges> kUnicodeTable;

/// The character that text starts with, and its bytes.
struct Char {
  CharKind kind;
  size_t length;
};
/// `text` is not empty. A byte that begins no UTF-8 character is another sign, one byte long.
Char first_char(ByteSpan text);

}  // namespace lmzip::model
