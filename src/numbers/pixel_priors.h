// SPDX-License-Identifier: Apache-2.0
// Where the model of pixels begins: fitted to 32x64 grey pieces of photographs (ImageNet, training half).
#pragma once

#include <array>
#include <cstdint>

#include "numbers/moments.h"

namespace lmzip::numbers {

inline constexpr size_t kPixelTaps = 24;   ///< differences of neighbours that predict a pixel
inline constexpr size_t kNearTaps = 16;    ///< the nearer of them
inline constexpr size_t kSpreadTaps = 16;  ///< errors and differences nearby that predict the error
inline constexpr size_t kPixelGroups = 3, kPixelInputs = 25;

/// Weights, 16 fractional bits.
extern const std::array<int32_t, kPixelTaps> kPixelWeights;
extern const std::array<int32_t, kNearTaps> kNearWeights;
extern const Moments<kPixelTaps> kPixelMoments;

extern const std::array<int32_t, kSpreadTaps> kSpreadWeights;
extern const Moments<kSpreadTaps> kSpreadMoments;

/// Of the mixer's groups, 16 fractional bits.
extern const std::array<std::array<int32_t, kPixelInputs>, kPixelGroups> kPixelMixing;

}  // namespace lmzip::numbers
