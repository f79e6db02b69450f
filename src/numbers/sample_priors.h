// SPDX-License-Identifier: Apache-2.0
// Where the model of sound begins: fitted to English speech (LibriSpeech, training half).
#pragma once

#include <array>
#include <cstdint>

namespace lmzip::numbers {

/// Mean products of samples 0 to 32 apart, each in scales of the prediction's error, 12 fractional bits.
using Autocovariance = std::array<int32_t, 33>;
/// Of samples with 8 bits and of longer ones.
extern const std::array<Autocovariance, 2> kSpeech;

}  // namespace lmzip::numbers
