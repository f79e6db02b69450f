// SPDX-License-Identifier: Apache-2.0
// What a network of numbers is told of those around the next one. One definition for trainer and engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/architecture.h"

namespace lmzip::model {

/// Follows one stream of pixels (a picture's rows from the top, each from the left) or of samples, one byte each
/// (unsigned, 128 is silence). Integers only.
class NumberContext {
 public:
  static constexpr size_t kFeatures = 64;
  /// A feature stands for so many of these.
  static constexpr float kFeatureUnit = 1.0F / 32;

  /// `row`: pixels in a row; of no matter to samples.
  NumberContext(Numbers numbers, int row);

  /// Feeds the next number.
  void advance(uint8_t value);

  /// A plain guess of the next number. What networks forecast is the distance from here, modulo 256.
  uint8_t centre() const { return centre_; }

  /// What there is to know, -127..127 each: distances of earlier numbers from the centre, on a linear scale (clipped)
  /// and as square roots, and logarithms of how far apart they are.
  void features(std::span<int8_t, kFeatures> features) const;

 private:
  int32_t back(size_t distance) const { return history_[(count_ - distance) & (history_.size() - 1)]; }
  /// The pixel `up` rows higher and `right` columns to the right; `otherwise` where there is none.
  int32_t pixel(int32_t up, int32_t right, int32_t otherwise) const;
  int32_t sample(size_t distance) const { return distance <= count_ ? back(distance) : 128; }
  void find_centre();
  void pixel_features(std::span<int8_t, kFeatures> features) const;
  void sample_features(std::span<int8_t, kFeatures> features) const;

  Numbers numbers_;
  size_t row_;
  std::vector<uint8_t> history_;  ///< a ring; its size is a power of two
  size_t count_ = 0;              ///< numbers so far
  size_t column_ = 0, rows_ = 0;  ///< of the next pixel
  uint8_t centre_ = 128;
  int32_t beside_ = 128;  ///< stands for pixels that are not there
  int32_t median_ = 128;  ///< the median edge detector's guess
};

}  // namespace lmzip::model
