// SPDX-License-Identifier: Apache-2.0
#include "train/data.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "unit/train/fixtures.h"

namespace lmzip::train {
namespace {

using test::error_of;
using test::words;
using testing::HasSubstr;

class Data : public testing::Test {
 protected:
  /// Options whose sequences have 64 bytes at most.
  TrainOptions options() const {
    TrainOptions options = test::small_training(folder_);
    options.architecture.context = 64;
    return options;
  }

  test::Folder folder_;
};

TEST_F(Data, AFileThatCannotBeLearntFromIsNamed) {
  const auto complaint = [&](const std::string& path) {
    TrainOptions bad = options();
    bad.files.push_back({path, {}});
    const Error error = error_of([&] { TrainingData{bad}; });
    EXPECT_THAT(error.what(), HasSubstr(path));
    return std::string(error.what());
  };
  EXPECT_THAT(complaint(folder_.path("absent")), HasSubstr("No such file"));
  EXPECT_THAT(complaint(folder_.path()), HasSubstr("regular file"));
  EXPECT_THAT(complaint(folder_.write("empty", {})), HasSubstr("is empty"));
  EXPECT_THAT(complaint(folder_.write("short", words(64, 1))), HasSubstr("has 64 bytes"));
}

TEST_F(Data, AnAbsentValidationFileIsRefused) {
  TrainOptions bad = options();
  bad.validation = {folder_.path("absent")};
  EXPECT_THAT(error_of([&] { TrainingData{bad}; }).what(), HasSubstr("absent"));
}

TEST_F(Data, WeightsThatAddUpToNothingAreRefused) {
  TrainOptions bad = options();
  bad.files[0].weight = 0;
  EXPECT_THAT(error_of([&] { TrainingData{bad}; }).what(), HasSubstr("add up to nothing"));
  bad.files[0].weight = -1;
  EXPECT_THAT(error_of([&] { TrainingData{bad}; }).what(), HasSubstr("weight"));
}

TEST_F(Data, WhatIsHeldOutIsNeverSampled) {
  TrainOptions held = options();
  held.holdout = 39000;  // of 40,000
  const TrainingData data(held);
  ASSERT_EQ(data.training()[0].bytes.size(), 1000U);
  ASSERT_EQ(data.validation().size(), 1U);
  EXPECT_EQ(data.validation()[0].name, "text");
  EXPECT_EQ(data.validation()[0].bytes.size(), 39000U);
  EXPECT_EQ(data.validation()[0].bytes.data(), data.training()[0].bytes.data() + 1000);
  Random random(5);
  uint64_t furthest = 0;
  for (int i = 0; i < 20000; ++i) furthest = std::max(furthest, data.sample(random, 64).offset + 64);
  EXPECT_EQ(furthest, 1000U);
}

TEST_F(Data, FilesAreSampledByTheirWeights) {
  TrainOptions weighted = options();
  weighted.files = {{folder_.write("a", words(5000, 2)), 1},
                    {folder_.write("b", words(100, 3)), 0},
                    {folder_.write("c", words(100, 4)), 3}};
  const TrainingData data(weighted);
  Random random(1);
  int counts[3] = {};
  for (int i = 0; i < 40000; ++i) ++counts[data.sample(random, 64).text];
  EXPECT_NEAR(counts[0], 10000, 400);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 30000, 400);
}

TEST_F(Data, WithoutWeightsSizesDecide) {
  TrainOptions sized = options();
  sized.files = {{folder_.write("a", words(30000, 2)), {}}, {folder_.write("b", words(10000, 3)), {}}};
  const TrainingData data(sized);
  EXPECT_DOUBLE_EQ(data.training()[0].share, 0.75);
  EXPECT_DOUBLE_EQ(data.training()[1].share, 0.25);
}

TEST_F(Data, TokensAreThoseOfTheTextsAndPlacesLieAmongThem) {
  TrainOptions tokens = test::with_tokens(options(), words(40000, 1), 288);
  tokens.holdout = 10000;
  TrainingData data(tokens);
  data.tokenize(tokens, ProgressSink());
  const TrainingText& text = data.training()[0];
  EXPECT_EQ(text.tokens, tokens.tokenizer->encode(text.bytes));
  EXPECT_EQ(text.size(), text.tokens.size());
  EXPECT_LT(text.size(), text.bytes.size() / 2);
  Random random(5);
  uint64_t furthest = 0;
  for (int i = 0; i < 200000; ++i) furthest = std::max(furthest, data.sample(random, 64).offset + 64);
  EXPECT_EQ(furthest, text.size());
}

TEST_F(Data, ATextWithFewerTokensThanASequenceIsRefused) {
  TrainOptions tokens = test::with_tokens(options(), words(40000, 1), 288);
  tokens.files.push_back({folder_.write("short", words(70, 1)), {}});
  TrainingData data(tokens);
  EXPECT_THAT(error_of([&] { data.tokenize(tokens, ProgressSink()); }).what(),
              testing::ContainsRegex("short: has [0-9]+ tokens; sequences of 64 need more"));
}

}  // namespace
}  // namespace lmzip::train
