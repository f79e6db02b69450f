// SPDX-License-Identifier: Apache-2.0
#include "predict/mix_predictor.h"

#include <vector>

#include "lmzip/error.h"

namespace lmzip::predict {
namespace {

struct Lane {
  std::vector<uint16_t> p1 = std::vector<uint16_t>(1 << 16, 1 << 15);
  uint32_t partial = 1, last = 0;
  FrequencyTable table;
};
class MixSession final : public Session {
 public:
  explicit MixSession(int lanes) : lanes_(lanes) {}
  int lanes() const override { return static_cast<int>(lanes_.size()); }
  const FrequencyTable& forecast(int lane) override {
    Lane& l = lanes_[lane];
    l.table.set_bit(l.p1[l.last << 8 | l.partial]);
    return l.table;
  }
  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& l = lanes_[i];
      uint16_t& p = l.p1[l.last << 8 | l.partial];
      p = static_cast<uint16_t>(next[i] ? p + ((65472 - p) >> 4) : p - ((p - 64) >> 4));
      l.partial = l.partial << 1 | next[i];
      if (l.partial >= 256) l.last = l.partial & 255, l.partial = 1;
    }
  }

 private:
  std::vector<Lane> lanes_;
};
class Mix final : public Predictor {
 public:
  explicit Mix(int level) {
    info_.spec = "mix:" + std::to_string(level);
    info_.alphabet = 2;
    info_.lane_bytes = sizeof(Lane) + (1 << 17);
  }
  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override { return std::make_unique<MixSession>(lanes); }

 private:
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_mix(int level) {
  if (level < kMixMinLevel || level > kMixMaxLevel) throw Error(ErrorKind::kUsage, "mix: level must be 1 to 9");
  return std::make_shared<Mix>(level);
}

}  // namespace lmzip::predict
