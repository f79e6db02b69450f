// SPDX-License-Identifier: Apache-2.0
#include "predict/mix_predictor.h"

#include <string>

#include "lmzip/error.h"
#include "mix/model.h"
#include "predict/lane_session.h"

namespace lmzip::predict {
namespace {

class MixLane {
 public:
  explicit MixLane(int level) : model_(mix::make_model(level)) {}
  void forecast(FrequencyTable& table) const { table.set_bit(model_->p1()); }
  void advance(Symbol bit) { model_->update(static_cast<int>(bit)); }
  void mark() { model_->mark(); }
  void rewind() { model_->rewind(); }

 private:
  std::unique_ptr<mix::Model> model_;
};

class MixPredictor final : public Predictor {
 public:
  explicit MixPredictor(int level) : level_(level) {
    info_ = {.spec = "mix:" + std::to_string(level),
             .alphabet = 2,
             .lane_bytes = mix::model_bytes(level),
             .bytes_per_byte = 2};  // the history, a growing vector
  }

  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override {
    return std::make_unique<LaneSession<MixLane>>(lanes, level_);
  }

 private:
  int level_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_mix(int level) {
  if (level < kMixMinLevel || level > kMixMaxLevel) {
    throw Error(ErrorKind::kUsage, "mix: level " + std::to_string(level) + ", not " + std::to_string(kMixMinLevel) +
                                       " to " + std::to_string(kMixMaxLevel));
  }
  return std::make_shared<MixPredictor>(level);
}

}  // namespace lmzip::predict
