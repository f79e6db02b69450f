// SPDX-License-Identifier: Apache-2.0
// Files inside the program, where lmzip_embed (src/CMakeLists.txt) put them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// The file between the symbols lmzip_embedded_NAME and lmzip_embedded_NAME_end, which the caller declares as extern
/// "C" arrays: it begins at a multiple of 64 bytes, and is empty if there was none when the program was built.
inline ByteSpan embedded(const uint8_t* begin, const uint8_t* end) {
  // By addresses as numbers: to the language these are ends of different arrays.
  return {begin, static_cast<size_t>(reinterpret_cast<uintptr_t>(end) - reinterpret_cast<uintptr_t>(begin))};
}

}  // namespace lmzip::base
