// SPDX-License-Identifier: Apache-2.0
// Predictions of the next number of a picture from those around it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "numbers/lanes.h"
#include "numbers/least_squares.h"
#include "numbers/pixel_priors.h"
#include "numbers/pixel_rows.h"

namespace lmzip::numbers {

inline constexpr int32_t kPixelRidge = 20;

/// 2^(16 - i / 16).
extern const std::array<int32_t, 512> kPower;

/// The same channel's numbers around the next one, by compass: nne is two rows up and one pixel to the right.
struct PixelNeighbours {
  int32_t w, ww, www, wwww, nw, nww, nwww, n, ne, nee, neee, nn, nnw, nnww, nnwww, nne, nnee, nneee, nnn, nnnw, nnne;

  template <size_t kLanes>
  LMZIP_INLINE static PixelNeighbours of(const PixelRows<kLanes>& rows) {
    const auto s = static_cast<ptrdiff_t>(rows.channels());
    const int32_t *r0 = rows.numbers(0), *r1 = rows.numbers(1), *r2 = rows.numbers(2), *r3 = rows.numbers(3);
    return {r0[-s],     r0[-2 * s], r0[-3 * s], r0[-4 * s], r1[-s], r1[-2 * s], r1[-3 * s],
            r1[0],      r1[s],      r1[2 * s],  r1[3 * s],  r2[0],  r2[-s],     r2[-2 * s],
            r2[-3 * s], r2[s],      r2[2 * s],  r2[3 * s],  r3[0],  r3[-s],     r3[s]};
  }

  /// The median edge detector of LOCO-I (Weinberger et al. 2000).
  LMZIP_INLINE int32_t median() const { return std::clamp(n + w - nw, std::min(w, n), std::max(w, n)); }

  /// Which of eight neighbours and extrapolations are above `number`.
  LMZIP_INLINE size_t texture(int32_t number) const {
    const bool above[] = {n > number,  w > number,  nw > number,         ne > number,
                          nn > number, ww > number, 2 * n - nn > number, 2 * w - ww > number};
    size_t bits = 0;
    for (size_t i = 0; i < 8; ++i) bits |= size_t{above[i]} << i;
    return bits;
  }

  LMZIP_INLINE std::array<int32_t, 6> steps() const {
    return {std::abs(w - nw), std::abs(n - nw), std::abs(n - ne),
            std::abs(w - ww), std::abs(n - nn), std::abs(ne - nne)};
  }
  LMZIP_INLINE int32_t gradient() const {
    int32_t sum = 0;
    for (const int32_t step : steps()) sum += step;
    return sum;
  }
};

/// The predictions that are blended, and how. Predictions have kFraction fractional bits.
template <int kBits>
class PixelPredictors {
 public:
  static constexpr int kFraction = kBits == 8 ? 4 : 0;

  /// In this order: least squares over the whole picture; over columns of 32 pixels; with the weights that they begin
  /// with; the median edge detector; gradient-adjusted prediction (CALIC); least squares with fewer neighbours over
  /// columns of 16; a mean of slopes.
  enum : size_t { kRaster, kColumns, kFixed, kMedian, kGradient, kNearColumns, kSlopes, kCount };

  PixelPredictors(size_t width, size_t channels)
      : columns_((width + 64) / 32 + 1), near_columns_((width + 64) / 16 + 1) {
    Moments<kStackTaps> apart{};
    for (size_t i = 0; i < kStackTaps; ++i) apart[i][i] = i < kCount ? 40 : 160;
    for (size_t c = 0; c < std::min<size_t>(channels, 3); ++c) starts_.push_back(start(c));
    raster_.reserve(channels);
    column_.reserve(channels * columns_);
    near_.reserve(channels * near_columns_);
    stack_.reserve(channels);
    for (size_t c = 0; c < channels; ++c) {
      const Start& start = starts_[std::min<size_t>(c, 2)];
      raster_.emplace_back(start.weights, start.moments, 27, kPixelRidge);
      for (size_t i = 0; i < columns_; ++i) column_.emplace_back(start.weights, start.moments, 33, kPixelRidge);
      for (size_t i = 0; i < near_columns_; ++i) near_.emplace_back(start.near, start.moments, 20, kPixelRidge);
      stack_.emplace_back(std::array<int32_t, kStackTaps>{}, apart, 100, kPixelRidge);
    }
  }

  static constexpr uint64_t bytes(size_t width, size_t channels) {
    return channels *
           (((width + 64) / 32 + 2) * sizeof(DescentPredictor<kPixelTaps>) +
            ((width + 64) / 16 + 1) * sizeof(DescentPredictor<kNearTaps>) + sizeof(DescentPredictor<kStackTaps>));
  }

