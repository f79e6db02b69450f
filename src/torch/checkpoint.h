// SPDX-License-Identifier: Apache-2.0
// A training, kept on disk: all that decides how it goes on. The file is a safetensors file whose metadata is JSON.
#pragma once

#include <cstdint>
#include <string>

#include "torch/network.h"
#include "torch/optimiser.h"
#include "train/batches.h"
#include "train/schedule.h"

namespace lmzip::torch_plugin {

/// The numbers of a training that are no tensors.
struct Progress {
  train::Used used;            ///< from all runs
  train::Used schedule_start;  ///< what was used when the present budget began
  train::Budget budget;
  std::string precision;  ///< "float32" or "bfloat16"
  std::string tokenizer;  ///< XXH3-128 of its merges; empty: bytes
};

struct Checkpointed {
  Progress& progress;
  Network& network;
  Optimiser& optimiser;
  CarriedState& carried;
};

/// Writes it to `path`, whole or not at all. Errors: kIo.
void save_checkpoint(const std::string& path, const Checkpointed& state, const train::Sampler& sampler);

/// A checkpoint file, read and checked as a file; load() fits it onto a training.
class CheckpointFile {
 public:
  /// Errors: kIo; kCorrupt; kUnsupported when it is no checkpoint of this version. They climb with `path`.
  explicit CheckpointFile(const std::string& path);
  ~CheckpointFile();

  const Progress& progress() const;
  /// An architecture with more layers behind those of the checkpoint, or more bits in its tables, begins as the network
  /// that was: new layers change nothing until they have learned, and a table's row becomes several alike. Errors:
  /// kUsage when it is of any other architecture, tokenizer or optimiser than `state`; kCorrupt.
  void load(const Checkpointed& state, train::Sampler& sampler) const;

 private:
  struct Contents;
  std::unique_ptr<const Contents> contents_;
  std::string path_;
};

/// The float model file of a network (FORMAT.md), whole or not at all; `tokenizer` is null for models of bytes.
/// Errors: kIo.
void save_model(const std::string& path, const Network& network, const model::BpeTokenizer* tokenizer);

}  // namespace lmzip::torch_plugin
