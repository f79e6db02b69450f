// SPDX-License-Identifier: Apache-2.0
// The adaptive model of pixels: P(next bit) of numbers in rows.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "mix/adaptive_map.h"
#include "mix/journal.h"
#include "numbers/bits.h"
#include "numbers/lanes.h"
#include "numbers/least_squares.h"
#include "numbers/pixel_predictors.h"
#include "numbers/pixel_priors.h"
#include "numbers/pixel_rows.h"
#include "numbers/sure_bits.h"

namespace lmzip::numbers {

/// Numbers of kBits (8 or 16, highest bit first), row by row, channels side by side. Several predictors that learn and
/// some that do not (pixel_predictors.h) are blended by how well each has done nearby (as in TMW, Meyer and Tischer
/// 1997); what the blend's error had to do with their differences corrects it (stacking), and so do its mean errors in
/// two contexts (CALIC, Wu and Memon 1997). Each prediction is given a scale by its errors nearby, calibrated, and
/// becomes one opinion of each bit; a mixer weighs them and a few direct contexts. Integers only.
template <int kBits, bool kGuided>
class PixelModel {
 public:
  PixelModel(size_t width, size_t channels)
      : rows_(width, channels, 1 << (kBits - 1), kFirstError),
        predictors_(width, channels),
        calibration_(channels * kLanes * kClasses, 1 << 16),
        biases_(channels * 2 * kBiasContexts),
        mixer_(mixing()) {
    for (auto& table : contexts_) table.resize(kBits == 8 ? 65536 : 131072);
    for (size_t c = 0; c < channels; ++c) spread_.emplace_back(spread_weights(c), kSpreadMoments, 100, kPixelRidge);
    begin_number();
    if constexpr (!kGuided) begin_bit();
  }

  static constexpr uint64_t bytes(size_t width, size_t channels) {
    return sizeof(PixelModel) + (width + 8) * channels * PixelRows<kLanes>::bytes_a_number() +
           PixelPredictors<kBits>::bytes(width, channels) + channels * (kLanes * kClasses + 2 * kBiasContexts) * 4 +
           kContexts * (kBits == 8 ? 65536 : 131072) * sizeof(mix::AdaptiveProbability) + kMixing;
  }

  uint32_t p1() const { return p1_; }

  /// To be called before the first bit of every number, if kGuided.
  void expect(std::span<const uint32_t, 256> weights) {
    mixer_.expect(weights);
    begin_bit();
  }

  template <typename Save>
  void update(int bit, Save save) {
    ends_known_ = !sure_.sure();
    if (sure_.sure()) {
      sure_.update(bit, save);
    } else {
      mixer_.update(bit, save);
      lanes_.choose(bit);
    }
    if (bit) low_ += 1 << (kBits - 1 - position_);
    partial_ = partial_ << 1 | static_cast<uint32_t>(bit);
    if (++position_ == kBits) {
      end_number(low_);
      begin_number();
      if constexpr (kGuided) return;
    }
    begin_bit();
  }

  void mark(mix::Keep save) {
    mixer_.mark(save);
    sure_.mark(save);
    save(&ends_known_);
    save(&p1_);
    save(&low_);
    save(&position_);
    save(&partial_);
    lanes_.mark(save);
  }

 private:
  using Predictors = PixelPredictors<kBits>;
  static constexpr bool kWide = kBits > 8;
  static constexpr int kFraction = Predictors::kFraction;
  static constexpr int32_t kUnit = 1 << kFraction;
  static constexpr int32_t kEnd = (1 << kBits) << kFraction;  ///< one above the largest number
  static constexpr uint16_t kFirstError = 212;
  static constexpr int32_t kLeastScale = 2, kMostScale = kWide ? 65536 : 4096;
  static constexpr uint64_t kMixing = uint64_t{kGuided ? 1 << 19 : 1 << 17};  ///< bytes of weights, roughly
  static constexpr size_t kClasses = 64;                                      ///< of energies, half an octave each
  static constexpr size_t kBiasContexts = 4096;
  static constexpr int kContexts = 4;

  // The lanes: the blended predictions first, then what is made of them, then the bare neighbours.
  static constexpr size_t kBlended = Predictors::kCount;
  enum Lane : size_t { kBlend = kBlended, kMain, kLearnedScale, kGrid, kNarrow, kWest, kNorth, kPlane, kSlope };
  static constexpr size_t kLanes = 16;
  static_assert(kSlope + 1 == kLanes);

  using Mixer = BitMixer<kLanes, kContexts, kGuided>;
  static_assert(Mixer::kLearned == kPixelInputs);

