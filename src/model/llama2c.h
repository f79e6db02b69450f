// SPDX-License-Identifier: Apache-2.0
// How llama2.c's files are recognised.
#pragma once

#include "lmzip/bytes.h"

namespace lmzip::model {

/// Whether `file` begins as one: with the mark of its later versions or, for the first form has none, with seven sizes
/// that a network can have.
bool is_llama2c(ByteSpan file);

}  // namespace lmzip::model
