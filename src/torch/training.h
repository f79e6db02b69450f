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

/// Measures a network on about `bytes` bytes of `text`, from all over it (all of it if `bytes` is larger).
train::Validation validate(const Network& network, const train::ValidationText& text, uint64_t bytes,
                           ProgressSink& progress);

/// See train::Plugin::bits().
std::vector<double> measure_bits(const model::Model& model, std::span<const ByteSpan> sequences,
                                 ProgressSink& progress);

}  // namespace lmzip::torch_plugin
