// SPDX-License-Identifier: Apache-2.0
// A predictor of bits, seen as one of bytes.
#pragma once

#include <memory>

#include "lmzip/predictor.h"

namespace lmzip::predict {

/// `bits` (an alphabet of 2, sessions that can mark() and rewind()) as a predictor over 256 bytes:
/// p(byte) = the product of its eight bits' probabilities along the way, highest bit first, the model learning at each.
/// Frequencies have a total of at most FrequencyTable::kMaxTotal, so the rarest bytes are a little likelier than the
/// model thinks. One forecast looks at all 255 places within a byte: some 30 times the work of coding it. It is for
/// those who must see whole bytes, as a sampler that keeps the likeliest ones.
std::shared_ptr<const Predictor> make_byte_view(std::shared_ptr<const Predictor> bits);

}  // namespace lmzip::predict
