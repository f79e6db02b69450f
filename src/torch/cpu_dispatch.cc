// SPDX-License-Identifier: Apache-2.0
#include "base/tile_registers.h"
#include "kernels/isa.h"
#include "torch/cpu_variants.h"

namespace lmzip::torch_plugin {

#ifdef LMZIP_X86_VARIANTS
namespace {

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
  if (kernels::isa_bound() == kernels::Isa::kAvx512) return avx512::of_float();
  if (kernels::isa_bound() >= kernels::Isa::kAvx2) return avx2::of_float();
#endif
  return plain::of_float();
}

template <>
const CpuLoops<Bfloat16>& cpu_loops<Bfloat16>() {
#ifdef LMZIP_X86_VARIANTS
  if (kernels::isa_bound() == kernels::Isa::kAvx512) {
    static const CpuLoops<Bfloat16> tiled = base::obtain_bfloat16_tiles() ? with_tiles() : avx512::of_bfloat16();
    return tiled;
  }
  if (kernels::isa_bound() >= kernels::Isa::kAvx2) return avx2::of_bfloat16();
#endif
  return plain::of_bfloat16();
}

int64_t attention_scratch(int64_t time, int64_t head_width) {
  // Keys, values and queries, two of them also transposed, and their gradients; scores and their gradients of 8 rows.
  const int64_t padded = (time + 63) / 64 * 64;
  return padded * (8 * head_width + 16) + 64 * head_width;
}

}  // namespace lmzip::torch_plugin
