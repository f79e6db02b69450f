// SPDX-License-Identifier: Apache-2.0
// The adaptive model of sound: P(next bit) of samples.
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
#include "numbers/autoregression.h"
#include "numbers/bits.h"
#include "numbers/lanes.h"
#include "numbers/least_squares.h"
#include "numbers/long_filter.h"
#include "numbers/sample_priors.h"
#include "numbers/sure_bits.h"

namespace lmzip::numbers {

/// Samples of kBits (8, 16 or 24, highest bit first; two's complement if kSigned, else the middle is silence), channels
/// side by side. A long and a short autoregression, the first followed by a cascade of long filters for what it leaves
/// (as in MPEG-4 ALS RLS-LMS and OptimFROG), are stacked; errors over three spans of time, calibrated, make scales, and
/// each prediction with a scale is one opinion of each bit. Other channels' newest samples are inputs like the past.
/// Integers only.
template <int kBits, bool kSigned, bool kGuided>
class SampleModel {
 public:
  explicit SampleModel(size_t channels)
      : final_maps_{mix::AdaptiveMap(24 * 16, 6), mix::AdaptiveMap(16 * 16, 6)}, mixer_(mixing()) {
    channels_.assign(channels, Channel(channels));
    for (auto& table : contexts_) table.resize(size_t{1} << kContextBits);
    begin_sample();
    if constexpr (!kGuided) begin_bit();
  }

  static constexpr uint64_t bytes(size_t channels) {
    return sizeof(SampleModel) +
           channels * (sizeof(Channel) + kHistory * 4 + kClasses * kLanes * 4 + LongFilter::bytes(256) +
                       LongFilter::bytes(32) + LongFilter::bytes(16)) +
           kContexts * (uint64_t{1} << kContextBits) * sizeof(mix::AdaptiveProbability) + kMixing;
  }

  uint32_t p1() const { return inverted() ? mix::kProbabilityOne - p1_ : p1_; }

  /// To be called before the first bit of every sample, if kGuided.
  void expect(std::span<const uint32_t, 256> weights) {
    mixer_.expect(weights);
    begin_bit();
  }

  template <typename Save>
  void update(int bit, Save save) {
    bit ^= static_cast<int>(inverted());
    ends_known_ = !sure_.sure();
    if (sure_.sure()) {
      sure_.update(bit, save);
    } else {
      mixer_.update(bit, save);
      for (mix::AdaptiveMap& map : final_maps_) map.update(bit, save);
      lanes_.choose(bit);
    }
    if (bit) low_ += uint32_t{1} << (kBits - 1 - position_);
    partial_ = partial_ << 1 | static_cast<uint32_t>(bit);
    if (++position_ == kBits) {
      end_sample(low_);
      begin_sample();
      if constexpr (kGuided) return;
    }
    begin_bit();
  }

  void mark(mix::Keep save) {
    mixer_.mark(save);
    for (mix::AdaptiveMap& map : final_maps_) map.mark(save);
    sure_.mark(save);
    save(&ends_known_);
    save(&p1_);
    save(&low_);
    save(&position_);
    save(&partial_);
    lanes_.mark(save);
  }

 private:
  static constexpr bool kLong = kBits > 8;
  /// Fractional bits of predictions and scales; of samples, which are odd numbers if there is no sample in the middle.
  static constexpr int kFraction = kBits == 8 ? 6 : kBits == 16 ? 4 : 1;
  static constexpr int kSampleFraction = kLong ? 0 : 1;
  static constexpr int kShift = kFraction - kSampleFraction;
  static constexpr int kFilterShift = kBits == 8 ? 0 : kBits == 16 ? 4 : 6;  ///< what the long filters cannot see
  static constexpr int32_t kMiddle = 1 << (kBits - 1);
  static constexpr int32_t kEnd = kMiddle << kFraction;  ///< |prediction| at most
  static constexpr size_t kAutoregression = 32, kShortAutoregression = 16;
  static constexpr size_t kStackTaps = 8;
  static constexpr size_t kHistory = 4096, kKept = 64;
  static constexpr uint64_t kMixing = uint64_t{kGuided ? 1 << 19 : 1 << 17};  ///< bytes of weights, roughly
  static constexpr size_t kClasses = 64;
  static constexpr size_t kContexts = 4;
  static constexpr int kContextBits = kLong ? 16 : 15;

