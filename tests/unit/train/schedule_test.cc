// SPDX-License-Identifier: Apache-2.0
#include "train/schedule.h"

#include <gtest/gtest.h>

namespace lmzip::train {
namespace {

TEST(Schedule, TheLimitThatIsNearestDecides) {
  const Budget budget{.steps = 100, .bytes = 1000, .seconds = 10};
  EXPECT_DOUBLE_EQ(fraction_of(budget, {.steps = 10, .bytes = 500, .seconds = 1}), 0.5);
  EXPECT_DOUBLE_EQ(fraction_of(budget, {.steps = 10, .bytes = 100, .seconds = 8}), 0.8);
  EXPECT_DOUBLE_EQ(fraction_of(budget, {.steps = 200, .bytes = 100, .seconds = 8}), 1);
  EXPECT_DOUBLE_EQ(fraction_of({.steps = 0, .bytes = 1000, .seconds = 0}, {.steps = 7, .bytes = 100, .seconds = 9}),
                   0.1);
}

TEST(Schedule, RatesRiseStayAndFall) {
  TrainOptions options;
  options.warmup = 10;
  options.decay_from = 0.5;
  options.final_rate = 0.1;
  EXPECT_DOUBLE_EQ(rate_factor(options, 0, 0), 0.1);
  EXPECT_DOUBLE_EQ(rate_factor(options, 4, 0), 0.5);
  EXPECT_DOUBLE_EQ(rate_factor(options, 9, 0), 1);
  EXPECT_DOUBLE_EQ(rate_factor(options, 1000, 0.5), 1);
  options.decay = Decay::kLinear;
  EXPECT_DOUBLE_EQ(rate_factor(options, 1000, 0.75), 0.55);
  EXPECT_DOUBLE_EQ(rate_factor(options, 1000, 1), 0.1);
  options.decay = Decay::kCosine;
  EXPECT_DOUBLE_EQ(rate_factor(options, 1000, 0.75), 0.55);
  EXPECT_GT(rate_factor(options, 1000, 0.6), 0.9);
  EXPECT_DOUBLE_EQ(rate_factor(options, 1000, 1), 0.1);
}

TEST(Schedule, SequencesGrowWithTheCurriculum) {
  TrainOptions options = preset("paper-200k");
  options.curriculum = {{0, 256}, {0.5, 512}, {0.9, 2048}};
  EXPECT_EQ(sequence_length(options, 0), 256);
  EXPECT_EQ(sequence_length(options, 0.49), 256);
  EXPECT_EQ(sequence_length(options, 0.5), 512);
  EXPECT_EQ(sequence_length(options, 1), 2048);
  options.curriculum.clear();
  EXPECT_EQ(sequence_length(options, 0), 2048);
}

}  // namespace
}  // namespace lmzip::train