  /// Writes kCount predictions.
  template <size_t kLanes>
  LMZIP_INLINE void predict(const PixelNeighbours& a, const PixelRows<kLanes>& rows, int32_t* out) {
    taps_ = {a.n - a.w,      a.n - a.nw,       a.ne - a.n,       a.w - a.ww,
             a.n - a.nn,     a.nw - a.nww,     a.ne - a.nne,     a.nee - a.ne,
             a.nw - a.nnw,   a.ww - a.www,     a.nn - a.nnn,     a.nnee - a.nne,
             a.nww - a.nnww, a.nee - a.nnee,   a.median() - a.w, 0,
             a.neee - a.nee, a.nwww - a.nww,   a.wwww - a.www,   a.nnw - a.nnnw,
             a.nne - a.nnne, a.nneee - a.nnee, a.nnww - a.nnwww, 0};
    const size_t c = rows.channel();
    int32_t likely = a.median() * kUnit;
    if (c > 0) likely = look_at_channels(a, rows);
    for (size_t i = 0; i < kNearTaps; ++i) near_taps_[i] = taps_[i];

    const int32_t base = a.w * kUnit;
    constexpr int kShift = 16 - kFraction;
    out[kRaster] = base + raster_[c].template predict<kWide>(taps_, kShift);
    out[kColumns] = base + columns(rows).template predict<kWide>(taps_, kShift);
    out[kFixed] = base + weigh<kWide>(starts_[std::min<size_t>(c, 2)].weights, taps_, kShift);
    out[kMedian] = likely;
    out[kGradient] = gradient_adjusted(a);
    out[kNearColumns] = base + near(rows).template predict<kWide>(near_taps_, kShift);
    out[kSlopes] = ((a.w + a.ne - a.n) * kUnit) / 2 + (a.n * kUnit + ((a.n - a.nn) * kUnit) / 2) / 2;
  }

  /// Their mean, each weighed by energy^-3, and what the distances from that say of its error.
  template <size_t kLanes>
  LMZIP_INLINE int32_t blend(const PixelNeighbours& a, const PixelRows<kLanes>& rows, const int32_t* energy,
                             const int32_t* predictions) {
    // Those that learn are trusted more: an octave of energy.
    std::array<int, kCount> cost;
    for (size_t k = 0; k < kCount; ++k) {
      const bool learns = k == kRaster || k == kColumns || k == kNearColumns;
      cost[k] = log2_of_scale(static_cast<uint32_t>(energy[k] >> 4) + 2, 4) + (learns ? 0 : 16);
    }
    const int least = *std::ranges::min_element(cost);
    const int32_t base = a.w * kUnit;
    int64_t sum = 0, weight = 0;
    for (size_t k = 0; k < kCount; ++k) {
      const int32_t share = kPower[static_cast<size_t>(std::min((cost[k] - least) * 3, 511))];
      weight += share;
      sum += int64_t{share} * (predictions[k] - base);
    }
    const int32_t mean = base + static_cast<int32_t>(sum / weight);

    const auto s = static_cast<ptrdiff_t>(rows.channels());
    const int32_t *left = rows.residuals(0), *up = rows.residuals(1);
    stack_taps_ = {};
    for (size_t k = 0; k < kCount; ++k) stack_taps_[k] = predictions[k] - mean;
    stack_taps_[kCount] = left[-s];
    stack_taps_[kCount + 1] = up[0];
    stack_taps_[kCount + 2] = up[s];
    stack_taps_[kCount + 3] = up[-s];
    return mean + stack_[rows.channel()].template predict<true>(stack_taps_, 16);
  }

  /// All learn. `share(x)`: x in scales, limited, as DescentPredictor::update() takes it; `error(prediction)` likewise.
  template <size_t kLanes, typename Share, typename ErrorOf>
  LMZIP_INLINE void update(const PixelRows<kLanes>& rows, const int32_t* predictions, int32_t blend, int32_t scale,
                           const Share& share, const ErrorOf& error) {
    const int32_t most = (16 * scale) >> kFraction;
    std::array<int32_t, kPixelTaps> shares;
    std::array<int32_t, kNearTaps> near_shares;
    for (size_t i = 0; i < kPixelTaps; ++i) shares[i] = share(std::clamp(taps_[i], -most, most) * kUnit);
    for (size_t i = 0; i < kNearTaps; ++i) near_shares[i] = shares[i];
    // The two large ones take turns, like the fields of a chessboard: half the work for a thousandth of the size.
    if ((rows.column() + rows.row()) % 2 == 0) {
      raster_[rows.channel()].update(shares, error(predictions[kRaster]), 7, 4);
    } else {
      columns(rows).update(shares, error(predictions[kColumns]), 8, 3);
    }
    near(rows).update(near_shares, error(predictions[kNearColumns]), 6, 4);
    std::array<int32_t, kStackTaps> stack_shares;
    for (size_t i = 0; i < kStackTaps; ++i) {
      stack_shares[i] = share(std::clamp(stack_taps_[i], -8 * scale, 8 * scale));
    }
    stack_[rows.channel()].update(stack_shares, error(blend), 9, 3);
  }

