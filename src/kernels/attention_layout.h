// SPDX-License-Identifier: Apache-2.0
// Where things lie in a cache of keys and values. Private to this room.
#pragma once

#include <type_traits>

#include "kernels/attention.h"
#include "kernels/exp2.h"

namespace lmzip::kernels {

/// One key-value head's parts of the cache.
template <typename Byte>  // std::byte or const std::byte
struct HeadCache {
  template <typename T>
  using Like = std::conditional_t<std::is_const_v<Byte>, const T, T>;

  Like<uint8_t>* keys;
  Like<int8_t>* values;
  Like<float>* key_scales;
  Like<float>* value_scales;

  LMZIP_INLINE HeadCache(const AttentionShape& shape, Byte* cache, int head) {
    const size_t slots = static_cast<size_t>(shape.slots), bytes = slots * static_cast<size_t>(shape.head_width);
    const size_t heads = static_cast<size_t>(shape.key_value_heads), h = static_cast<size_t>(head);
    keys = reinterpret_cast<Like<uint8_t>*>(cache + h * bytes);
    values = reinterpret_cast<Like<int8_t>*>(cache + (heads + h) * bytes);
    key_scales = reinterpret_cast<Like<float>*>(cache + 2 * heads * bytes) + h * slots;
    value_scales = key_scales + heads * slots;
  }

  /// Where dimension d of a slot's key is; the three after it follow if d is a multiple of 4.
  LMZIP_INLINE Like<uint8_t>* key(const AttentionShape& shape, int slot, int d) const {
    return keys + (slot / 16 * (shape.head_width / 4) + d / 4) * 64 + slot % 16 * 4 + d % 4;
  }
  /// Where dimension d of a slot's value is; the next dimension is 4 further on.
  LMZIP_INLINE Like<int8_t>* value(const AttentionShape& shape, int slot, int d) const {
    return values + (slot / 4 * shape.head_width + d) * 4 + slot % 4;
  }
};

}  // namespace lmzip::kernels
