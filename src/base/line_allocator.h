// SPDX-License-Identifier: Apache-2.0
// Vectors that start on a cache line, and large ones on a huge page.
#pragma once

#include <cstddef>

namespace lmzip::base {

/// `size` bytes on a 64-byte boundary. From 2 MiB on they are asked for as huge pages: fewer page faults at the start
/// of a short job, fewer TLB misses in a long one. Throws std::bad_alloc.
void* allocate_lines(size_t size);
void free_lines(void* memory, size_t size) noexcept;

/// std::allocator on top of them.
template <typename T>
struct LineAllocator {
  using value_type = T;

  LineAllocator() = default;
  template <typename U>
  explicit LineAllocator(const LineAllocator<U>&) noexcept {}

  T* allocate(size_t count) { return static_cast<T*>(allocate_lines(count * sizeof(T))); }
  void deallocate(T* memory, size_t count) noexcept { free_lines(memory, count * sizeof(T)); }
  friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

}  // namespace lmzip::base
