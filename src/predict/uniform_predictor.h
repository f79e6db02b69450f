// SPDX-License-Identifier: Apache-2.0
// `uniform`: the model that knows nothing. 8 bits per byte, the upper end of every comparison.
#pragma once

#include <memory>

#include "lmzip/predictor.h"

namespace lmzip::predict {

/// All 256 bytes equally likely, always. Portable.
std::shared_ptr<const Predictor> make_uniform();

}  // namespace lmzip::predict
