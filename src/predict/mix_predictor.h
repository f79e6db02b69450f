// SPDX-License-Identifier: Apache-2.0
// `mix`: the adaptive context-mixing model of src/mix behind the Predictor interface.
#pragma once

#include <memory>

#include "lmzip/predictor.h"
#include "mix/model.h"

namespace lmzip::predict {

inline constexpr int kMixMinLevel = mix::kMinLevel;
inline constexpr int kMixMaxLevel = mix::kMaxLevel;
inline constexpr int kMixDefaultLevel = 5;

/// The model of `level` (kMixMinLevel..kMixMaxLevel): a bit predictor, portable, without parameters.
/// Errors: kUsage for another level.
std::shared_ptr<const Predictor> make_mix(int level);

}  // namespace lmzip::predict
