// SPDX-License-Identifier: Apache-2.0
#include "predict/uniform_predictor.h"

#include "predict/lane_session.h"

namespace lmzip::predict {
namespace {

struct UniformModel {
  void forecast(FrequencyTable& table) const { table = FrequencyTable::uniform(256); }
  void advance(Symbol) {}
};

class UniformPredictor final : public Predictor {
 public:
  UniformPredictor() {
    info_.spec = "uniform";
    info_.lane_bytes = sizeof(FrequencyTable) + 257 * sizeof(uint32_t);
  }
  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override { return std::make_unique<LaneSession<UniformModel>>(lanes); }

 private:
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_uniform() { return std::make_shared<UniformPredictor>(); }

}  // namespace lmzip::predict
