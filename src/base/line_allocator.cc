// SPDX-License-Identifier: Apache-2.0
#include "base/line_allocator.h"

#include <sys/mman.h>

#include <new>

namespace lmzip::base {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

std::align_val_t alignment(size_t size) { return std::align_val_t{size < kHugePage ? 64 : kHugePage}; }

}  // namespace

void* allocate_lines(size_t size) {
  void* const memory = ::operator new(size, alignment(size));
  if (size >= kHugePage) madvise(memory, size, MADV_HUGEPAGE);  // advice: refusal changes speed only
  return memory;
}

void free_lines(void* memory, size_t size) noexcept { ::operator delete(memory, alignment(size)); }

}  // namespace lmzip::base
