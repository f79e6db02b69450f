// SPDX-License-Identifier: Apache-2.0
// The engine for pretrained checkpoints: a decoder's steps, the same bits on every machine.
#pragma once

#include <memory>
#include <string>

#include "lmzip/predictor.h"
#include "model/decoder.h"
#include "predict/sequence_session.h"

namespace lmzip::predict {

/// What runs a decoder: the engine of this room, or libtorch (src/torch/decoder.h). Immutable and thread-safe.
class DecoderEngine {
 public:
  virtual ~DecoderEngine() = default;
  /// A network over the shared weights, for one thread. Positions of a lane must stay below the context: whoever drives
  /// it restarts lanes (Restart).
  virtual std::unique_ptr<SequenceNetwork> open() const = 0;
  virtual uint64_t lane_bytes() const = 0;
  virtual Numerics numerics() const = 0;
  /// What it adds to a spec, comma first; empty for the usual engine.
  virtual std::string options() const = 0;
};

/// What is computed with.
enum class DecoderProfile : uint8_t {
  kFloat,  ///< float32 in fixed order: the checkpoint as it is
  kInt8,   ///< matrices, keys and values rounded to int8, a scale for each row: several times faster, a little worse
};

/// Weights laid out for the kernels; immutable, shared by all networks over them. Widths are padded with zeros where
/// the kernels want multiples of 16.
class DecoderWeights;

/// Packs a checked decoder's weights on `threads`. Errors: kCorrupt for numbers that are not finite, naming the array;
/// kUnsupported for numbers beyond 2^16, which no real checkpoint has; std::bad_alloc. GPT-2 small takes 0.35 seconds
/// of one core in int8.
std::shared_ptr<const DecoderWeights> pack_decoder(const model::Decoder& decoder, DecoderProfile profile,
                                                   unsigned threads);

/// Bytes that the packed weights take, and one lane of a context.
uint64_t weight_bytes(const DecoderWeights& weights);
uint64_t lane_bytes(const DecoderWeights& weights);

/// A network over them, for one thread: callers run several over the same weights. A layer's weights are read once for
/// all lanes of a call, up to 64: with few lanes memory is the bound (GPT-2 small's 128 MB a call), with many the
/// products, then keys and values (in int8 5.0 MB a token of GPT-2 small at position 256). Measured around position
/// 256, logits included, in tokens a second of CPU time on one Zen 5 core of a busy machine
/// (tests/bench/decoder_bench.cc):
///   GPT-2 small, int8: 1,200 with 24 lanes; 960 with 12 lanes beside another network of 12 on the other core
///   stories260K: with 16 lanes int8 83,000, float 31,000; with 8 lanes beside 8 int8 90,000, float 40,000
/// Memory of GPT-2 small in int8: 128 MB and 20 MB for each lane, so 610 MB with 24 of them.
///
/// A lane's keys and values cover its context, or 65536 positions of a longer one: global layers see the last so many.
/// symbols() is the decoder's vocabulary. Positions of a lane must stay below the context: whoever drives it restarts
/// lanes (Restart), as SequenceSession does.
std::unique_ptr<SequenceNetwork> make_decoder_network(std::shared_ptr<const DecoderWeights> weights);

/// The engine of this room over pack_decoder()'s weights.
std::shared_ptr<const DecoderEngine> make_portable_engine(const model::Decoder& decoder, DecoderProfile profile,
                                                          unsigned threads);

}  // namespace lmzip::predict
