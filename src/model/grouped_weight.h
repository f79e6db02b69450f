// SPDX-License-Identifier: Apache-2.0
// Arrays of int8, groups of which share a scale: what llama2c.cc and imported.cc read.
#pragma once

#include "model/decoder.h"

namespace lmzip::model {

/// The weight whose number i is value i times scale i / group (float32, little-endian). `group` divides the number of
/// values; both arrays must live as long as they are read.
DecoderWeight grouped_weight(const TensorShape& array, ByteSpan values, ByteSpan scales, int64_t group);

}  // namespace lmzip::model
