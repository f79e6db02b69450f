// SPDX-License-Identifier: Apache-2.0
// The plugin's door: what libtorch throws becomes lmzip's Error here.
#include <c10/util/Exception.h>
#include <torch/version.h>

#include "lmzip/error.h"
#include "torch/training.h"

namespace lmzip::torch_plugin {
namespace {

class TorchTrainer final : public train::Trainer {
 public:
  std::string version() const override { return "libtorch " TORCH_VERSION; }

  train::TrainingResult train(const train::TrainOptions& options, ProgressSink& progress,
                              train::TrainingListener& listener) const override {
    try {
      return train_model(options, progress, listener);
    } catch (const c10::Error& error) {
      throw Error(ErrorKind::kUnsupported, std::string("libtorch: ") + error.what_without_backtrace());
    }
  }
};

}  // namespace
}  // namespace lmzip::torch_plugin

extern "C" __attribute__((visibility("default"))) const lmzip::train::Trainer* lmzip_torch_plugin(uint32_t abi) {
  static const lmzip::torch_plugin::TorchTrainer trainer;
  return abi == lmzip::train::kPluginAbi ? &trainer : nullptr;
}
