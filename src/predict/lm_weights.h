// SPDX-License-Identifier: Apache-2.0
// A quantised model, arranged for the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernels/attention.h"
#include "kernels/int8_matrix.h"
#include "model/model_file.h"
#include "model/ngram.h"
#include "model/number_context.h"
#include "predict/rotary.h"

namespace lmzip::predict {

/// Gain and offset of a norm; no offset with RMS norm.
struct NormWeights {
  std::span<const float> gain;
  std::span<const float> offset;
};

/// One layer. Matrices that read the same vector are one matrix, their rows behind each other.
struct LayerWeights {
  model::Mixer mixer;
  NormWeights mixer_norm;
  std::span<const float> taps;                       ///< of the convolution; empty without one
  std::optional<kernels::PackedMatrix> mixer_input;  ///< query, key, value; or candidate, forget, gate
  std::optional<kernels::PackedMatrix> mixer_output;
  NormWeights feed_norm;
  std::optional<kernels::PackedMatrix> feed_input;  ///< with SwiGLU gate and value; absent without a feed
  std::optional<kernels::PackedMatrix> feed_output;

  // Where the layer's part of a lane's memory begins, in bytes: multiples of 64.
  size_t past_offset = 0;   ///< the convolution's last three inputs, the newest first
  size_t state_offset = 0;  ///< keys and values, or the recurrent state
};

/// All weights of a model. Immutable; shared by all sessions.
class LmWeights {
 public:
  /// `model` must be quantised. `row`: pixels of a row, for a model of those; 0: as it was trained. Errors:
  /// kUnsupported when it is not.
  explicit LmWeights(std::shared_ptr<const model::Model> model, int row = 0);

  const model::Model& model() const { return *model_; }
  const model::Architecture& shape() const { return model_->architecture(); }

  model::QuantisedMatrix embedding;
  model::QuantisedMatrix tables;  ///< empty without tables
  std::optional<kernels::PackedMatrix> tables_project;
  std::optional<kernels::PackedMatrix> numbers_project;  ///< models of numbers only
  std::vector<LayerWeights> layers;
  NormWeights output_norm;
  std::optional<kernels::PackedMatrix> output;
  Rotary rotary;
  kernels::AttentionShape attention;  ///< of every attention layer
  model::NgramRows ngrams;            ///< of a stream that has not begun
  model::NumberContext numbers;       ///< the same
  size_t lane_bytes = 0;              ///< memory of a lane

 private:
  std::shared_ptr<const model::Model> model_;  ///< owns what the spans point to
};

}  // namespace lmzip::predict
