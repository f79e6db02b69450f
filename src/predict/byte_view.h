// SPDX-License-Identifier: Apache-2.0
// A predictor of bits, seen as one of bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "lmzip/predictor.h"

namespace lmzip::predict {

/// What the probabilities of all bytes sum to, but for rounding. Times a frequency (at most 2^24) it still fits 64
/// bits.
inline constexpr uint64_t kCertain = uint64_t{1} << 39;

/// The probabilities of all bytes that may come next in a `lane` of `bits` (an alphabet of 2, at the start of a byte):
/// the product of eight bits' along the way, highest first, the model learning at each; then it is led back. That takes
/// fifty times the work of coding the byte. Errors: kUnsupported when it cannot go back.
std::array<uint64_t, 256> look_at_bytes(Session& bits, int lane);

/// `bits` (an alphabet of 2, sessions that can mark() and rewind()) as a predictor over 256 bytes:
/// p(byte) as look_at_bytes() finds it. Integers only, so as portable as `bits`. Frequencies have a total of at most
/// FrequencyTable::kMaxTotal, so the rarest bytes are a little likelier than the model thinks. It is for those who must
/// see whole bytes, as a sampler that keeps the likeliest ones.
///
/// info() is that of `bits` but for the alphabet and what is counted in symbols or lanes; its spec still makes `bits`.
/// Errors: kUsage when `bits` predicts other symbols. A predictor whose sessions cannot go back is found out by the
/// first forecast(), which throws kUnsupported.
std::shared_ptr<const Predictor> make_byte_view(std::shared_ptr<const Predictor> bits);

}  // namespace lmzip::predict
