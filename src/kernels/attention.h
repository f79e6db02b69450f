// SPDX-License-Identifier: Apache-2.0
// Attention of one position over an int8 cache of keys and values: one layer of one lane.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace lmzip::kernels {

/// Slots are cached in multiples of this, and weighted in blocks of it.
inline constexpr int kAttentionBlock = 64;

/// A block whose best score is more than so many powers of two below the best of all counts as weight 0: even 65536
/// such slots would change the result by less than 1/256.
inline constexpr float kAttentionNegligible = 24.0f;

struct AttentionShape {
  int heads = 0;            ///< of the query, a multiple of key_value_heads
  int key_value_heads = 0;  ///< each serves heads / key_value_heads query heads, consecutive ones
  int head_width = 0;       ///< 16..256, a multiple of 16
  int slots = 0;            ///< positions that the cache holds, 64..65536, a multiple of 64
};

/// Of one cache: keys (each plus 128, as an unsigned byte) [head][slots / 16][head_width / 4][16 slots][4 dimensions],
/// values [head][slots / 4][head_width][4 slots], scales of keys [head][slots], scales of values [head][slots].
/// A multiple of 64. 2 * head_width + 8 bytes per slot and key-value head.
size_t cache_bytes(const AttentionShape& shape);

/// Floats that attend() needs to work in, a multiple of 16.
size_t attention_scratch_floats(const AttentionShape& shape);

struct AttentionCall {
  const std::byte* cache = nullptr;  ///< cache_bytes(), on a 64-byte boundary
  int filled = 0;                    ///< slots 0..filled - 1 hold something; 1..slots. The rest may be uninitialised
  const float* query = nullptr;      ///< heads * head_width, already multiplied by log2(e) / sqrt(head_width)
  float* output = nullptr;           ///< heads * head_width
  float* scratch = nullptr;          ///< attention_scratch_floats(), on a 64-byte boundary
};

/// The kernels of one instruction set. Floats are finite and below 2^40 in magnitude.
struct Attention {
  Isa isa;

  /// Quantises key and value (key_value_heads * head_width floats each), every head with its own scale as
  /// Int8Matrix::quantise does, and puts them into the slot.
  void (*store)(const AttentionShape& shape, std::byte* cache, int slot, const float* key, const float* value);

  /// For every head, with the query quantised (scale sq) and j over the filled slots in order:
  ///   s_j = float(query . key_j) * (sq * key_scale_j); best = max s_j
  ///   w_j = exp2_approx(s_j - best), and 0 in blocks of 64 slots where max s_j - best < -kAttentionNegligible
  ///   denominator: 16 sums of w_j by j mod 16, then 8 + 8, 4 + 4, 2 + 2, 1 + 1
  ///   in each block u_j = w_j * value_scale_j, b = max u_j, nothing if b < kTinyRow; t_j = nearest(u_j * (127 / b));
  ///     out_d += float(sum_j t_j * value_jd) * (b / 127)
  ///   output_d = out_d / denominator
  /// Bound: per head 2 * filled * head_width multiply-adds and filled exponentials; per key-value head
  /// filled * (2 * head_width + 8) bytes, each read once if its 64 slots stay in L1 for the heads that share them.
  /// AVX-512 on Zen 5, which loads two vectors and adds two a cycle, needs for 64 slots of a head of 16 (32) at least
  /// 14 (24) cycles of loads to score, 24 of additions to weigh and 10 (18) of loads to add. It reaches half of that
  /// rate from L2: 4 heads of 16 and 1024 slots take 1.6 us, 4 of 32 take 2.3 to 2.9, 8 of 32 take 5.1 to 5.7, 4 that
  /// share one of 32 take 1.8; with many lanes memory is the bound, 26 to 36 GB/s a core.
  void (*attend)(const AttentionShape& shape, const AttentionCall& call);
};

/// The implementations this machine can run, slowest first; never empty.
std::span<const Attention> available_attention();

/// The one to use: the best within the bound.
const Attention& attention();

}  // namespace lmzip::kernels
