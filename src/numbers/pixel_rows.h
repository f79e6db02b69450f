// SPDX-License-Identifier: Apache-2.0
// What is known around the next number of a picture.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace lmzip::numbers {

/// The last rows of a picture of unknown height, channels side by side: numbers, the errors of `kLanes` predictions of
/// each, and what the best prediction left. Beyond the edges stands what a reader can know: the nearest number of the
/// row above or, in the first row, the last number.
template <size_t kLanes>
class PixelRows {
 public:
  static constexpr size_t kMargin = 4;  ///< pixels to either side

  /// `middle`: what the first number is likeliest near; `error`: of the predictions of it.
  PixelRows(size_t width, size_t channels, int32_t middle, uint16_t error)
      : width_(width), channels_(channels), stride_((width + 2 * kMargin) * channels) {
    for (auto& row : numbers_) row.assign(stride_, middle);
    for (auto& row : errors_) row.assign(stride_ * kLanes, error);
    for (auto& row : residuals_) row.assign(stride_, 0);
  }

  static constexpr uint64_t bytes_a_number() { return 4 * sizeof(int32_t) + 3 * kLanes * sizeof(uint16_t) + 2 * 4; }

  size_t channels() const { return channels_; }
  size_t column() const { return column_; }
  size_t channel() const { return channel_; }
  uint64_t row() const { return row_; }

  /// Of the place of the next number, in the row `above` it (0: its own): pointers from which neighbours are one pixel,
  /// channels() numbers, apart. above: 0..3, 0..2, 0..1.
  const int32_t* numbers(size_t above) const { return numbers_[above].data() + place(); }
  const uint16_t* errors(size_t above) const { return errors_[above].data() + place() * kLanes; }
  const int32_t* residuals(size_t above) const { return residuals_[above].data() + place(); }

  /// Where the errors at this place go, before push().
  uint16_t* errors() { return errors_[0].data() + place() * kLanes; }

  /// The number was this one.
  void push(int32_t number, int32_t residual) {
    const size_t at = place();
    numbers_[0][at] = number;
    residuals_[0][at] = residual;
    if (row_ == 0) fill_above(at);
    if (++channel_ < channels_) return;
    channel_ = 0;
    if (++column_ < width_) return;
    column_ = 0;
    begin_row();
  }

 private:
  size_t place() const { return (kMargin + column_) * channels_ + channel_; }

  void copy(std::vector<uint16_t>& to, size_t at, const std::vector<uint16_t>& from, size_t source) {
    std::memcpy(&to[at * kLanes], &from[source * kLanes], kLanes * sizeof(uint16_t));
  }

  /// There is nothing above the first row: as if all above were what has come so far.
  void fill_above(size_t at) {
    const int32_t number = numbers_[0][at];
    for (size_t i = 1; i <= kMargin; ++i) {
      const size_t right = at + i * channels_;
      if (right >= stride_) break;
      for (size_t above = 1; above < 4; ++above) numbers_[above][right] = number;
      if (i > 2) continue;
      for (size_t above = 1; above < 3; ++above) copy(errors_[above], right, errors_[0], at);
    }
    if (column_ == 0) {
      for (size_t above = 0; above < 4; ++above) {
        for (size_t i = above == 0; i <= kMargin; ++i) numbers_[above][at - i * channels_] = number;
      }
    }
    if (column_ > 1) return;
    for (size_t i = column_ + 1; i <= column_ + 2; ++i) {
      for (auto& row : errors_) copy(row, at - i * channels_, errors_[0], at);
    }
  }

  void begin_row() {
    const size_t end = (kMargin + width_) * channels_;
    for (size_t at = end; at < end + kMargin * channels_; ++at) {  // right of what came: as its last pixel
      numbers_[0][at] = numbers_[0][at - channels_];
      residuals_[0][at] = 0;
      copy(errors_[0], at, errors_[0], at - channels_);
    }
    if (row_++ == 0) {
      for (auto& row : numbers_) row = numbers_[0];
      for (auto& row : errors_) row = errors_[0];
    }
    std::rotate(numbers_.begin(), numbers_.end() - 1, numbers_.end());
    std::rotate(errors_.begin(), errors_.end() - 1, errors_.end());
    std::swap(residuals_[0], residuals_[1]);
    for (size_t i = 0; i < kMargin * channels_; ++i) {  // left of what comes: as the first pixel above
      const size_t first = kMargin * channels_ + i % channels_;
      numbers_[0][i] = numbers_[1][i] = numbers_[1][first];
      residuals_[0][i] = residuals_[1][first];
      copy(errors_[0], i, errors_[1], first);
      copy(errors_[1], i, errors_[1], first);
    }
  }

  size_t width_, channels_, stride_;
  std::array<std::vector<int32_t>, 4> numbers_;  ///< newest first
  std::array<std::vector<uint16_t>, 3> errors_;
  std::array<std::vector<int32_t>, 2> residuals_;
  size_t column_ = 0, channel_ = 0;
  uint64_t row_ = 0;
};

}  // namespace lmzip::numbers
