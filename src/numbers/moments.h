// SPDX-License-Identifier: Apache-2.0
// What a predictor that learns has seen before it begins.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lmzip::numbers {

/// Mean products of a predictor's inputs, in scales of its error, 8 fractional bits.
template <size_t kTaps>
using Moments = std::array<std::array<int16_t, kTaps>, kTaps>;

}  // namespace lmzip::numbers
