// SPDX-License-Identifier: Apache-2.0
// The builds of cpu_loops.cc that there are.
#pragma once

#include "torch/cpu_loops.h"

namespace lmzip::torch_plugin {

namespace plain {
const CpuLoops<float>& of_float();
const CpuLoops<Bfloat16>& of_bfloat16();
}  // namespace plain

#ifdef LMZIP_X86_VARIANTS
namespace avx2 {
const CpuLoops<float>& of_float();
const CpuLoops<Bfloat16>& of_bfloat16();
}  // namespace avx2
namespace avx512 {
const CpuLoops<float>& of_float();
const CpuLoops<Bfloat16>& of_bfloat16();
}  // namespace avx512
/// On a CPU with tiles of bfloat16: attention alone, for heads of 32 to 512 columns in steps of 32.
namespace amx {
void attention(const Attention<Bfloat16>& a, int64_t begin, int64_t end, float* scratch);
void attention_backward(const Attention<Bfloat16>& a, int64_t begin, int64_t end, float* scratch);
}  // namespace amx
#endif

}  // namespace lmzip::torch_plugin
