// SPDX-License-Identifier: Apache-2.0
// The models inside the program: models/default.safetensors, models/best.safetensors and their cards, as they were when
// the program was built.
#pragma once

#include <span>
#include <string_view>

#include "lmzip/bytes.h"

namespace lmzip::model {

struct EmbeddedModel {
  std::string_view name;
  ByteSpan weights;       ///< the file, from a multiple of 64 bytes on
  std::string_view card;  ///< empty if there was none
};

/// Those that there were, `default` first.
std::span<const EmbeddedModel> embedded_models();

/// Of that name; null if there was none.
const EmbeddedModel* embedded_model(std::string_view name);

}  // namespace lmzip::model
