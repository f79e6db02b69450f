// SPDX-License-Identifier: Apache-2.0
#include "kernels/float_matrix.h"

#include <algorithm>
#include <limits>

#include "kernels/exp2.h"
#include "kernels/implementations.h"

namespace lmzip::kernels {
namespace {

/// So many columns of a tile of weights (64 KB in the widest) wait in the second cache for all rows of x.
constexpr int kColumnsTogether = 512;

/// Where a tile of a product begins.
struct FloatTile {
  const float* weights;
  size_t block;  ///< floats from one block of 16 rows to the next
  const float* bias;
  int from, to;  ///< columns
  ConstFloatRows x;
  FloatRows y;
};

namespace plain {
#define LMZIP_FLOAT_TARGET
#define LMZIP_FLOAT_LANES 4
#define LMZIP_FLOAT_BLOCKS 1
#define LMZIP_FLOAT_BATCH 2
#include "kernels/float_matrix_loops.h"
}  // namespace plain

#if defined(__x86_64__)
namespace avx2 {
#define LMZIP_FLOAT_TARGET [[gnu::target("avx2")]]
#define LMZIP_FLOAT_LANES 8
#define LMZIP_FLOAT_BLOCKS 1
#define LMZIP_FLOAT_BATCH 6
#include "kernels/float_matrix_loops.h"
}  // namespace avx2

namespace avx512 {
#if defined(__clang__)
#define LMZIP_FLOAT_TARGET [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq")]]
#else
#define LMZIP_FLOAT_TARGET [[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=512")]]
#endif
#define LMZIP_FLOAT_LANES 16
#define LMZIP_FLOAT_BLOCKS 2
#define LMZIP_FLOAT_BATCH 12
#include "kernels/float_matrix_loops.h"
}  // namespace avx512
#endif

std::vector<FloatMatrix> detect() {
  std::vector<FloatMatrix> found{{Isa::kScalar, plain::multiply, plain::attend}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back({Isa::kAvx2, avx2::multiply, avx2::attend});
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq")) {
    found.push_back({Isa::kAvx512, avx512::multiply, avx512::attend});
  }
#endif
  return found;
}

}  // namespace

PackedFloatMatrix::PackedFloatMatrix(int rows, int columns,
                                     const std::function<void(int row, std::span<float> out)>& read,
                                     std::span<const float> bias)
    : rows_((rows + kMatrixStep - 1) / kMatrixStep * kMatrixStep), columns_(columns) {
  const auto width = static_cast<size_t>(columns);
  weights_.resize(static_cast<size_t>(rows_) * width);
  if (!bias.empty()) {
    bias_.assign(bias.begin(), bias.end());
    bias_.resize(static_cast<size_t>(rows_));
  }
  std::vector<float> block(width * kMatrixStep);
  for (int first = 0; first < rows; first += kMatrixStep) {
    const int count = std::min(kMatrixStep, rows - first);
    for (int r = 0; r < count; ++r) read(first + r, {block.data() + static_cast<size_t>(r) * width, width});
    float* const packed = weights_.data() + static_cast<size_t>(first) * width;
    for (size_t c = 0; c < width; ++c) {
      for (int r = 0; r < count; ++r) packed[c * kMatrixStep + r] = block[static_cast<size_t>(r) * width + c];
    }
  }
}

void PackedFloatMatrix::row(int row, float* out) const {
  const auto width = static_cast<size_t>(columns_);
  const float* const from = weights_.data() + static_cast<size_t>(row / 16) * 16 * width + row % 16;
  for (size_t c = 0; c < width; ++c) out[c] = from[c * 16];
}

size_t float_cache_bytes(const AttentionShape& shape) {
  return sizeof(float) * 2 * static_cast<size_t>(shape.key_value_heads) * static_cast<size_t>(shape.slots) *
         static_cast<size_t>(shape.head_width);
}

void store_floats(const AttentionShape& shape, float* cache, int slot, const float* key, const float* value) {
  const auto width = static_cast<size_t>(shape.head_width), at = static_cast<size_t>(slot);
  const size_t head_floats = static_cast<size_t>(shape.slots) * width;
  float* const values = cache + static_cast<size_t>(shape.key_value_heads) * head_floats;
  for (size_t h = 0; h < static_cast<size_t>(shape.key_value_heads); ++h) {
    float* const keys = cache + h * head_floats + at / 16 * 16 * width + at % 16;
    for (size_t d = 0; d < width; ++d) keys[d * 16] = key[h * width + d];
    std::copy_n(value + h * width, width, values + h * head_floats + at * width);
  }
}

std::span<const FloatMatrix> available_float_matrix() {
  static const std::vector<FloatMatrix> found = detect();
  return found;
}

const FloatMatrix& float_matrix() { return best_within_bound(available_float_matrix()); }

}  // namespace lmzip::kernels
