// SPDX-License-Identifier: Apache-2.0
// Hashing of contexts; not the hash of the file format (base/hash.h), but part of what decides bits.
#pragma once

#include <cstdint>

namespace lmzip::mix {

/// Spreads all bits of `x` to the upper 52 (a multiplicative hash, folded once).
constexpr uint64_t mixed(uint64_t x) {
  x *= 0x9E3779B97F4A7C15u;
  x ^= x >> 32;
  return x * 0xD6E8FEB86659FD93u;
}

/// Hash of a sequence of values, in order.
template <typename... Values>
constexpr uint64_t hash_of(Values... values) {
  uint64_t hash = 0;
  ((hash = mixed(hash + 0x632BE59BD9B4E019u + static_cast<uint64_t>(values))), ...);
  return hash;
}

}  // namespace lmzip::mix
