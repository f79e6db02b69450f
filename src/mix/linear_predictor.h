// SPDX-License-Identifier: Apache-2.0
// Adaptive linear prediction of numbers from earlier ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmzip::mix {

/// Normalised least mean squares in integers (Widrow & Hoff 1960): weights with 16 fractional bits move along the
/// inputs in proportion to the error.
class LinearPredictor {
 public:
  /// `rate`: share of the error corrected by one step, 65536ths.
  LinearPredictor(size_t inputs, int32_t rate) : rate_(rate), weights_(inputs), inputs_(inputs) {}

  /// Predicts from `inputs` (|x| <= 32768; as many as at construction) and remembers them for learn().
  int32_t predict(std::span<const int32_t> inputs);

  /// Tells what the predicted number was.
  void learn(int32_t truth);

 private:
  int32_t rate_;
  int32_t prediction_ = 0;
  std::vector<int32_t> weights_;
  std::vector<int32_t> inputs_;
};

}  // namespace lmzip::mix
