// SPDX-License-Identifier: Apache-2.0
#include "predict/guided_predictor.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "lmzip/error.h"
#include "mix/model.h"
#include "mix/text_detector.h"
#include "predict/lm_network.h"
#include "predict/lm_weights.h"
#include "predict/mix_predictor.h"
#include "predict/sequence_reader.h"

namespace lmzip::predict {
namespace {

constexpr Symbol kStart = 0;  // the network's input before the first byte

/// The network reads bytes, the mixing bits. The network is asked of bytes of text only, and reads only those.
class GuidedSession final : public Session {
 public:
  GuidedSession(std::unique_ptr<SequenceNetwork> network, int level, int lanes, Restart restart)
      : reader_(std::move(network), lanes, restart, kStart,
                {model::kVocabulary, [&kernel = kernels::elementwise()](const float* logits, uint32_t* frequencies) {
                   kernel.frequencies(logits, model::kVocabulary, frequencies);
                 }}) {
    reader_.guess_ahead();
    for (int i = 0; i < lanes; ++i) lanes_.emplace_back(mix::make_guided_model(level));
  }

  int lanes() const override { return reader_.lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = listening(lane);
    chosen.table.set_bit(chosen.model->p1());
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& lane = listening(static_cast<int>(i));
      lane.partial = lane.partial << 1 | next[i];
      if (lane.partial >= 256 && lane.model->detector().text()) reader_.feed(static_cast<int>(i), lane.partial & 255);
      lane.model->update(static_cast<int>(next[i]));
      if (lane.partial < 256) continue;
      lane.partial = 1;
      lane.asked = false;
    }
  }

  void foresee(int lane, std::span<const Symbol> upcoming) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    chosen.upcoming.clear();
    Symbol partial = chosen.partial;
    mix::TextDetector detector = chosen.model->detector();
    for (const Symbol bit : upcoming) {
      partial = partial << 1 | bit;
      if (partial < 256) continue;
      if (detector.text()) chosen.upcoming.push_back(partial & 255);
      detector.add(static_cast<uint8_t>(partial & 255));
      partial = 1;
    }
    reader_.foresee(lane, chosen.upcoming);
  }

  void mark(int lane) override {
    Lane& chosen = listening(lane);
    chosen.marks.push_back(chosen.partial);
    chosen.model->mark();
  }

  void rewind(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    chosen.model->rewind();
    chosen.partial = chosen.marks.back();
    chosen.marks.pop_back();
  }

 private:
  struct Lane {
    explicit Lane(std::unique_ptr<mix::GuidedModel> made) : model(std::move(made)) {}

    std::unique_ptr<mix::GuidedModel> model;
    bool asked = false;            ///< of the present byte, if it is to be
    Symbol partial = 1;            ///< its bits so far, with a leading one
    std::vector<Symbol> marks;     ///< partial at each
    std::vector<Symbol> upcoming;  ///< bytes
    FrequencyTable table;
  };

  Lane& listening(int lane) {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (!chosen.asked) {
      if (chosen.model->detector().text()) chosen.model->expect(reader_.weights(lane).first<model::kVocabulary>());
      chosen.asked = true;
    }
    return chosen;
  }

  SequenceReader reader_;
  std::vector<Lane> lanes_;
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
    return std::make_unique<GuidedSession>(std::make_unique<LmNetwork>(weights_), level_, lanes, restart_);
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
