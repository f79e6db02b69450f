// SPDX-License-Identifier: Apache-2.0
// Memory with a hole behind it: whoever touches the first byte after the last element dies.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>

namespace lmzip::test {

/// `size` elements whose end is the end of a page before one without access. They start on a 64-byte boundary exactly
/// when their bytes are a multiple of 64.
template <typename T>
class Guarded {
 public:
  explicit Guarded(size_t size) : size_(size) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t pages = (size * sizeof(T) + page - 1) / page * page;
    mapped_ = pages + page;
    memory_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    std::byte* const hole = static_cast<std::byte*>(memory_) + pages;
    mprotect(hole, page, PROT_NONE);
    data_ = reinterpret_cast<T*>(hole - size * sizeof(T));
  }
  explicit Guarded(std::span<const T> values) : Guarded(values.size()) {
    std::copy(values.begin(), values.end(), data_);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { munmap(memory_, mapped_); }

  T* data() { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_[i]; }
  std::span<T> all() { return {data_, size_}; }

 private:
  size_t size_, mapped_ = 0;
  void* memory_ = nullptr;
  T* data_ = nullptr;
};

}  // namespace lmzip::test
