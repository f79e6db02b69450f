// SPDX-License-Identifier: Apache-2.0
// Small networks that together have every part there is.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "model/model_file.h"
#include "model/random_model.h"

namespace lmzip::test {

struct LmShape {
  std::string name;  ///< letters and digits
  model::Architecture architecture;
};

inline std::ostream& operator<<(std::ostream& out, const LmShape& shape) { return out << shape.name; }

/// Networks over bytes.
inline std::vector<LmShape> lm_shapes() {
  using model::Mixer;
  using model::NgramContext;
  const model::Architecture paper{.width = 64,
                                  .layers = {Mixer::kAttention, Mixer::kAttention},
                                  .norm = model::Norm::kLayer,
                                  .feed = model::Feed::kGelu,
                                  .feed_width = 128,
                                  .context = 2048,
                                  .heads = 4,
                                  .key_value_heads = 4,
                                  .head_width = 16,
                                  .window = 2048,
                                  .tables = {}};
  const model::Architecture grouped{.width = 48,
                                    .layers = {Mixer::kAttention, Mixer::kAttention, Mixer::kAttention},
                                    .feed = model::Feed::kSwiGlu,
                                    .feed_width = 80,
                                    .tied = true,
                                    .convolution = true,
                                    .context = 128,
                                    .heads = 4,
                                    .key_value_heads = 2,
                                    .head_width = 32,
                                    .window = 64,
                                    .tables = {}};
  const model::Architecture recurrent{
      .width = 64,
      .layers = {Mixer::kRecurrence, Mixer::kRecurrence},
      .convolution = true,
      .state_width = 96,
      .tables = {NgramContext::kOrder2, NgramContext::kOrder4, NgramContext::kWord, NgramContext::kWordPair},
      .table_bits = 8,
      .table_width = 16};
  const model::Architecture mixed{.width = 32,
                                  .layers = {Mixer::kRecurrence, Mixer::kAttention},
                                  .feed = model::Feed::kSquaredRelu,
                                  .feed_width = 64,
                                  .context = 256,
                                  .heads = 2,
                                  .key_value_heads = 1,
                                  .head_width = 16,
                                  .window = 128,
                                  .state_width = 32,
                                  .tables = {}};
  model::Architecture pixels = recurrent;
  pixels.tables.clear();
  pixels.table_bits = pixels.table_width = 0;
  pixels.numbers = model::Numbers::kPixels;
  pixels.row = 24;
  model::Architecture samples = mixed;
  samples.numbers = model::Numbers::kSamples;
  model::Architecture whole = grouped;  // attention to the whole context, which ends
  whole.layers = {Mixer::kAttention};
  whole.context = whole.window;
  return {{"Paper", paper}, {"Grouped", grouped}, {"Recurrent", recurrent}, {"Mixed", mixed},
          {"Whole", whole}, {"Pixels", pixels},   {"Samples", samples}};
}

/// Networks over tokens: one of few symbols, one whose head is larger than the rest of it.
inline std::vector<LmShape> token_shapes() {
  using model::Mixer;
  const model::Architecture few{.vocabulary = 304,
                                .width = 32,
                                .layers = {Mixer::kRecurrence, Mixer::kAttention},
                                .feed = model::Feed::kSquaredRelu,
                                .feed_width = 64,
                                .tied = true,
                                .context = 64,
                                .heads = 2,
                                .key_value_heads = 1,
                                .head_width = 16,
                                .window = 64,
                                .state_width = 32,
                                .tables = {}};
  const model::Architecture many{.vocabulary = 5008,
                                 .width = 16,
                                 .layers = {Mixer::kRecurrence},
                                 .norm = model::Norm::kLayer,
                                 .convolution = true,
                                 .state_width = 16,
                                 .tables = {}};
  return {{"Tokens", few}, {"ManyTokens", many}};
}

inline std::vector<LmShape> all_shapes() {
  std::vector<LmShape> all = lm_shapes();
  for (LmShape& shape : token_shapes()) all.push_back(std::move(shape));
  return all;
}

inline std::shared_ptr<const model::Model> random_lm(const LmShape& shape) {
  return model::read_model(model::random_model(shape.architecture, 7));
}

}  // namespace lmzip::test
