// SPDX-License-Identifier: Apache-2.0
// What the libtorch plugin (src/torch) offers, and how it is found: the one symbol below. Program and plugin come from
// the same tree and compiler; the number says so.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/predictor.h"
#include "lmzip/progress.h"
#include "model/model_file.h"
#include "train/options.h"

namespace lmzip::model {
struct Decoder;  // src/model/decoder.h
}  // namespace lmzip::model

namespace lmzip::predict {
class DecoderEngine;  // src/predict/decoder_network.h
}  // namespace lmzip::predict

namespace lmzip::train {

/// Rises whenever anything in this header or what it includes changes.
inline constexpr uint32_t kPluginAbi = 7;
inline constexpr char kPluginSymbol[] = "lmzip_torch_plugin";
inline constexpr char kPluginFile[] = "liblmzip-torch.so";

/// Bits per byte of one validation text.
struct Validation {
  std::string name;
  uint64_t bytes = 0;  ///< measured
  double cold = 0;     ///< in independent chunks of 2048 bytes
  double running = 0;  ///< with a context that runs on; 0 for models with attention
};

struct TrainingState {
  uint64_t step = 0;
  uint64_t bytes = 0;
  double seconds = 0;           ///< of wall time, from all runs
  double fraction = 0;          ///< of the budget
  double loss = 0;              ///< of the last update, bits per byte
  double rate_factor = 0;       ///< of all learning rates
  double bytes_per_second = 0;  ///< of late
  double remaining = 0;         ///< s, estimated
};

/// Hears of a training while it runs, on the thread that trains.
class TrainingListener {
 public:
  virtual ~TrainingListener() = default;
  virtual void trained(const TrainingState& state) = 0;  ///< after each update
  virtual void validated(const TrainingState& state, const std::vector<Validation>& results) = 0;
  virtual void noted(const std::string& text) = 0;  ///< a line worth showing
};

struct TrainingResult {
  TrainingState state;
  std::vector<Validation> validation;
  bool stopped = false;  ///< by request, before the budget was used
};

class Plugin {
 public:
  virtual ~Plugin() = default;
  /// "libtorch 1.13.1"
  virtual std::string version() const = 0;
  /// Trains until the budget is used or `progress` is asked to stop; both end with a checkpoint and the model written.
  /// Errors: kUsage, kIo, kCorrupt (a checkpoint), kUnsupported (no such device), kLimit: the loss is no longer finite
  /// (then the files hold the state of the last checkpoint).
  virtual TrainingResult train(const TrainOptions& options, ProgressSink& progress,
                               TrainingListener& listener) const = 0;

  /// What each of `sequences`, read from the start, costs under the float network, in bits; in float32, on one thread,
  /// a quantised model as the floats it stands for. Not bit for bit the same everywhere: for reports. Errors: kUsage
  /// for a sequence longer than the context of a model with attention.
  virtual std::vector<double> bits(const model::Model& model, std::span<const ByteSpan> sequences,
                                   ProgressSink& progress) const = 0;

  /// The host-bound predictor "torch:NAME" (src/torch/stepper.h).
  virtual std::shared_ptr<const Predictor> predictor(const model::Model& model, std::string_view name) const = 0;

  /// What runs "checkpoint:NAME,engine=torch" (src/torch/decoder.h).
  virtual std::shared_ptr<const predict::DecoderEngine> engine(const model::Decoder& decoder) const = 0;
};

}  // namespace lmzip::train

/// The plugin, or null when `abi` is not its kPluginAbi.
extern "C" const lmzip::train::Plugin* lmzip_torch_plugin(uint32_t abi);
