// SPDX-License-Identifier: Apache-2.0
#include "mix/linear_predictor.h"

#include <algorithm>

namespace lmzip::mix {
namespace {

constexpr int64_t kWeightLimit = int64_t{1} << 20;  // 16; keeps every product far from overflow

}  // namespace

int32_t LinearPredictor::predict(std::span<const int32_t> inputs) {
  int64_t sum = 1 << 15;
  for (size_t i = 0; i < inputs.size(); ++i) {
    inputs_[i] = inputs[i];
    sum += int64_t{weights_[i]} * inputs[i];
  }
  prediction_ = static_cast<int32_t>(std::clamp<int64_t>(sum >> 16, -65536, 65536));
  return prediction_;
}

void LinearPredictor::learn(int32_t truth) {
  int64_t energy = 1;
  for (const int32_t x : inputs_) energy += int64_t{x} * x;
  const int64_t error = truth - prediction_;
  const int64_t gain = (error * rate_ << 14) / energy;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    weights_[i] = static_cast<int32_t>(
        std::clamp(weights_[i] + ((gain * inputs_[i] + (1 << 13)) >> 14), -kWeightLimit, kWeightLimit));
  }
}

}  // namespace lmzip::mix
