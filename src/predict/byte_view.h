// SPDX-License-Identifier: Apache-2.0
// A predictor of bits, seen as one of bytes.
#pragma once

#include <memory>

#include "lmzip/predictor.h"

namespace lmzip::predict {

/// `bits` (an alphabet of 2, sessions that can mark() and rewind()) as a predictor over 256 bytes:
/// p(byte) = the product of its eight bits' probabilities along the way, highest bit first, the model learning at each.
/// Integers only, so as portable as `bits`. Frequencies have a total of at most FrequencyTable::kMaxTotal, so the
/// rarest bytes are a little likelier than the model thinks. One forecast looks at all 255 places within a byte: some
/// 50 times the work of coding it, as most of them surprise the model, which learns most from that. It is for those who
/// must see whole bytes, as a sampler that keeps the likeliest ones.
///
/// info() is that of `bits` but for the alphabet and what is counted in symbols or lanes; its spec still makes `bits`.
/// Errors: kUsage when `bits` predicts other symbols. A predictor whose sessions cannot go back is found out by the
/// first forecast(), which throws kUnsupported.
std::shared_ptr<const Predictor> make_byte_view(std::shared_ptr<const Predictor> bits);

}  // namespace lmzip::predict