  /// The lanes: the two autoregressions, the first with the filters, all stacked with errors over three spans of time,
  /// and the last sample.
  enum Lane : size_t { kA, kB, kFiltered, kMain, kFast, kSlow, kLast, kSlowest };
  static constexpr size_t kLanes = 8;

  using Mixer = BitMixer<kLanes, kContexts, kGuided>;
  using Row = std::array<int32_t, kLanes>;

  struct Channel {
    explicit Channel(size_t channels)
        : history(kHistory),
          a({.history = channels == 1 ? kAutoregression - 1 : kOwn, .memory = 4, .regularization = kLong ? 18 : 14},
            kSpeech[kLong]),
          b({.history = channels == 1 ? kShortAutoregression - 1 : kShortOwn,
             .memory = 2,
             .regularization = kLong ? 18 : 14},
            kSpeech[kLong]),
          filters{LongFilter(256, 40), LongFilter(32, 60), LongFilter(16, 80)},
          stack({}, unrelated(), 100, 0),
          calibration(kLanes * kClasses, 1 << 16) {
      constexpr int32_t kFirstError = kLong ? 64 << 8 : 64 << 4;
      for (Row* row : {&fast, &middle, &slow}) row->fill(kFirstError);
      scale = kFirstError >> 4;
    }

    std::vector<int32_t> history;  ///< samples, kSampleFraction fractional bits; slides, and is moved back at times
    size_t now = kKept;            ///< where the next goes
    Autoregression<kAutoregression> a;
    Autoregression<kShortAutoregression> b;
    std::array<LongFilter, 3> filters;
    DescentPredictor<kStackTaps> stack;
    Row fast, middle, slow;            ///< mean errors of each lane, 4 more fractional bits
    std::vector<int32_t> calibration;  ///< (lane, class of energy): scale / energy, 16 fractional bits
    int32_t scale;                     ///< of the last sample
  };
  static constexpr size_t kOwn = 20, kShortOwn = 10;  ///< samples of its own that a channel of several listens to

  static Moments<kStackTaps> unrelated() {
    Moments<kStackTaps> moments{};
    for (size_t i = 0; i < kStackTaps; ++i) moments[i][i] = 256;
    return moments;
  }

  static typename Mixer::Options mixing() {
    std::vector<int32_t> weights(Mixer::kLearned, 0);
    for (size_t k = 0; k < kLanes; ++k) weights[k] = mix::kProbabilityOne * 13 / 100;
    weights[kMain] = mix::kProbabilityOne / 4;
    weights[kFast] = mix::kProbabilityOne * 15 / 100;
    weights[kLast] = 0;
    return {.group_sizes = {12, kLong ? size_t{24} : size_t{256}},
            .final_sets = kBits,
            .initial_weights = weights,
            .rate = 3000,
            .final_rate = 1500};
  }

  bool inverted() const { return kSigned && position_ == 0; }

