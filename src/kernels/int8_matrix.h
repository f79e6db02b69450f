// SPDX-License-Identifier: Apache-2.0
// Products of int8 matrices with batches of int8 rows: exact sums of integers, so that instruction set, order and width
// of the batch cannot be seen in the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/isa.h"

namespace lmzip::kernels {

/// Rows and columns of matrices come in multiples of this.
inline constexpr int kMatrixStep = 16;

/// So many columns at most: 255 * 127 * 65536 is still below 2^31.
inline constexpr int kMatrixMaxColumns = 1 << 16;

/// A row whose largest magnitude is below this is quantised to zeros with scale 0: its inverse would leave the range of
/// normal floats.
inline constexpr float kTinyRow = 0x1p-100f;

/// A matrix as it is stored: values[row * columns + column] * scales[row], and perhaps one number per row to add.
struct MatrixSource {
  int rows = 0;                    ///< of the matrix: outputs
  int columns = 0;                 ///< inputs
  std::span<const int8_t> values;  ///< rows x columns, -127..127
  std::span<const float> scales;   ///< rows
  std::span<const float> bias;     ///< rows, or empty
};

/// A matrix laid out for the kernels, one layout for all of them: [rows / 16][columns / 4][16 rows][4 columns], each
/// weight plus 128 as an unsigned byte (the form of vpdpbusd's first factor; the others undo it with one xor a vector).
class PackedMatrix {
 public:
  /// Errors: kUnsupported where sizes are no multiples of kMatrixStep or too many columns, kCorrupt where the spans do
  /// not fit them or a weight is -128 (its magnitude has no int8).
  explicit PackedMatrix(const MatrixSource& source);
  /// A matrix whose rows are read one by one: `read` fills one with values of -127..127 and returns its scale. Rows and
  /// columns as above; `bias`: rows of it, or empty.
  PackedMatrix(int rows, int columns, const std::function<float(int row, std::span<int8_t> out)>& read,
               std::span<const float> bias);

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  const uint8_t* weights() const { return weights_.data(); }
  const float* scales() const { return scales_.data(); }
  const float* bias() const { return bias_.empty() ? nullptr : bias_.data(); }
  /// Of memory.
  size_t bytes() const { return weights_.size() + (scales_.size() + bias_.size()) * sizeof(float); }
  /// Row `row` times its scale, `columns` numbers.
  void row(int row, float* out) const;

 private:
  /// Puts rows first .. first + 15, which lie behind each other, into their place.
  void pack(int first, const int8_t* rows);

  int rows_, columns_;
  std::vector<uint8_t, base::LineAllocator<uint8_t>> weights_;
  std::vector<float, base::LineAllocator<float>> scales_, bias_;
};

/// Floats that lie in rows, `stride` apart.
struct FloatRows {
  float* data = nullptr;
  size_t stride = 0;
};
struct ConstFloatRows {
  const float* data = nullptr;
  size_t stride = 0;
};

/// A batch of rows of int8 activations, with room for `capacity` of them; made once, filled by quantise().
class QuantisedRows {
 public:
  /// Precondition: columns a multiple of kMatrixStep.
  QuantisedRows(int capacity, int columns);

  int capacity() const { return static_cast<int>(scales_.size()); }
  int columns() const { return columns_; }
  int8_t* values(int row) { return values_.data() + static_cast<size_t>(row) * static_cast<size_t>(columns_); }
  const int8_t* values(int row) const {
    return values_.data() + static_cast<size_t>(row) * static_cast<size_t>(columns_);
  }
  float& scale(int row) { return scales_[static_cast<size_t>(row)]; }
  float scale(int row) const { return scales_[static_cast<size_t>(row)]; }
  /// -128 times the sum of the row's values: what undoes the 128 in the packed weights.
  int32_t& correction(int row) { return corrections_[static_cast<size_t>(row)]; }
  int32_t correction(int row) const { return corrections_[static_cast<size_t>(row)]; }

 private:
  int columns_;
  std::vector<int8_t, base::LineAllocator<int8_t>> values_;
  std::vector<float> scales_;
  std::vector<int32_t> corrections_;
};

/// The kernels of one instruction set. Floats are finite; nothing outside the named elements is read or written.
struct Int8Matrix {
  Isa isa;

  /// For each of `rows` rows of x: m = max |x|, scale = m / 127, values = nearest(x * (127 / m)), ties to even; scale 0
  /// and zeros where m < kTinyRow. x has out.columns() elements a row. Precondition: rows <= out.capacity().
  ///   Bound: 4 bytes read and 1 written per element, the elements read twice.
  void (*quantise)(ConstFloatRows x, int rows, QuantisedRows& out);

  /// y[b][o] = float(sum_c x[b][c] * w[o][c]) * (x.scale(b) * w.scale[o]) (+ w.bias[o]) for b < rows.
  /// Precondition: x.columns() == w.columns(), rows <= x.capacity().
  ///   Bound: rows * w.rows() * w.columns() multiply-adds; single rows: the bytes of w, 64 a cycle from L2. A batch
  ///   reads w once from where it lies, a few of its rows at a time being kept in L1. AVX-512 VNNI on Zen 5 reaches 66
  ///   to 72 % of the instruction's own rate (1.02e12 operations a second) with 64 columns, 83 to 93 % with 256 and
  ///   more, in batches of 4 and more; AVX2, whose signs cost a fourth instruction, 61 to 67 %.
  void (*multiply)(const PackedMatrix& w, const QuantisedRows& x, int rows, FloatRows y);
};

/// The implementations this machine can run, slowest first; never empty.
std::span<const Int8Matrix> available_int8_matrix();

/// The one to use: the best within the bound.
const Int8Matrix& int8_matrix();

}  // namespace lmzip::kernels
