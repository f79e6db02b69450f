// SPDX-License-Identifier: Apache-2.0
#include "torch/cpu_variants.h"

namespace lmzip::torch_plugin {

template <>
const CpuLoops<float>& cpu_loops<float>([[maybe_unused]] std::string_view capability) {
#ifdef LMZIP_X86_VARIANTS
  if (capability == "AVX512") return avx512::of_float();
  if (capability == "AVX2") return avx2::of_float();
#endif
  return plain::of_float();
}

template <>
const CpuLoops<Bfloat16>& cpu_loops<Bfloat16>([[maybe_unused]] std::string_view capability) {
#ifdef LMZIP_X86_VARIANTS
  if (capability == "AVX512") return avx512::of_bfloat16();
  if (capability == "AVX2") return avx2::of_bfloat16();
#endif
  return plain::of_bfloat16();
}

int64_t attention_scratch(int64_t time, int64_t head_width) {
  // Keys, values and queries, two of them also transposed, and their gradients; scores and their gradients of 8 rows.
  const int64_t padded = (time + 63) / 64 * 64;
  return padded * (8 * head_width + 16) + 64 * head_width;
}

}  // namespace lmzip::torch_plugin
