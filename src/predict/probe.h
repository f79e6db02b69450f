// SPDX-License-Identifier: Apache-2.0
// How host-bound predictors tell whether a machine computes as another did.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lmzip/predictor.h"

namespace lmzip::predict {

/// What is forecast for this text, on this machine, is the probe digest.
inline constexpr std::string_view kProbe =
    "The same network, on another machine, rounds in another order; one bit of one forecast loses the rest of a "
    "file.\n";

/// XXH3-64, in 16 hexadecimal digits, of the forecasts of a fresh session of one lane before each of `symbols`.
std::string probe_digest(Session& session, std::span<const Symbol> symbols);

}  // namespace lmzip::predict
