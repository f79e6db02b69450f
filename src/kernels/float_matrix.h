// SPDX-License-Identifier: Apache-2.0
// Products of float32 matrices with batches of rows, and attention in float32, in one fixed order: the reference for
// checkpoints, the same bits whatever the instruction set, the batch and the threads.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/attention.h"
#include "kernels/int8_matrix.h"
#include "kernels/isa.h"

namespace lmzip::kernels {

/// A matrix laid out for the kernels: [rows / 16][columns][16 rows]. Rows beyond the source's are zero.
class PackedFloatMatrix {
 public:
  /// `rows` and `columns` of the source, any numbers >= 1; `read` fills one row. `bias`: rows of it, or empty.
  PackedFloatMatrix(int rows, int columns, const std::function<void(int row, std::span<float> out)>& read,
                    std::span<const float> bias);

  int rows() const { return rows_; }  ///< a multiple of kMatrixStep
  int columns() const { return columns_; }
  const float* weights() const { return weights_.data(); }
  const float* bias() const { return bias_.empty() ? nullptr : bias_.data(); }
  size_t bytes() const { return (weights_.size() + bias_.size()) * sizeof(float); }
  /// Row `row`, `columns` numbers.
  void row(int row, float* out) const;

 private:
  int rows_, columns_;
  std::vector<float, base::LineAllocator<float>> weights_, bias_;
};

/// Of one cache: keys [head][slots / 16][head_width][16 slots], values [head][slots][head_width]. A multiple of 64.
size_t float_cache_bytes(const AttentionShape& shape);

/// Puts a key and a value (key_value_heads * head_width floats each) into their slot.
void store_floats(const AttentionShape& shape, float* cache, int slot, const float* key, const float* value);

struct FloatAttentionCall {
  const float* cache = nullptr;  ///< float_cache_bytes(), on a 64-byte boundary; finite everywhere
  int filled = 0;                ///< slots 0..filled - 1 are seen; 1..slots
  const float* query = nullptr;  ///< heads * head_width, multiplied by log2(e) and the scale
  float* output = nullptr;       ///< heads * head_width
  float* scratch = nullptr;      ///< slots floats, on a 64-byte boundary
};

struct FloatMatrix {
  Isa isa;
  /// y[b][o] = sum over c = 0, 1, 2 ... in this order of x[b][c] * w[o][c], each product rounded, each sum rounded (no
  /// fused multiply-add: machines without it must be able to follow), (+ bias[o]). Vectors hold outputs, never parts of
  /// a sum.
  ///   Bound: rows * outputs * columns multiplications and as many additions; single rows: the bytes of w. Measured by
  ///   CPU time on one busy Zen 5 core, in GFLOP/s (tests/bench/decoder_bench.cc), for 128 x 512 and 192 rows,
  ///   768 x 3072 and 24 rows, and one row of it: AVX-512 229, 184, 49 (98 GB/s of w); AVX2 117, 88, 45; plain 42, 38,
  ///   36. Fused kernels reach no more there: Zen 5 adds and multiplies in different units.
  void (*multiply)(const PackedFloatMatrix& w, ConstFloatRows x, int rows, FloatRows y);
  /// For every head, j over the filled slots: s_j = query . key_j (by dimension in order), best = max s_j,
  /// w_j = exp2_approx(s_j - best); denominator: 16 sums of w_j by j mod 16, then 8 + 8, 4 + 4, 2 + 2, 1 + 1;
  /// output = sum in order of w_j value_j / denominator.
  ///   Bound: filled * head_width * 8 bytes a key-value head, from wherever they lie.
  void (*attend)(const AttentionShape& shape, const FloatAttentionCall& call);
};

/// The implementations this machine can run, slowest first; never empty.
std::span<const FloatMatrix> available_float_matrix();

/// The best of them within force_isa().
const FloatMatrix& float_matrix();

}  // namespace lmzip::kernels
