// SPDX-License-Identifier: Apache-2.0
// How a row of floats becomes int8: the definition, in the form of loops. Private to this room.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/exp2.h"
#include "kernels/int8_matrix.h"

namespace lmzip::kernels {

/// What turns a row whose largest magnitude is m into int8, and back.
struct RowScale {
  float scale;    ///< m / 127, or 0 for rows of next to nothing
  float inverse;  ///< 127 / m, or 0
};

/// What is kept of a row besides its values.
struct RowSum {
  float scale;
  int32_t sum;  ///< of the quantised values
};

LMZIP_INLINE RowScale row_scale(float largest) {
  if (largest < kTinyRow) return {0.0f, 0.0f};
  return {largest / 127.0f, 127.0f / largest};
}

LMZIP_INLINE float largest_magnitude(const float* x, int size) {
  float largest = 0.0f;
  for (int i = 0; i < size; ++i) largest = std::max(largest, std::fabs(x[i]));
  return largest;
}

/// Within -127..127: |x * inverse| may exceed 127 by two roundings, never by a half.
LMZIP_INLINE int32_t quantised(float x, float inverse) { return round_to_int(x * inverse); }

}  // namespace lmzip::kernels
