// SPDX-License-Identifier: Apache-2.0
// What tests of codecs take for trained models and for libtorch.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "lmzip/registry.h"
#include "model/model_file.h"
#include "model/random_model.h"
#include "model/vocabulary_readers.h"
#include "predict/uniform_predictor.h"
#include "unit/predict/decoder_shapes.h"

namespace lmzip::test {

/// A decoder of two layers over bytes below 200 and some words.
inline std::shared_ptr<const model::Decoder> small_checkpoint(std::string_view) {
  model::ByteLevelTokens tokens;
  for (unsigned byte = 0; byte < 200; ++byte) tokens.tokens.push_back({static_cast<uint8_t>(byte)});
  for (const Bytes& word : {Bytes{'t', 'h'}, Bytes{'i', 'n'}, Bytes{' ', 't'}}) {
    tokens.merges.emplace_back(Bytes{word[0]}, Bytes{word[1]});
    tokens.tokens.push_back(word);
  }
  model::DecoderShape shape = decoder_shapes().front().shape;
  shape.vocabulary = static_cast<int>(tokens.tokens.size());
  auto decoder = std::make_shared<model::Decoder>(random_decoder(shape));
  decoder->vocabulary = model::make_byte_level(std::move(tokens));
  decoder->file_bytes = 4 * shape.parameters();
  return decoder;
}

/// One small model under every name but "tokens", which is one of those; and for `torch` something that predicts.
inline CodecSources sources() {
  const auto small_model = [](std::string_view name) {
    model::Architecture architecture;
    if (name == "tokens") architecture.vocabulary = 1024;
    architecture.width = architecture.state_width = 16;
    architecture.layers = {model::Mixer::kRecurrence};
    return model::read_model(model::random_model(architecture, 1));
  };
  CodecSources all;
  all.model = small_model;
  all.torch = [](auto, std::string_view) { return predict::make_uniform(); };
  all.checkpoint = small_checkpoint;
  return all;
}

}  // namespace lmzip::test
