// SPDX-License-Identifier: Apache-2.0
// Untrained models: for tests and measurements of speed.
#pragma once

#include <cstdint>

#include "lmzip/bytes.h"
#include "model/architecture.h"

namespace lmzip::model {

/// The file of a float model with random weights of such sizes that every part has a say: logits differ by about two
/// from symbol to symbol; the merges of a model of tokens make pieces of words and numbers. The same bytes on every
/// machine.
Bytes random_float_model(const Architecture& architecture, uint64_t seed);

/// The same, quantised.
Bytes random_model(const Architecture& architecture, uint64_t seed);

}  // namespace lmzip::model
