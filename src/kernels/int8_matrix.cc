// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_matrix.h"

#include <algorithm>
#include <string>

#include "kernels/implementations.h"
#include "kernels/quantise.h"
#include "lmzip/error.h"

namespace lmzip::kernels {
namespace {

void quantise_scalar(ConstFloatRows x, int rows, QuantisedRows& out) {
  const int columns = out.columns();
  for (int r = 0; r < rows; ++r) {
    const float* const row = x.data + static_cast<size_t>(r) * x.stride;
    int8_t* const values = out.values(r);
    const RowScale scale = row_scale(largest_magnitude(row, columns));
    int32_t sum = 0;
    for (int c = 0; c < columns; ++c) {
      const int32_t value = quantised(row[c], scale.inverse);
      values[c] = static_cast<int8_t>(value);
      sum += value;
    }
    out.scale(r) = scale.scale;
    out.correction(r) = -128 * sum;
  }
}

void multiply_scalar(const PackedMatrix& w, const QuantisedRows& x, int rows, FloatRows y) {
  const int columns = w.columns();
  const float* const bias = w.bias();
  for (int b = 0; b < rows; ++b) {
    const int8_t* const values = x.values(b);
    float* const out = y.data + static_cast<size_t>(b) * y.stride;
    const uint8_t* weight = w.weights();
    for (int first = 0; first < w.rows(); first += 16) {
      int32_t sums[16];
      std::fill_n(sums, 16, x.correction(b));
      for (int c = 0; c < columns; c += 4, weight += 64) {
        for (int r = 0; r < 16; ++r) {
          for (int k = 0; k < 4; ++k) sums[r] += int32_t{weight[4 * r + k]} * values[c + k];
        }
      }
      for (int r = 0; r < 16; ++r) {
        const float product = static_cast<float>(sums[r]) * (x.scale(b) * w.scales()[first + r]);
        out[first + r] = bias ? product + bias[first + r] : product;
      }
    }
  }
}

std::vector<Int8Matrix> detect() {
  std::vector<Int8Matrix> found{{Isa::kScalar, quantise_scalar, multiply_scalar}};
#if defined(__aarch64__)
  found.push_back(kInt8MatrixNeon);
#elif defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back(kInt8MatrixAvx2);
  if (has_avx512_vnni()) found.push_back(kInt8MatrixAvx512);
#endif
  return found;
}

void check_size(int rows, int columns) {
  const auto fits = [](int size, int limit) { return size > 0 && size <= limit && size % kMatrixStep == 0; };
  if (!fits(rows, 1 << 24) || !fits(columns, kMatrixMaxColumns)) {
    throw Error(ErrorKind::kUnsupported,
                "a matrix of " + std::to_string(rows) + " x " + std::to_string(columns) + " weights");
  }
}

void check(const MatrixSource& source) {
  check_size(source.rows, source.columns);
  const size_t rows = static_cast<size_t>(source.rows);
  if (source.values.size() != rows * static_cast<size_t>(source.columns) || source.scales.size() != rows ||
      (!source.bias.empty() && source.bias.size() != rows)) {
    throw Error(ErrorKind::kCorrupt, "a matrix whose parts do not fit together");
  }
  if (std::find(source.values.begin(), source.values.end(), int8_t{-128}) != source.values.end()) {
    throw Error(ErrorKind::kCorrupt, "a weight of -128");
  }
}

}  // namespace

PackedMatrix::PackedMatrix(const MatrixSource& source) : rows_(source.rows), columns_(source.columns) {
  check(source);
  weights_.resize(source.values.size());
  scales_.assign(source.scales.begin(), source.scales.end());
  bias_.assign(source.bias.begin(), source.bias.end());
  for (int first = 0; first < rows_; first += kMatrixStep) {
    pack(first, source.values.data() + static_cast<size_t>(first) * static_cast<size_t>(columns_));
  }
}

PackedMatrix::PackedMatrix(int rows, int columns, const std::function<float(int row, std::span<int8_t> out)>& read,
                           std::span<const float> bias)
    : rows_(rows), columns_(columns), bias_(bias.begin(), bias.end()) {
  check_size(rows, columns);
  const auto width = static_cast<size_t>(columns);
  weights_.resize(static_cast<size_t>(rows) * width);
  scales_.resize(static_cast<size_t>(rows));
  std::vector<int8_t> block(width * kMatrixStep);
  for (int first = 0; first < rows; first += kMatrixStep) {
    for (int r = 0; r < kMatrixStep; ++r) {
      scales_[static_cast<size_t>(first + r)] = read(first + r, {block.data() + static_cast<size_t>(r) * width, width});
    }
    pack(first, block.data());
  }
}

void PackedMatrix::pack(int first, const int8_t* rows) {
  const auto width = static_cast<size_t>(columns_);
  uint8_t* packed = weights_.data() + static_cast<size_t>(first) * width;
  for (size_t c = 0; c < width; c += 4) {
    for (size_t r = 0; r < 16; ++r, packed += 4) {
      for (size_t k = 0; k < 4; ++k) packed[k] = static_cast<uint8_t>(rows[r * width + c + k] + 128);
    }
  }
}

void PackedMatrix::row(int row, float* out) const {
  const auto at = static_cast<size_t>(row), width = static_cast<size_t>(columns_);
  const uint8_t* const from = weights_.data() + at / 16 * 16 * width + at % 16 * 4;
  for (size_t c = 0; c < width; ++c) out[c] = static_cast<float>(from[c / 4 * 64 + c % 4] - 128) * scales_[at];
}

QuantisedRows::QuantisedRows(int capacity, int columns)
    : columns_(columns),
      values_(static_cast<size_t>(capacity) * static_cast<size_t>(columns)),
      scales_(static_cast<size_t>(capacity)),
      corrections_(static_cast<size_t>(capacity)) {}

std::span<const Int8Matrix> available_int8_matrix() {
  static const std::vector<Int8Matrix> found = detect();
  return found;
}

const Int8Matrix& int8_matrix() { return best_within_bound(available_int8_matrix()); }

}  // namespace lmzip::kernels