  static typename Mixer::Options mixing() {
    typename Mixer::Options options{.group_sizes = {24, 32, 1},
                                    .final_sets = 8,
                                    .initial_weights = {},
                                    .rate = kGuided ? 2500 : 6500,
                                    .final_rate = kGuided ? 1200 : 2535};
    for (const auto& weights : kPixelMixing) {
      options.initial_weights.insert(options.initial_weights.end(), weights.begin(), weights.end());
    }
    return options;
  }

  /// Where another channel's error takes the place of a difference, that says a quarter of the scale; a third channel's
  /// place begins with nothing.
  static std::array<int32_t, kSpreadTaps> spread_weights(size_t channel) {
    std::array<int32_t, kSpreadTaps> weights = kSpreadWeights;
    if (channel >= 1) weights[12] = 16000;
    if (channel >= 2) weights[11] = 0;
    return weights;
  }

  /// Lane `k`'s scale: `energy` times what that has been worth.
  LMZIP_INLINE void set_scale(size_t k, int32_t energy) {
    const auto energy_class = static_cast<size_t>(log2_of_scale(static_cast<uint32_t>(energy), 1));
    set_scale(k, energy, (rows_.channel() * kLanes + k) * kClasses + std::min(energy_class, kClasses - 1));
  }
  LMZIP_INLINE void set_scale(size_t k, int32_t energy, size_t cell) {
    cells_[k] = cell;
    const auto scale = static_cast<int32_t>((int64_t{energy} * calibration_[cell]) >> 16);
    lanes_.scale[k] = std::clamp(scale, kLeastScale, kMostScale);
  }

  LMZIP_INLINE void begin_number() {
    const auto step = static_cast<ptrdiff_t>(rows_.channels());
    const auto around = PixelNeighbours::of(rows_);
    predictors_.predict(around, rows_, lanes_.prediction.data());

    // How wrong each lane has been around here.
    const uint16_t* const own = rows_.errors(0);
    const uint16_t* const above = rows_.errors(1);
    const uint16_t* const second = rows_.errors(2);
    const ptrdiff_t next = step * ptrdiff_t{kLanes};
    std::array<int32_t, kLanes> energy;
    for (ptrdiff_t k = 0; k < ptrdiff_t{kLanes}; ++k) {
      energy[static_cast<size_t>(k)] = 6 * own[k - next] + 4 * above[k] + 2 * above[k - next] + 3 * above[k + next] +
                                       3 * own[k - 2 * next] + 3 * (second[k] + above[k + 2 * next]);
    }
    blend_ = predictors_.blend(around, rows_, energy.data(), lanes_.prediction.data());

    // Its mean error in two contexts: which neighbours are above it, and the last errors.
    const int32_t blend = std::clamp(blend_, 0, kEnd - 1);
    blend_ = blend;
    const int32_t* const left = rows_.residuals(0);
    const int32_t* const up = rows_.residuals(1);
    const int spread =
        std::min(static_cast<int>(std::bit_width((static_cast<uint32_t>(energy[kBlend]) >> 6) + 1)) - 1, 7);
    const auto error_class = [](int32_t error) { return std::clamp((error >> kFraction) + 8, 0, 15); };
    const size_t start = rows_.channel() * 2 * kBiasContexts;
    const auto row = static_cast<size_t>(spread) * 256 + around.texture(blend >> kFraction);
    bias_[0] = &biases_[start + row];
    bias_[1] = &biases_[start + kBiasContexts +
                        static_cast<size_t>((error_class(left[-step]) * 16 + error_class(up[0])) * 8 + spread)];
    const int32_t main = std::clamp(blend + ((*bias_[0] + *bias_[1]) >> 9), 0, kEnd - 1);

    auto& prediction = lanes_.prediction;
    prediction[kBlend] = blend;
    prediction[kMain] = prediction[kLearnedScale] = prediction[kGrid] = prediction[kNarrow] = main;
    prediction[kWest] = around.w * kUnit;
    prediction[kNorth] = around.n * kUnit;
    prediction[kPlane] = (around.w + around.n - around.nw) * kUnit;
    prediction[kSlope] = (around.n + around.ne - around.nne) * kUnit;
    for (int32_t& one : prediction) one = std::clamp(one, 0, kEnd - 1);

    // Scales: by energy, by a regression on everything that tells of errors, and that by the place in the grid of 8 x 8
    // that most photographs have been through.
    const int32_t gradient = around.gradient() * kUnit;
    for (size_t k = 0; k < kLanes; ++k) {
      if (k >= kLearnedScale && k <= kNarrow) continue;
      set_scale(k, ((energy[k] * 8 + 4 * gradient) >> 8) + 7);
    }
    look_for_spread(around);
    const int32_t usual = lanes_.scale[kMain];
    expected_error_ =
        std::clamp(spread_[rows_.channel()].template predict<true>(spread_inputs_, 16), (usual >> 2) + 1, usual << 2);
    set_scale(kLearnedScale, expected_error_);
    set_scale(kGrid, expected_error_,
              (rows_.channel() * kLanes + kGrid) * kClasses + rows_.column() % 8 * 8 + rows_.row() % 8);
    set_scale_of_narrow();
    lanes_.prepare();

    log_scale_ = log2_of_scale(static_cast<uint32_t>(lanes_.scale[kLearnedScale]), 2);  // quarters of octaves
    low_ = 0;
    position_ = 0;
    partial_ = 1;
    ends_known_ = false;
    sure_distance_ = 5 * std::max(lanes_.scale[kMain], lanes_.scale[kLearnedScale]);

    const auto byte = [](int32_t number) {
      return static_cast<size_t>(std::clamp(number, 0, (1 << kBits) - 1)) >> (kBits - 8);
    };
    const size_t w = byte(around.w), n = byte(around.n);
    const uint32_t pair = (static_cast<uint32_t>(w) * 0x9E3779B1u) ^ (static_cast<uint32_t>(n) * 0x85EBCA6Bu);
    rows_of_contexts_ = {byte(main >> kFraction), pair >> 16 & 255, w, n};
    if (kWide) low_bytes_ = {static_cast<size_t>(around.w) & 255, static_cast<size_t>(around.n) & 255};
  }