 private:
  static constexpr bool kWide = kBits > 8;
  static constexpr int32_t kUnit = 1 << kFraction;
  static constexpr size_t kStackTaps = 16;

  struct Start {
    std::array<int32_t, kPixelTaps> weights = kPixelWeights;
    std::array<int32_t, kNearTaps> near = kNearWeights;
    Moments<kPixelTaps> moments = kPixelMoments;
  };

  /// Fitted to grey pictures; where another channel's numbers take a neighbour's place (look_at_channels()),
  /// independent of the rest.
  static Start start(size_t channel) {
    Start made;
    const auto replace = [&](size_t tap, int32_t weight) {
      made.weights[tap] = weight;
      if (tap < kNearTaps) made.near[tap] = weight;
      for (size_t j = 0; j < kPixelTaps; ++j) made.moments[tap][j] = made.moments[j][tap] = 0;
      made.moments[tap][tap] = 400;
    };
    constexpr int32_t kErrorCarries = 52000;  // of the first channel's error the second has about 0.8
    if (channel >= 1) {
      replace(15, kErrorCarries);
      for (const size_t tap : {13, 12, 16, 17}) replace(tap, 0);
    }
    if (channel >= 2) {
      for (const size_t tap : {12, 10, 9, 18, 19}) replace(tap, 0);
    }
    return made;
  }

  /// What the channels before have shown of this pixel takes the place of farther neighbours. Returns the median edge
  /// detector's prediction of the difference from the channel before, with that added.
  template <size_t kLanes>
  LMZIP_INLINE int32_t look_at_channels(const PixelNeighbours& a, const PixelRows<kLanes>& rows) {
    const auto s = static_cast<ptrdiff_t>(rows.channels());
    const int32_t *r0 = rows.numbers(0), *r1 = rows.numbers(1), *residual = rows.residuals(0);
    const auto look = [&](ptrdiff_t back, size_t first, size_t second) {
      const int32_t value = r0[-back];
      taps_[first] = residual[-back] >> kFraction;
      taps_[first - 2] = value - r0[-back - s];
      taps_[first - 3] = value - r1[-back];
      taps_[second] = value - r1[-back - s];
      taps_[second + 1] = value - r1[-back + s];
      return value;
    };
    const int32_t before = look(1, 15, 16);
    if (rows.channel() > 1) look(2, 12, 18);
    const int32_t w = a.w - r0[-1 - s], n = a.n - r1[-1], nw = a.nw - r1[-1 - s];
    return (before + std::clamp(w + n - nw, std::min(w, n), std::max(w, n))) * kUnit;
  }

  LMZIP_INLINE static int32_t gradient_adjusted(const PixelNeighbours& a) {
    const int32_t vertical = std::abs(a.w - a.nw) + std::abs(a.n - a.nn) + std::abs(a.ne - a.nne);
    const int32_t horizontal = std::abs(a.w - a.ww) + std::abs(a.n - a.nw) + std::abs(a.n - a.ne);
    const int32_t edge = vertical - horizontal;
    constexpr int32_t kOne = 1 << (kBits - 8);
    const int32_t w = a.w * kUnit, n = a.n * kUnit;
    const int32_t mean = (w + n) / 2 + ((a.ne - a.nw) * kUnit) / 4;
    if (edge > 10 * kOne) return w;
    if (edge < -10 * kOne) return n;
    if (edge > 4 * kOne) return (mean + w) / 2;
    if (edge > kOne) return (3 * mean + w) / 4;
    if (edge < -4 * kOne) return (mean + n) / 2;
    if (edge < -kOne) return (3 * mean + n) / 4;
    return mean;
  }

  template <size_t kLanes>
  DescentPredictor<kPixelTaps>& columns(const PixelRows<kLanes>& rows) {
    return column_[rows.channel() * columns_ + rows.column() / 32];
  }
  template <size_t kLanes>
  DescentPredictor<kNearTaps>& near(const PixelRows<kLanes>& rows) {
    return near_[rows.channel() * near_columns_ + (rows.column() + 8) / 16];
  }

  size_t columns_, near_columns_;
  std::vector<Start> starts_;
  std::vector<DescentPredictor<kPixelTaps>> raster_, column_;
  std::vector<DescentPredictor<kNearTaps>> near_;
  std::vector<DescentPredictor<kStackTaps>> stack_;
  std::array<int32_t, kPixelTaps> taps_{};
  std::array<int32_t, kNearTaps> near_taps_{};
  std::array<int32_t, kStackTaps> stack_taps_{};
};

}  // namespace lmzip::numbers
