// SPDX-License-Identifier: Apache-2.0
#include "base/huge_array.h"

#include <sys/mman.h>

#include <new>

namespace lmzip::base {

HugeArray::HugeArray(size_t size) : size_(size) {
  void* const mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(mapped);
  madvise(mapped, size, MADV_HUGEPAGE);  // advice: refusal changes speed only
}

HugeArray::~HugeArray() {
  if (data_) munmap(data_, size_);
}

}  // namespace lmzip::base
