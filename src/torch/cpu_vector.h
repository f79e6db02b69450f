// SPDX-License-Identifier: Apache-2.0
// A vector register of floats, as wide as the instruction set this file is compiled for has it, and what is computed in
// it. Only for the files that are compiled once per instruction set: everything here has internal linkage, so that the
// linker cannot put the code of one set in the place of another's.
#pragma once

#include <cstdint>

#include "torch/cpu_loops.h"

namespace lmzip::torch_plugin {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vector __attribute__((vector_size(kLanes * 4)));
typedef int32_t Integers __attribute__((vector_size(kLanes * 4)));
typedef uint32_t Words __attribute__((vector_size(kLanes * 4)));
typedef uint16_t Halves __attribute__((vector_size(kLanes * 2)));
// The same in memory, where nothing is aligned.
typedef float VectorInMemory __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef uint16_t HalvesInMemory __attribute__((vector_size(kLanes * 2), aligned(2), may_alias));

inline __attribute__((always_inline)) Vector splat(float value) { return value - Vector{}; }

inline __attribute__((always_inline)) Vector load(const float* from) {
  return *reinterpret_cast<const VectorInMemory*>(from);
}
inline __attribute__((always_inline)) void store(float* to, Vector value) {
  *reinterpret_cast<VectorInMemory*>(to) = value;
}
inline __attribute__((always_inline)) Vector load(const Bfloat16* from) {
  const Halves halves = *reinterpret_cast<const HalvesInMemory*>(from);
  return (Vector)(__builtin_convertvector(halves, Words) << 16);
}
/// Rounds to nearest, ties to even.
inline __attribute__((always_inline)) void store(Bfloat16* to, Vector value) {
  const Words bits = (Words)value;
  const Words rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  *reinterpret_cast<HalvesInMemory*>(to) = __builtin_convertvector(rounded, Halves);
}

inline float sum(Vector value) {
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += value[i];
  return total;
}

inline __attribute__((always_inline)) Vector larger(Vector a, Vector b) { return a > b ? a : b; }

/// e^x; e^-87 below -87, e^88 above 88; what is no number stays none. 2^round(x / ln 2) times a polynomial (the
/// coefficients of Cephes' expf).
inline __attribute__((always_inline)) Vector exponential(Vector x) {
  x = x < -87.0F ? splat(-87.0F) : x;  // not the other way round: NaN would be taken for -87
  x = x > 88.0F ? splat(88.0F) : x;
  // Adding 1.5 * 2^23 rounds to an integer in the lowest bits.
  constexpr float kRound = 12582912.0F;
  const Vector shifted = x * 1.44269504F + kRound;
  const Vector n = shifted - kRound;
  const Vector r = x - n * 0.693359375F - n * -2.12194440e-4F;
  Vector p = 1.9875691500e-4F * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return (Vector)((Integers)p + ((Integers)shifted << 23));
}

inline __attribute__((always_inline)) Vector sigmoid(Vector x) { return 1.0F / (1.0F + exponential(-x)); }

}  // namespace
}  // namespace lmzip::torch_plugin
