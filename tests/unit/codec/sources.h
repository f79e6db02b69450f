// SPDX-License-Identifier: Apache-2.0
// What tests of codecs take for trained models and for libtorch.
#pragma once

#include <string_view>

#include "lmzip/registry.h"
#include "model/model_file.h"
#include "model/random_model.h"
#include "predict/uniform_predictor.h"

namespace lmzip::test {

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
  return all;
}

}  // namespace lmzip::test
