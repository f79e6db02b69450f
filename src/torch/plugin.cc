// SPDX-License-Identifier: Apache-2.0
// The plugin's door.
#include <torch/version.h>

#include "torch/decoder.h"
#include "torch/guarded.h"
#include "torch/stepper.h"
#include "torch/training.h"

namespace lmzip::torch_plugin {
namespace {

class TorchPlugin final : public train::Plugin {
 public:
  std::string version() const override { return "libtorch " TORCH_VERSION; }

  train::TrainingResult train(const train::TrainOptions& options, ProgressSink& progress,
                              train::TrainingListener& listener) const override {
    return guarded([&] { return train_model(options, progress, listener); });
  }

  std::vector<double> bits(const model::Model& model, std::span<const ByteSpan> sequences,
                           ProgressSink& progress) const override {
    return guarded([&] { return measure_bits(model, sequences, progress); });
  }

  std::shared_ptr<const Predictor> predictor(const model::Model& model, std::string_view name) const override {
    return guarded([&] { return make_stepper(model, name); });
  }

  std::shared_ptr<const predict::DecoderEngine> engine(const model::Decoder& decoder) const override {
    return make_decoder_engine(decoder, decoder_device());
  }
};

}  // namespace
}  // namespace lmzip::torch_plugin

extern "C" __attribute__((visibility("default"))) const lmzip::train::Plugin* lmzip_torch_plugin(uint32_t abi) {
  static const lmzip::torch_plugin::TorchPlugin plugin;
  return abi == lmzip::train::kPluginAbi ? &plugin : nullptr;
}
