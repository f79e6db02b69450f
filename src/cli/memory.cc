// SPDX-License-Identifier: Apache-2.0
#include "cli/memory.h"

#include <malloc.h>

namespace lmzip::cli {

// glibc's; elsewhere malloc does as it likes.
#ifdef M_MMAP_THRESHOLD
void give_memory_back() { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

void keep_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}
#else
void give_memory_back() {}
void keep_memory() {}
#endif

}  // namespace lmzip::cli
