// SPDX-License-Identifier: Apache-2.0
// The model inside the program: models/default.safetensors and its card, as they were when the program was built.
#pragma once

#include <string_view>

#include "lmzip/bytes.h"

namespace lmzip::model {

/// The weights, from a multiple of 64 bytes on; empty if there were none.
ByteSpan embedded_model();

/// The card; empty if there was none.
std::string_view embedded_card();

}  // namespace lmzip::model