  LMZIP_INLINE void begin_sample() {
    channel_ = &channels_[turn_];
    const int32_t* const past = channel_->history.data() + channel_->now;
    listen(past);

    const int32_t a = std::clamp(channel_->a.predict(inputs_, kShift), -kEnd, kEnd);
    const int32_t b = std::clamp(channel_->b.predict(short_inputs_, kShift), -kEnd, kEnd);
    auto& prediction = lanes_.prediction;
    prediction[kA] = a;
    prediction[kB] = b;
    prediction[kFiltered] = a;
    for (size_t i = 0; i < 3; ++i) {
      filtered_[i] = channel_->filters[i].predict() * (1 << kFilterShift);
      prediction[kFiltered] += filtered_[i];
    }
    prediction[kLast] = past[-1] * (1 << kShift);
    stack_inputs_ = {b - a,
                     filtered_[0],
                     filtered_[1],
                     filtered_[2],
                     prediction[kLast] - a,
                     (2 * past[-1] - past[-2]) * (1 << kShift) - a,
                     (past[-2] - past[-3]) * (1 << kShift),
                     channel_->scale};
    first_prediction_ = a;
    prediction[kMain] = prediction[kFiltered] + channel_->stack.template predict<true>(stack_inputs_, 16);
    prediction[kFast] = prediction[kSlow] = prediction[kSlowest] = prediction[kMain];
    for (int32_t& one : prediction) one = std::clamp(one, -kEnd, kEnd);
    set_scales();
    lanes_.prepare();

    log_scale_ = log2_of_scale(static_cast<uint32_t>(lanes_.scale[kMain]), 2);
    sure_distance_ = 8 * std::max({lanes_.scale[kMain], lanes_.scale[kFast], lanes_.scale[kSlow] / 2});
    low_ = 0;
    position_ = 0;
    partial_ = 1;
    ends_known_ = false;
    choose_contexts(past);
  }

  /// The inputs of the autoregressions: the past, newest first, of one channel; or less of it, and the other channels'
  /// newest samples, nearest channels first.
  LMZIP_INLINE void listen(const int32_t* past) {
    const size_t channels = channels_.size();
    inputs_ = {};
    short_inputs_ = {};
    const size_t own = channels == 1 ? kAutoregression - 1 : kOwn;
    const size_t short_own = channels == 1 ? kShortAutoregression - 1 : kShortOwn;
    for (size_t i = 0; i < own; ++i) inputs_[i] = past[-1 - static_cast<ptrdiff_t>(i)];
    for (size_t i = 0; i < short_own; ++i) short_inputs_[i] = inputs_[i];
    if (channels > 1) {
      const size_t others = std::min<size_t>(channels - 1, 3);
      size_t at = kOwn, short_at = kShortOwn;
      for (size_t other = 1; other <= others; ++other) {
        const Channel& there = channels_[(turn_ + channels - other) % channels];
        for (size_t i = 0; i < 11 / others; ++i) {
          const int32_t sample = there.history[there.now - 1 - i];
          inputs_[at++] = sample;
          if (i < 5 / others) short_inputs_[short_at++] = sample;
        }
      }
    }
    inputs_[kAutoregression - 1] = short_inputs_[kShortAutoregression - 1] = std::max(channel_->scale >> kShift, 1);
  }

  LMZIP_INLINE void set_scales() {
    constexpr int32_t kFloor = 5;
    const Channel& channel = *channel_;
    for (size_t k = 0; k < kLanes; ++k) {
      energy_[k] =
          ((5 * (channel.fast[k] >> 4) + 8 * (channel.middle[k] >> 4) + 3 * (channel.slow[k] >> 4)) >> 4) + kFloor;
    }
    energy_[kFast] = (channel.fast[kMain] >> 4) + kFloor + 1;
    energy_[kSlow] = (channel.middle[kMain] >> 4) + kFloor + 1;
    energy_[kSlowest] = (channel.slow[kMain] >> 4) + kFloor + 1;
    for (size_t k = 0; k < kLanes; ++k) {
      const auto energy_class = static_cast<size_t>(log2_of_scale(static_cast<uint32_t>(energy_[k]) + 1, 1));
      cells_[k] = k * kClasses + std::min(energy_class, kClasses - 1);
      const int64_t scale = (int64_t{energy_[k]} * channel.calibration[cells_[k]]) >> 16;
      lanes_.scale[k] = static_cast<int32_t>(std::clamp<int64_t>(scale, 3, int64_t{1} << (kBits + kFraction - 3)));
    }
  }

