// SPDX-License-Identifier: Apache-2.0
// `checkpoint:NAME`: a pretrained transformer of somebody else's, run by our own engine or another.
#pragma once

#include <memory>
#include <string>

#include "lmzip/predictor.h"
#include "model/decoder.h"
#include "predict/decoder_network.h"

namespace lmzip::predict {

struct CheckpointOptions {
  std::string name;                             ///< stands in info().spec, and so in file headers
  std::shared_ptr<const DecoderEngine> engine;  ///< made of the same decoder
  uint64_t top = 0;                             ///< as in TokenRules
};

/// A predictor, as portable as its engine, over the decoder's tokens, two symbols each (token_code.h). When a block
/// goes beyond the context, the context begins anew with its last quarter read again. Errors: kUnsupported without a
/// vocabulary, or with one that does not fit the network.
std::shared_ptr<const Predictor> make_checkpoint(const model::Decoder& decoder, const CheckpointOptions& options);

}  // namespace lmzip::predict
