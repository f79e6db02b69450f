// SPDX-License-Identifier: Apache-2.0
#include "predict/guided_predictor.h"

#include <fmt/format.h>

#include <utility>

#include "lmzip/error.h"
#include "mix/model.h"
#include "mix/text_detector.h"
#include "predict/guided_session.h"
#include "predict/lm_network.h"
#include "predict/lm_weights.h"
#include "predict/mix_predictor.h"

namespace lmzip::predict {
namespace {

/// Open for text, as the model's own ear is.
class TextEar {
 public:
  bool hears() const { return detector_.text(); }
  void add(uint8_t byte) { detector_.add(byte); }

 private:
  mix::TextDetector detector_;
};

class GuidedPredictor final : public Predictor {
 public:
  GuidedPredictor(std::shared_ptr<const model::Model> model, const GuidedOptions& options)
      : weights_(std::make_shared<const LmWeights>(std::move(model))),
        restart_(restart_of(weights_->shape(), 0)),
        level_(options.level) {
    if (weights_->shape().vocabulary != model::kVocabulary) {
      throw Error(ErrorKind::kUnsupported, "its symbols are tokens; mixing needs a model of bytes");
    }
    if (weights_->shape().numbers != model::Numbers::kNone) {
      throw Error(ErrorKind::kUnsupported, "it has learnt numbers, not text");
    }
    info_.spec = fmt::format("mix:{},model={}", options.level, options.name);
    info_.alphabet = 2;
    info_.parameter_bytes = weights_->model().file_bytes();
    info_.parameters = weights_->shape().parameters();
    info_.lane_bytes = mix::guided_model_bytes(level_) + weights_->lane_bytes + kScratch;
    info_.bytes_per_byte = 2;  // the history, a growing vector
    info_.model_digest = weights_->model().digest();
  }

  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    auto session = std::make_unique<GuidedSession<mix::GuidedModel, TextEar>>(
        std::make_unique<LmNetwork>(weights_), lanes, restart_,
        [level = level_] { return mix::make_guided_model(level); }, TextEar());
    session->guess_ahead();
    return session;
  }

 private:
  /// A guesser and a network's scratch: roughly and at most.
  static constexpr uint64_t kScratch = uint64_t{2} << 20;

  std::shared_ptr<const LmWeights> weights_;
  Restart restart_;
  int level_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_guided(std::shared_ptr<const model::Model> model, const GuidedOptions& options) {
  if (options.level < kMixMinLevel || options.level > kMixMaxLevel) {
    throw Error(ErrorKind::kUsage,
                fmt::format("mix: level {}, not {} to {}", options.level, kMixMinLevel, kMixMaxLevel));
  }
  return std::make_shared<GuidedPredictor>(std::move(model), options);
}

}  // namespace lmzip::predict
