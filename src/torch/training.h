// SPDX-License-Identifier: Apache-2.0
// The loop that trains.
#pragma once

#include <span>
#include <vector>

#include "torch/network.h"
#include "train/data.h"
#include "train/trainer.h"

namespace lmzip::torch_plugin {

/// See train::Plugin::train().
train::TrainingResult train_model(const train::TrainOptions& options, ProgressSink& progress,
                                  train::TrainingListener& listener);

struct Measured {
  const Network& network;
  const model::BpeTokenizer* tokenizer = nullptr;  ///< null: bytes
};

/// Measures a network on about `bytes` bytes of `text`, from all over it (all of it if `bytes` is larger). Every piece
/// of text that is measured for itself, 2048 bytes or what runs on, is tokenized for itself.
train::Validation validate(const Measured& measured, const train::ValidationText& text, uint64_t bytes,
                           ProgressSink& progress);

/// See train::Plugin::bits().
std::vector<double> measure_bits(const model::Model& model, std::span<const ByteSpan> sequences,
                                 ProgressSink& progress);

}  // namespace lmzip::torch_plugin