  LMZIP_INLINE void choose_contexts(const int32_t* past) {
    if constexpr (kLong) {
      hashes_[0] = 0;
      for (int j = 1; j < int{kContexts}; ++j) {
        const int coarse = std::max(0, (log_scale_ >> 2) - j);
        const auto place = static_cast<uint32_t>(lanes_.prediction[kMain] + kEnd) >> coarse;
        hashes_[static_cast<size_t>(j)] = (place * 64 + static_cast<uint32_t>(log_scale_)) * 0x9E3779B1u;
      }
    } else {
      const auto byte = [&](ptrdiff_t back) { return static_cast<uint32_t>(past[-back] + 256) >> 1; };
      hashes_ = {byte(1) * 0x9E3779B1u, (byte(1) << 8 | byte(2)) * 0x85EBCA6Bu,
                 (byte(1) << 16 | byte(2) << 8 | byte(3)) * 0xC2B2AE35u,
                 (static_cast<uint32_t>(lanes_.prediction[kMain] + kEnd) >> (kFraction - 3)) * 0x165667B1u};
    }
  }

  /// Where the samples >= `offset` (from the lowest) begin; halfway to the one before.
  static int32_t edge(int64_t offset) {
    return static_cast<int32_t>((offset - kMiddle) * (1 << kFraction) - (kLong ? (1 << kFraction) / 2 : 0));
  }

  LMZIP_INLINE void begin_bit() {
    const uint32_t half = uint32_t{1} << (kBits - 1 - position_);
    const int64_t middle = int64_t{low_} + half;
    const int64_t away = (middle - kMiddle) * (1 << kFraction) - lanes_.prediction[kMain];
    if (sure_.look(position_, away, sure_distance_, int64_t{half} << kFraction)) {
      p1_ = sure_.p1();
      return;
    }
    if (!ends_known_) {
      lanes_.set_low(edge(low_), kSampleShape);
      lanes_.set_high(edge(int64_t{low_} + 2 * half), kSampleShape);
    }
    const auto flat = static_cast<int32_t>(kLong ? std::max(1u, half >> 4) : half << 6);
    lanes_.split(edge(middle), flat, kSampleShape, mixer_.lanes());
    for (size_t j = 0; j < kContexts; ++j) {
      const uint32_t mixed = hashes_[j] + partial_ * 0x2545F491u;
      const uint32_t hash = kLong && j == 0 ? partial_ & 0xFFFF : (mixed ^ mixed >> 15) * 0x2C1B3C6Du >> 12;
      mixer_.use(j, contexts_[j][hash & ((1u << kContextBits) - 1)]);
    }
    const int width = std::clamp(((kBits - 1 - position_ + kFraction) * 4 - log_scale_ + 16) >> 1, 0, 23);
    mixer_.select(0, static_cast<size_t>(width >> 1));
    mixer_.select(1, kLong ? static_cast<size_t>(width) : std::min<size_t>(partial_, 255));
    const auto p = static_cast<int32_t>(mixer_.mix(static_cast<size_t>(position_), partial_ & 511));

    const int32_t scale = lanes_.scale[kMain];
    const int64_t offset = edge(middle) - int64_t{lanes_.prediction[kMain]};
    const int distance = static_cast<int>(std::clamp<int64_t>(offset * 2 / scale, -7, 7)) + 8;
    const int loudness = std::clamp((log_scale_ - 8) >> 1, 0, 15);
    const int32_t stretched = mixer_.result();
    const int32_t refined =
        final_maps_[0].refine(stretched, static_cast<size_t>(width * 16 + distance)) +
        final_maps_[1].refine(stretched, static_cast<size_t>(std::min(position_, 15) * 16 + loudness));
    p1_ = static_cast<uint32_t>(std::clamp((2 * p + refined) >> 2, 1, mix::kProbabilityOne - 1));
  }

