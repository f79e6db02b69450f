// SPDX-License-Identifier: Apache-2.0
// The predictors that learn linear relations: least_squares.h, autoregression.h, long_filter.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "numbers/autoregression.h"
#include "numbers/least_squares.h"
#include "numbers/long_filter.h"
#include "numbers/moments.h"
#include "numbers/sample_priors.h"
#include "portability/forecast_digest.h"

namespace lmzip::numbers {
namespace {

using test::Lehmer;

/// Numbers from -most to most, most of them near 0.
int32_t noise(Lehmer& random, int32_t most) {
  int32_t sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<int32_t>(random.below(static_cast<uint32_t>(2 * most + 1))) - most;
  return sum / 4;
}

struct HostileSignal {
  const char* name;
  std::function<int32_t(int n, Lehmer& random)> at;  ///< -1, 0 or 1, in turn or as it likes
};

/// What makes sums overflow and equations unsolvable: signals that are the largest there is, nothing at all, or both.
std::vector<HostileSignal> hostile_signals() {
  return {{"zeros", [](int, Lehmer&) { return 0; }},
          {"the highest", [](int, Lehmer&) { return 1; }},
          {"the lowest", [](int, Lehmer&) { return -1; }},
          {"both in turn", [](int n, Lehmer&) { return n % 2 * 2 - 1; }},
          {"both in turn, slower", [](int n, Lehmer&) { return n / 17 % 2 * 2 - 1; }},
          {"any of both", [](int, Lehmer& random) { return static_cast<int32_t>(random.below(2)) * 2 - 1; }},
          {"a step after silence", [](int n, Lehmer&) { return n % 3000 < 2900 ? 0 : 1; }},
          {"lonely clicks", [](int n, Lehmer&) { return n % 97 == 0 ? n % 2 * 2 - 1 : 0; }},
          {"silence, then noise", [](int n, Lehmer& random) { return n < 2000 ? 0 : int32_t(random.below(3)) - 1; }}};
}

template <size_t kTaps>
Moments<kTaps> independent(int16_t moment) {
  Moments<kTaps> moments{};
  for (size_t i = 0; i < kTaps; ++i) moments[i][i] = moment;
  return moments;
}

// DescentPredictor.

constexpr size_t kTaps = 16;
using Descent = DescentPredictor<kTaps>;

/// A law with weights of both signs, and what `descent` gets wrong of it, on average, after having seen `count`
/// numbers.
double mean_error_of_law(Descent& descent, int count, Lehmer& random, int memory = 9, int steps = 4) {
  constexpr std::array<int32_t, kTaps> kLaw = {60000, -30000, 20000, 0,     -15000, 8000, 0, 4000,
                                               -4000, 0,      2000,  -2000, 1000,   0,    0, 30000};
  double sum = 0;
  constexpr int kLast = 100;
  for (int n = 0; n < count; ++n) {
    Descent::Inputs inputs;
    int64_t truth = 0;
    for (size_t i = 0; i < kTaps; ++i) {
      inputs[i] = noise(random, 1000);
      truth += int64_t{inputs[i]} * kLaw[i] >> 16;
    }
    const auto error = static_cast<int32_t>(truth) - descent.predict<true>(inputs, 16);
    if (n >= count - kLast) sum += std::abs(error);
    descent.update(inputs, std::clamp(error, -2047, 2047), memory, steps);
  }
  return sum / kLast;
}

TEST(DescentPredictor, LearnsALinearLaw) {
  Lehmer random(1);
  Descent descent({}, independent<kTaps>(256), 10, 0);
  const double unlearnt = mean_error_of_law(descent, 100, random, 9, 0);
  EXPECT_GT(unlearnt, 200);
  // Each weight has been mended a hundred times.
  EXPECT_LT(mean_error_of_law(descent, 400, random), unlearnt / 30);
  EXPECT_LT(mean_error_of_law(descent, 3000, random), unlearnt / 50);
}

TEST(DescentPredictor, FollowsALawThatChanges) {
  Lehmer random(2);
  // Weights that were right for something else, and trusted much.
  Descent::Inputs wrong{};
  wrong.fill(40000);
  Descent descent(wrong, independent<kTaps>(256), 100, 20);
  EXPECT_GT(mean_error_of_law(descent, 100, random, 9, 0), 300);
  EXPECT_LT(mean_error_of_law(descent, 5000, random), 10);
}

TEST(DescentPredictor, BeginsWithTheWeightsItIsGiven) {
  Descent::Inputs weights{}, inputs{};
  weights[3] = 3 << 16;
  inputs[3] = -100;
  inputs[4] = 77;
  const Descent descent(weights, independent<kTaps>(256), 1, 0);
  EXPECT_EQ(descent.predict<true>(inputs, 16), -300);
  EXPECT_EQ(descent.predict<false>(inputs, 12), -4800);
}

TEST(DescentPredictor, WhatNobodyCanLearnLeavesItAbleToLearn) {
  // Weights stay below 4, so that no sum of small inputs leaves 32 bits.
  constexpr int64_t kMost = int64_t{kTaps} * 4 * 2047;
  for (const HostileSignal& inputs : hostile_signals()) {
    for (const HostileSignal& errors : hostile_signals()) {
      for (const auto& [memory, steps] : {std::pair{6, 4}, std::pair{9, 3}, std::pair{11, 2}}) {
        SCOPED_TRACE(std::string(inputs.name) + " and errors of " + errors.name + ", memory " + std::to_string(memory));
        Lehmer random(3);
        Descent descent({}, independent<kTaps>(256), 100, 20);
        for (int n = 0; n < 6000; ++n) {
          Descent::Inputs row;
          for (size_t i = 0; i < kTaps; ++i) row[i] = inputs.at(n + static_cast<int>(i), random) * 2047;
          ASSERT_LE(std::abs(int64_t{descent.predict<true>(row, 16)}), kMost);
          descent.update(row, errors.at(n, random) * 2047, memory, steps);
        }
        EXPECT_LT(mean_error_of_law(descent, 20'000, random), 30);
      }
    }
  }
}

// Autoregression.

constexpr size_t kLong = 32;
using Listener = Autoregression<kLong>;

/// A listener with the past it needs.
class Listening {
 public:
  explicit Listening(const Listener::Options& options = {}) : listener_(options, kSpeech[1]) {}

  int32_t predict() const { return listener_.predict(inputs_, 0); }
  /// `loudness`: the scale of the error, of which inputs are told in 64ths.
  void hear(int32_t sample, int32_t loudness) {
    int shift = 14;
    int64_t factor = (int64_t{64} << shift) / loudness;
    for (; factor >= 1 << 15; --shift) factor >>= 1;
    inputs_.back() = loudness;
    listener_.update(inputs_, sample, static_cast<int32_t>(factor), shift);
    std::shift_right(inputs_.begin(), inputs_.end() - 1, 1);
    inputs_[0] = sample;
  }

 private:
  Listener listener_;
  Listener::Inputs inputs_{};
};

TEST(Autoregression, LearnsARingingProcess) {
  // x(n) = 1.8 x(n-1) - 0.9 x(n-2) + noise rings at a frequency that speech does not have here.
  Lehmer random(4);
  Listening listening;
  double x = 0, before = 0, off = 0, floor = 0, power = 0;
  constexpr int kLoudness = 100;
  for (int n = 0; n < 6000; ++n) {
    const int32_t surprise = noise(random, 2 * kLoudness);
    const double next = 1.8 * x - 0.9 * before + surprise;
    const auto sample = static_cast<int32_t>(std::lround(next));
    if (n >= 2000) {
      off += std::pow(sample - listening.predict(), 2);
      floor += std::pow(surprise, 2);
      power += std::pow(sample, 2);
    }
    listening.hear(sample, kLoudness);
    before = x;
    x = next;
  }
  EXPECT_GT(power, 20 * floor) << "there is something to learn";
  // With 32 weights and a memory of 256 samples an eighth more than the noise is the least; and some is rounding.
  EXPECT_LT(off, 1.35 * floor);
}

TEST(Autoregression, FindsTonesThatNeverChange) {
  Listening listening({.memory = 6});
  double off = 0;
  for (int n = 0; n < 4000; ++n) {
    const auto sample = static_cast<int32_t>(std::lround(8000 * std::sin(0.13 * n) + 3000 * std::sin(0.71 * n)));
    if (n >= 3000) off = std::max<double>(off, std::abs(sample - listening.predict()));
    listening.hear(sample, 20);
  }
  EXPECT_LT(off, 200) << "of 11000";
}

TEST(Autoregression, StaysWithinItsLimitsWhateverItHears) {
  // Weights are at most 64 to either side, and there are 32.
  constexpr int64_t kMost = int64_t{kLong} * 64 * 32768;
  for (const HostileSignal& signal : hostile_signals()) {
    for (const int regularization : {14, 18}) {
      SCOPED_TRACE(signal.name);
      Lehmer random(5);
      Listening listening({.memory = 4, .regularization = regularization});
      int32_t loudness = 64;
      for (int n = 0; n < 6000; ++n) {
        const int32_t sample = signal.at(n, random) * 32767;
        const int64_t predicted = listening.predict();
        ASSERT_LE(std::abs(predicted), kMost);
        listening.hear(sample, loudness);
        // Errors follow what was heard, as those of a model do: quickly, and down to the least there is.
        const auto off = static_cast<int32_t>(std::min<int64_t>(std::abs(sample - predicted), 32767));
        loudness = std::max(loudness + (off - loudness) / 4, 1);
      }
      // Afterwards it still hears.
      double off = 0;
      for (int n = 0; n < 3000; ++n) {
        const auto sample = static_cast<int32_t>(std::lround(8000 * std::sin(0.13 * n)));
        if (n >= 2000) off = std::max<double>(off, std::abs(sample - listening.predict()));
        listening.hear(sample, 20);
      }
      EXPECT_LT(off, 200);
    }
  }
}

// LongFilter.

TEST(LongFilter, HearsAnEchoFromFarBack) {
  constexpr int kDelay = 200, kCount = 60'000;
  Lehmer random(6);
  LongFilter filter(256, 40);
  std::vector<int32_t> all;
  double off = 0, power = 0;
  for (int n = 0; n < kCount; ++n) {
    const int32_t echo = n < kDelay ? 0 : all[all.size() - kDelay] * 9 / 10;
    all.push_back(echo + noise(random, 400));
    const int32_t predicted = filter.predict();
    if (n >= kCount - 5000) {
      off += std::pow(all.back() - predicted, 2);
      power += std::pow(all.back(), 2);
    }
    filter.update(all.back(), 1 << 20);
  }
  EXPECT_LT(off, 0.5 * power) << "of the echo 0.81 of the power comes back";
}

TEST(LongFilter, BeginsWithoutAnOpinion) {
  LongFilter filter(32, 60);
  EXPECT_EQ(filter.predict(), 0);
  filter.update(5000, 1 << 20);
  EXPECT_EQ(filter.predict(), 0) << "one number has no relation to any other";
}

TEST(LongFilter, OneOutlierOverturnsNothing) {
  // The error of a click is cut, so the weights are about what they were.
  const auto tone = [](int n) { return static_cast<int32_t>(std::lround(3000 * std::sin(0.3 * n))); };
  LongFilter clicked(16, 80), plain(16, 80);
  constexpr int kClick = 20'000, kLimit = 200;
  double off = 0, usual = 0;
  for (int n = 0; n < kClick + 500; ++n) {
    const double error = std::abs(tone(n) - clicked.predict()), plain_error = std::abs(tone(n) - plain.predict());
    if (n > kClick + 100) {
      off += error;
      usual += plain_error;
    }
    clicked.update(n == kClick ? 16000 : tone(n), kLimit);
    plain.update(tone(n), kLimit);
  }
  EXPECT_LT(off, 2 * usual + 400);
}

TEST(LongFilter, NothingOverflowsAtTheLimitsOfEverything) {
  for (const HostileSignal& signal : hostile_signals()) {
    for (const int32_t amplitude : {1, 16383, 1 << 25}) {  // more than the history keeps is cut
      for (const int32_t limit : {1, 1 << 20, 1 << 26}) {
        SCOPED_TRACE(std::string(signal.name) + " times " + std::to_string(amplitude));
        Lehmer random(7);
        LongFilter filter(256, 40), brisk(16, 80);
        for (int n = 0; n < 5000; ++n) {  // longer than the history slides
          const int32_t next = signal.at(n, random) * amplitude;
          ASSERT_LE(std::abs(int64_t{filter.predict()}), int64_t{256} * 2 * 16384);
          ASSERT_LE(std::abs(int64_t{brisk.predict()}), int64_t{16} * 2 * 16384);
          filter.update(next, limit);
          brisk.update(next, limit);
        }
      }
    }
  }
}

TEST(LongFilter, SlidingItsHistoryChangesNothing) {
  // One has heard silence first, of which nothing is learnt: what it knows lies elsewhere in its history, which is
  // moved back at other times.
  LongFilter filter(16, 80), shifted(16, 80);
  for (int n = 0; n < 1000; ++n) {
    shifted.predict();
    shifted.update(0, 1 << 20);
  }
  Lehmer random(8);
  for (int n = 0; n < 5000; ++n) {
    ASSERT_EQ(filter.predict(), shifted.predict()) << n;
    const int32_t next = noise(random, 8000);
    filter.update(next, 1 << 20);
    shifted.update(next, 1 << 20);
  }
}

}  // namespace
}  // namespace lmzip::numbers
