// SPDX-License-Identifier: Apache-2.0
#include "torch/cpu_variants.h"

#ifdef LMZIP_X86_VARIANTS
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#endif

namespace lmzip::torch_plugin {

#ifdef LMZIP_X86_VARIANTS
namespace {

enum Variant { kPlain, kAvx2, kAvx512 };

/// What the files compiled with -march=x86-64-v3 and -v4 need, if it is not forbidden.
bool runs(Variant wanted) {
  const char* const asked = std::getenv("ATEN_CPU_CAPABILITY");
  const std::string_view most = asked == nullptr ? "" : asked;
  if (wanted > (most == "default" ? kPlain : most == "avx2" ? kAvx2 : kAvx512)) return false;
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  return v3 && (wanted == kAvx2 || (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                                    __builtin_cpu_supports("avx512vl")));
}

/// Whether the CPU has tiles and products of bfloat16, and Linux lets this process use them.
bool has_tiles() {
  constexpr unsigned kTiles = 1u << 24 | 1u << 22, kHalves = 1u << 5;
  constexpr long kAskForState = 0x1023, kTileState = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & kTiles) != kTiles) return false;
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || (a & kHalves) == 0) return false;
  return syscall(SYS_arch_prctl, kAskForState, kTileState) == 0;
}

bool fits_tiles(const Attention<Bfloat16>& a) { return a.head_width % 32 == 0 && a.head_width <= 512; }

void attention(const Attention<Bfloat16>& a, int64_t begin, int64_t end, float* scratch) {
  (fits_tiles(a) ? amx::attention : avx512::of_bfloat16().attention)(a, begin, end, scratch);
}
void attention_backward(const Attention<Bfloat16>& a, int64_t begin, int64_t end, float* scratch) {
  (fits_tiles(a) ? amx::attention_backward : avx512::of_bfloat16().attention_backward)(a, begin, end, scratch);
}

CpuLoops<Bfloat16> with_tiles() {
  CpuLoops<Bfloat16> loops = avx512::of_bfloat16();
  loops.attention = attention;
  loops.attention_backward = attention_backward;
  return loops;
}

}  // namespace
#endif

template <>
const CpuLoops<float>& cpu_loops<float>() {
#ifdef LMZIP_X86_VARIANTS
  if (runs(kAvx512)) return avx512::of_float();
  if (runs(kAvx2)) return avx2::of_float();
#endif
  return plain::of_float();
}

template <>
const CpuLoops<Bfloat16>& cpu_loops<Bfloat16>() {
#ifdef LMZIP_X86_VARIANTS
  if (runs(kAvx512)) {
    static const CpuLoops<Bfloat16> tiled = has_tiles() ? with_tiles() : avx512::of_bfloat16();
    return tiled;
  }
  if (runs(kAvx2)) return avx2::of_bfloat16();
#endif
  return plain::of_bfloat16();
}

int64_t attention_scratch(int64_t time, int64_t head_width) {
  // Keys, values and queries, two of them also transposed, and their gradients; scores and their gradients of 8 rows.
  const int64_t padded = (time + 63) / 64 * 64;
  return padded * (8 * head_width + 16) + 64 * head_width;
}

}  // namespace lmzip::torch_plugin