  LMZIP_INLINE void end_sample(uint32_t offset) {
    Channel& channel = *channel_;
    const int32_t sample =
        static_cast<int32_t>(offset) * (1 << kSampleFraction) - (kMiddle << kSampleFraction) + kSampleFraction;
    const int32_t value = sample * (1 << kShift);
    const int32_t scale = lanes_.scale[kMain];

    // Samples times factor >> shift are in 64ths of half a scale.
    constexpr int32_t kMostFactor = kBits == 8 ? 1 << 22 : kBits == 16 ? 1 << 15 : 1 << 7;
    int64_t factor = (int64_t{32} << (14 + kShift)) / scale;
    int shift = 14;
    for (; factor >= kMostFactor && shift > 0; --shift) factor >>= 1;
    factor = std::min<int64_t>(factor, kMostFactor - 1);
    channel.a.update(inputs_, sample, static_cast<int32_t>(factor), shift);
    channel.b.update(short_inputs_, sample, static_cast<int32_t>(factor), shift);

    const int32_t limit = (16 * scale >> kFilterShift) + 1;
    int32_t left = value - first_prediction_;
    for (size_t i = 0; i < 3; ++i) {
      channel.filters[i].update(left >> kFilterShift, limit);
      left -= filtered_[i];
    }
    const auto share = [&](int32_t x) {
      return lanes_.template in_scales<7>(kMain, std::clamp(x, -15 * scale, 15 * scale));
    };
    std::array<int32_t, kStackTaps> shares;
    for (size_t i = 0; i < kStackTaps; ++i) shares[i] = share(stack_inputs_[i]);
    channel.stack.update(shares, share(value - lanes_.prediction[kMain]), 7, 3);

    for (size_t k = 0; k < kLanes; ++k) {
      const int32_t error = std::min(std::abs(value - lanes_.prediction[k]), 1 << 26);
      int32_t& cell = channel.calibration[cells_[k]];
      const auto ratio = static_cast<int32_t>(std::min<int64_t>((int64_t{error + 3} << 16) / energy_[k], 4 << 16));
      cell += (ratio - cell) / 64;
      channel.fast[k] += (error * 16 - channel.fast[k]) >> 2;
      channel.middle[k] += (error * 16 - channel.middle[k]) >> 4;
      channel.slow[k] += (error * 16 - channel.slow[k]) >> 7;
    }
    channel.scale = scale;
    if (channel.now == kHistory) {
      std::copy(channel.history.end() - kKept, channel.history.end(), channel.history.begin());
      channel.now = kKept;
    }
    channel.history[channel.now++] = sample;
    if (++turn_ == channels_.size()) turn_ = 0;
  }

  std::vector<Channel> channels_;
  size_t turn_ = 0;
  Channel* channel_ = nullptr;  ///< whose turn it is
  std::array<int32_t, kAutoregression> inputs_{};
  std::array<int32_t, kShortAutoregression> short_inputs_{};
  std::array<int32_t, kStackTaps> stack_inputs_{};
  std::array<int32_t, 3> filtered_{};  ///< what each long filter predicts of what is left
  int32_t first_prediction_ = 0;
  Lanes<kLanes> lanes_;
  Row energy_{};
  std::array<size_t, kLanes> cells_{};
  int log_scale_ = 0;
  int64_t sure_distance_ = 1;
  bool ends_known_ = false;  ///< to lanes_: the interval's
  SureBits sure_;

  std::array<mix::AdaptiveMap, 2> final_maps_;
  Mixer mixer_;
  std::array<std::vector<mix::AdaptiveProbability>, kContexts> contexts_;
  std::array<uint32_t, kContexts> hashes_{};

  // The sample so far: bits, its lowest value (from the lowest there is), and the bits with a leading one.
  int position_ = 0;
  uint32_t low_ = 0;
  uint32_t partial_ = 1;
  uint32_t p1_ = mix::kProbabilityOne / 2;
};

}  // namespace lmzip::numbers
