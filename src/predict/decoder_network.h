// SPDX-License-Identifier: Apache-2.0
// The engine for pretrained checkpoints: a decoder's steps, the same bits on every machine.
#pragma once

#include <memory>

#include "model/decoder.h"
#include "predict/sequence_session.h"

namespace lmzip::predict {

/// What is computed with.
enum class DecoderProfile : uint8_t {
  kFloat,  ///< float32 in fixed order: the checkpoint as it is
  kInt8,   ///< matrices, keys and values rounded to int8, a scale for each row: several times faster, a little worse
};

/// Weights laid out for the kernels; immutable, shared by all networks over them. Widths are padded with zeros where
/// the kernels want multiples of 16.
class DecoderWeights;

/// Packs a checked decoder's weights on `threads`. Errors: kCorrupt for numbers that are not finite, naming the array;
/// kUnsupported for shapes that the profile cannot run; std::bad_alloc.
std::shared_ptr<const DecoderWeights> pack_decoder(const model::Decoder& decoder, DecoderProfile profile,
                                                   unsigned threads);

/// Bytes that the packed weights take, and one lane of a context.
uint64_t weight_bytes(const DecoderWeights& weights);
uint64_t lane_bytes(const DecoderWeights& weights);

/// A network over them. symbols() is the decoder's vocabulary. Positions of a lane must stay below the context: whoever
/// drives it restarts lanes (Restart), as SequenceSession does.
std::unique_ptr<SequenceNetwork> make_decoder_network(std::shared_ptr<const DecoderWeights> weights);

}  // namespace lmzip::predict
