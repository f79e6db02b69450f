// SPDX-License-Identifier: Apache-2.0
// Numbers between files (little-endian) and memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "lmzip/bytes.h"

namespace lmzip::model {

/// Copies numbers of `size` bytes each from a file's order to this machine's or back. `to` has from.size() bytes, a
/// multiple of `size`.
inline void copy_little_endian(ByteSpan from, size_t size, uint8_t* to) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());
  if constexpr (std::endian::native == std::endian::big) {
    for (size_t i = 0; i < from.size(); i += size) std::reverse(to + i, to + i + size);
  }
}

}  // namespace lmzip::model
