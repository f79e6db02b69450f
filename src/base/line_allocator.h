// SPDX-License-Identifier: Apache-2.0
// Vectors that start on a cache line.
#pragma once

#include <cstddef>
#include <new>

namespace lmzip::base {

/// std::allocator with 64-byte alignment.
template <typename T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};

  LineAllocator() = default;
  template <typename U>
  explicit LineAllocator(const LineAllocator<U>&) noexcept {}

  T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
  void deallocate(T* memory, size_t) noexcept { ::operator delete(memory, kLine); }
  friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

}  // namespace lmzip::base
