// SPDX-License-Identifier: Apache-2.0
// Products of float32 matrices with batches of rows, and attention in float32, in one fixed order: the reference for
// checkpoints, the same bits whatever the instruction set, the batch and the threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/line_allocator.h"
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

 private:
  int rows_, columns_;
  std::vector<float, base::LineAllocator<float>> weights_, bias_;
};

struct FloatAttentionCall {
  int heads = 0, key_value_heads = 0, head_width = 0;  ///< head_width a multiple of 16
  int slots = 0;                                       ///< that the cache holds, a multiple of 64
  const float* keys = nullptr;                         ///< [key_value_heads][slots / 16][head_width][16 slots]
  const float* values = nullptr;                       ///< [key_value_heads][slots][head_width]
  int filled = 0;                                      ///< slots 0..filled - 1 are seen
  const float* query = nullptr;                        ///< heads * head_width, multiplied by log2(e) and the scale
  float* output = nullptr;                             ///< heads * head_width
  float* scratch = nullptr;                            ///< slots floats
};

struct FloatMatrix {
  Isa isa;
  /// y[b][o] = sum over c = 0, 1, 2 ... in this order of x[b][c] * w[o][c], each product rounded, each sum rounded (no
  /// fused multiply-add: machines without it must be able to follow), (+ bias[o]). Vectors hold outputs, never parts of
  /// a sum. Bound: rows * outputs * columns multiplications and as many additions.
  void (*multiply)(const PackedFloatMatrix& w, ConstFloatRows x, int rows, FloatRows y);
  /// For every head, j over the filled slots: s_j = query . key_j (by dimension in order), best = max s_j,
  /// w_j = exp2_approx(s_j - best); output = sum in order of w_j value_j / sum in order of w_j.
  void (*attend)(const FloatAttentionCall& call);
  /// Puts a key and a value into their slot.
  void (*store)(const FloatAttentionCall& shape, float* keys, float* values, int slot, const float* key,
                const float* value);
};

std::span<const FloatMatrix> available_float_matrix();
const FloatMatrix& float_matrix();

}  // namespace lmzip::kernels
