// SPDX-License-Identifier: Apache-2.0
// Contexts for numbers: pixels by their neighbours, samples by linear prediction.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "mix/hash_list.h"
#include "mix/layout.h"
#include "mix/linear_predictor.h"

namespace lmzip::mix {

/// Learns, number by number, to predict data of a Layout. Idle while the layout is not numeric.
class NumericContexts {
 public:
  /// To be called after each byte, with the layout that the next byte is expected to follow.
  void byte_done(const std::vector<uint8_t>& history, const Layout& layout);

  /// Adds the contexts of the next byte. Precondition: layout.numeric(), the same as in byte_done().
  void hash(HashList& list, const std::vector<uint8_t>& history, const Layout& layout) const;

  static constexpr size_t kPredictors = 3;

  /// Writes kPredictors inputs for the next bit, given the bits of the current byte so far (with a leading one): what a
  /// logistic distribution around each prediction, as wide as its recent errors, says of the bit.
  void write_inputs(int32_t* inputs, uint32_t partial) const;

  /// Selects mixer weights: how large the prediction errors around here are, 0..15.
  uint32_t activity() const { return activity_; }
  /// The same for the next byte's prediction, 0..255.
  uint32_t predicted_byte() const { return predicted_byte_; }

 private:
  static constexpr size_t kInputs = 16;

  /// P(number < x) under predictor i, 16 bits.
  int32_t below(size_t i, int32_t x) const;
  void learn(int32_t truth);
  void predict_sample(const std::vector<uint8_t>& history, const Layout& layout);
  void predict_pixel(const std::vector<uint8_t>& history, const Layout& layout);
  void hash_samples(HashList& list, const std::vector<uint8_t>& history, const Layout& layout) const;
  void hash_pixels(HashList& list, const std::vector<uint8_t>& history, const Layout& layout) const;

  std::array<LinearPredictor, 2> linear_{LinearPredictor(kInputs, 16000), LinearPredictor(kInputs, 4000)};
  std::array<int32_t, kPredictors> prediction_{};  ///< of the number in progress, in its own range
  std::array<uint32_t, kPredictors> error_{};      ///< recent mean absolute errors, 16ths
  /// What the byte in progress is of its number, which decides what its bits mean.
  enum class Part : uint8_t { kWhole, kLow, kHigh };
  Part part_ = Part::kWhole;
  int32_t low_byte_ = 0;     ///< already known, when part_ is kHigh
  int32_t base_ = 0;         ///< what the linear predictors predict the distance from
  bool predicting_ = false;  ///< prediction_ belongs to the number in progress
  uint32_t activity_ = 0;
  uint32_t predicted_byte_ = 0;
};

}  // namespace lmzip::mix
