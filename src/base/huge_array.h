// SPDX-License-Identifier: Apache-2.0
// Large zeroed memory that costs nothing until it is touched.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lmzip::base {

/// `size` zero bytes, aligned to the page, mapped from the system and backed by huge pages where it offers them (random
/// access to hundreds of megabytes is limited by the TLB otherwise). Pages that are never touched take no memory.
/// Throws std::bad_alloc.
class HugeArray {
 public:
  explicit HugeArray(size_t size);
  ~HugeArray();
  HugeArray(HugeArray&& other) noexcept : data_(other.data_), size_(other.size_) { other.data_ = nullptr; }
  HugeArray& operator=(HugeArray&&) = delete;

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace lmzip::base