  /// What tells of the error: errors and differences nearby, how far predictions are apart, what other channels showed.
  LMZIP_INLINE void look_for_spread(const PixelNeighbours& around) {
    const auto step = static_cast<ptrdiff_t>(rows_.channels());
    const ptrdiff_t next = step * ptrdiff_t{kLanes};
    const uint16_t *own = rows_.errors(0) + kMain, *above = rows_.errors(1) + kMain, *second = rows_.errors(2) + kMain;
    const auto& prediction = lanes_.prediction;
    auto& inputs = spread_inputs_;
    inputs = {own[-next], above[0], above[-next], above[next], own[-2 * next], second[0], above[2 * next]};
    for (size_t i = 0; const int32_t difference : around.steps()) inputs[7 + i++] = difference * kUnit;
    inputs[13] = std::abs(prediction[Predictors::kRaster] - prediction[Predictors::kColumns]);
    inputs[14] = std::abs(prediction[Predictors::kColumns] - prediction[Predictors::kMedian]);
    inputs[15] = kUnit;
    if (rows_.channel() > 0) inputs[12] = std::abs(rows_.residuals(0)[-1]);
    if (rows_.channel() > 1) inputs[11] = std::abs(rows_.residuals(0)[-2]);
  }

  /// The narrow twin of the learned scale: 251/256 of it.
  LMZIP_INLINE void set_scale_of_narrow() {
    cells_[kNarrow] = cells_[kLearnedScale];
    lanes_.scale[kNarrow] = std::clamp(lanes_.scale[kLearnedScale] * 251 >> 8, kLeastScale, kMostScale);
  }

  /// Where the numbers >= `number` begin: halfway to the one before, where there are fractions.
  static int32_t edge(int32_t number) { return (number << kFraction) - (kFraction > 0 ? kUnit / 2 : 0); }

  LMZIP_INLINE void begin_bit() {
    const int32_t half = 1 << (kBits - 1 - position_);
    const int32_t middle = low_ + half;
    const int32_t away = (middle << kFraction) - lanes_.prediction[kMain];
    if (sure_.look(position_, away, sure_distance_, half << kFraction)) {
      p1_ = sure_.p1();
      return;
    }
    if (!ends_known_) {
      lanes_.set_low(edge(low_), kPixelShape);
      lanes_.set_high(edge(low_ + 2 * half), kPixelShape);
    }
    lanes_.split(edge(middle), kWide ? std::max(1, half >> 2) : half << 6, kPixelShape, mixer_.lanes());

    for (size_t j = 0; j < kContexts; ++j) mixer_.use(j, contexts_[j][context(j)]);

    // Weights by how wide the interval is in scales, and how far its middle is from the prediction.
    const int width = std::clamp(((kBits - 1 - position_ + kFraction) * 4 - log_scale_ + 16) >> 4, 0, 5);
    const int32_t limited = std::min(std::abs(away), 16 * lanes_.scale[kLearnedScale]);
    const int distance = std::min(lanes_.template in_scales<1>(kLearnedScale, limited) >> 1, 3);
    mixer_.select(0, static_cast<size_t>(width * 4 + distance));
    mixer_.select(
        1, static_cast<size_t>(std::clamp(log_scale_ - 4, 0, 31) >> 2) + 8 * std::min<size_t>(rows_.channel(), 3));
    mixer_.select(2, 0);
    p1_ = static_cast<uint32_t>(mixer_.mix(static_cast<size_t>(std::min(position_, 7)), partial_));
  }

