// SPDX-License-Identifier: Apache-2.0
#include "base/tile_registers.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace lmzip::base {

bool obtain_bfloat16_tiles() {
#ifdef __x86_64__
  constexpr unsigned kTiles = 1u << 24 | 1u << 22, kHalves = 1u << 5;
  constexpr long kAsk = 0x1023,
                 kTileState = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA: Debian's headers lack them
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kTiles) != kTiles) return false;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) == 0 || (a & kHalves) == 0) return false;
  return syscall(SYS_arch_prctl, kAsk, kTileState) == 0;
#else
  return false;
#endif
}

}  // namespace lmzip::base
