// SPDX-License-Identifier: Apache-2.0
#include "predict/lm_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lmzip/error.h"
#include "predict/lm_network.h"
#include "predict/lm_weights.h"

namespace lmzip::predict {
namespace {

/// Lanes of a session share every pass over the weights, but each brings its keys and values into the caches. Measured
/// at a context of 2048 bytes, 1 MiB of L2 and 32 MiB of L3: with 64 KB of weights per layer 1 to 8 lanes of 1.3 MB are
/// equally fast and 16 are half as fast; with 800 KB per layer 2 lanes of 4.7 MB are the fastest and 4 lose a quarter.
constexpr size_t kLanesMemory = size_t{10} << 20;
constexpr size_t kMostLanes = 16;

/// A lane's part of a session's scratch memory, bytes: a rough upper bound. And what it has for each symbol of the
/// alphabet: logits and frequencies of 32 positions computed ahead, and one table.
constexpr uint64_t kLaneScratch = uint64_t{1} << 18;
constexpr uint64_t kSymbolScratch = 32 * 8 + 4;

class LmPredictor final : public Predictor {
 public:
  LmPredictor(std::shared_ptr<const model::Model> model, const LmOptions& options)
      : weights_(std::make_shared<const LmWeights>(std::move(model), static_cast<int>(options.width))),
        restart_(restart_of(weights_->shape(), options.chunk)) {
    info_.spec = fmt::format("lm:{}", options.name);
    if (options.chunk != 0) info_.spec += fmt::format(",chunk={}", options.chunk);
    if (options.width != 0) info_.spec += fmt::format(",width={}", options.width);
    info_.alphabet = static_cast<Symbol>(weights_->shape().vocabulary);
    info_.context_length = restart_.after;
    info_.parameter_bytes = weights_->model().file_bytes();
    info_.parameters = weights_->shape().parameters();
    info_.lane_bytes = weights_->lane_bytes + kLaneScratch + kSymbolScratch * info_.alphabet;
    info_.lane_bytes += restart_.after * sizeof(Symbol);  // read again
    info_.preferred_lanes =
        static_cast<unsigned>(std::clamp<size_t>(kLanesMemory / weights_->lane_bytes, 1, kMostLanes));
    info_.model_digest = weights_->model().digest();
  }

  const PredictorInfo& info() const override { return info_; }

  std::unique_ptr<Session> open(int lanes) const override {
    return open_sequences(std::make_unique<LmNetwork>(weights_), lanes, restart_);
  }

  const Tokenizer* tokenizer() const override { return weights_->model().tokenizer().get(); }

 private:
  std::shared_ptr<const LmWeights> weights_;
  Restart restart_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_lm(std::shared_ptr<const model::Model> model, const LmOptions& options) {
  if (options.width != 0 && model->architecture().numbers != model::Numbers::kPixels) {
    throw Error(ErrorKind::kUsage, "width= is for models of pixels");
  }
  return std::make_shared<const LmPredictor>(std::move(model), options);
}

}  // namespace lmzip::predict