  /// Of the byte that is coming, the bits so far below a row of the table; low bytes have tables of their own.
  LMZIP_INLINE size_t context(size_t j) const {
    if (!kWide || position_ < 8) return rows_of_contexts_[j] << 8 | (partial_ & 255);
    const uint32_t below = 1u << (position_ - 8);
    const size_t row = j == 0 ? static_cast<size_t>(low_ >> 8) : low_bytes_[j == 3];
    return 65536 | row << 8 | below | (partial_ & (below - 1));
  }

  LMZIP_INLINE void end_number(int32_t number) {
    const int32_t value = number << kFraction;
    const int32_t scale = lanes_.scale[kMain];
    const auto error = [&](int32_t prediction) {  // in scales, 7 fractional bits
      return lanes_.template in_scales<7>(kMain, std::clamp(value - prediction, -8 * scale, 8 * scale));
    };
    const auto share = [&](int32_t x) { return std::clamp(lanes_.template in_scales<7>(kMain, x), -2047, 2047); };

    predictors_.update(rows_, lanes_.prediction.data(), blend_, scale, share, error);
    std::array<int32_t, kSpreadTaps> shares;
    for (size_t i = 0; i < kSpreadTaps; ++i) shares[i] = share(std::min(spread_inputs_[i], 16 * scale));
    const int32_t off = std::min(std::abs(value - lanes_.prediction[kMain]), 8 * scale);
    spread_[rows_.channel()].update(
        shares, lanes_.template in_scales<7>(kMain, off - std::clamp(expected_error_, 0, 8 * scale)), 11, 2);

    uint16_t* const errors = rows_.errors();
    for (size_t k = 0; k < kLanes; ++k) {
      const int32_t distance = std::abs(value - lanes_.prediction[k]);
      errors[k] = static_cast<uint16_t>(std::min(distance, 65535));
      if (k == kNarrow) continue;
      const int32_t ratio =
          std::min(lanes_.template in_scales<12>(k, std::min(distance + 3, 4 * lanes_.scale[k])), 4 << 12);
      int32_t& cell = calibration_[cells_[k]];
      cell = std::clamp(cell + (((cell >> 4) * (ratio - 4096)) >> 14), 1 << 12, 1 << 19);
    }
    for (int32_t* const bias : bias_) {
      *bias += (std::clamp(value - blend_, -8 * scale, 8 * scale) * 256 - *bias) / 32;
    }
    rows_.push(number, value - lanes_.prediction[kMain]);
  }

  PixelRows<kLanes> rows_;
  Predictors predictors_;
  std::vector<DescentPredictor<kSpreadTaps>> spread_;  ///< of each channel: the expected error
  std::array<int32_t, kSpreadTaps> spread_inputs_{};
  int32_t blend_ = 0, expected_error_ = 0;
  Lanes<kLanes> lanes_;
  std::vector<int32_t> calibration_;  ///< (channel, lane, class of energy): scale / energy, 16 fractional bits
  std::array<size_t, kLanes> cells_{};
  std::vector<int32_t> biases_;  ///< (channel, 2, context): mean errors, 8 more fractional bits
  std::array<int32_t*, 2> bias_{};
  int log_scale_ = 0;
  int32_t sure_distance_ = 1;
  bool ends_known_ = false;  ///< to lanes_: the interval's
  SureBits sure_;

  Mixer mixer_;
  std::array<std::vector<mix::AdaptiveProbability>, kContexts> contexts_;
  std::array<size_t, kContexts> rows_of_contexts_{};
  std::array<size_t, 2> low_bytes_{};

  // The number so far: bits, the lowest it can be, and the bits with a leading one.
  int position_ = 0;
  int32_t low_ = 0;
  uint32_t partial_ = 1;
  uint32_t p1_ = mix::kProbabilityOne / 2;
};

}  // namespace lmzip::numbers
