// SPDX-License-Identifier: Apache-2.0
// What this room's files for single instruction sets offer to the ones that choose, and how loops are unrolled in them.
// Private to this room.
#pragma once

#include "kernels/attention.h"
#include "kernels/int8_matrix.h"

// Loops over arrays of vectors must disappear before the compiler decides which variables are arrays, or its registers
// live in memory.
#if defined(__clang__)
#define LMZIP_UNROLL _Pragma("unroll")
#else
#define LMZIP_UNROLL _Pragma("GCC unroll 16")
#endif

namespace lmzip::kernels {

#if defined(__aarch64__)
extern const Int8Matrix kInt8MatrixNeon;
extern const Attention kAttentionNeon;
#elif defined(__x86_64__)
extern const Int8Matrix kInt8MatrixAvx2, kInt8MatrixAvx512;
extern const Attention kAttentionAvx2, kAttentionAvx512;

/// Beyond the foundation of AVX-512, what the integer kernels need of it.
inline bool has_avx512_vnni() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}
#endif

}  // namespace lmzip::kernels
