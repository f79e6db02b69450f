// SPDX-License-Identifier: Apache-2.0
#include "train/log.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "unit/train/fixtures.h"

namespace lmzip::train {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& path) {
  std::vector<json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(Log, EveryLineIsAnObjectAndIsThereAtOnce) {
  const test::Folder folder;
  const TrainOptions options = test::small_training(folder);
  TrainingLog log(folder.path("log"), LogMode::kTruncate);
  log.start(options, "a \"machine\"");
  log.trained({.step = 3, .bytes = 1536, .seconds = 2, .fraction = 0.5, .loss = 4.25});
  log.validated({.step = 3}, {{"text", 2048, 2.5, 2.25}, {"other", 2048, 3, 0}});
  const std::vector<json> lines = lines_of(folder.path("log"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["event"], "start");
  EXPECT_EQ(lines[0]["machine"], "a \"machine\"");
  EXPECT_EQ(lines[0]["architecture"]["width"], 32);
  EXPECT_EQ(lines[0]["settings"]["optimiser"], "muon");
  EXPECT_EQ(lines[1]["event"], "train");
  EXPECT_EQ(lines[1]["step"], 3);
  EXPECT_EQ(lines[1]["loss"], 4.25);
  EXPECT_EQ(lines[2]["texts"][0]["running"], 2.25);
  EXPECT_FALSE(lines[2]["texts"][1].contains("running"));
}

TEST(Log, ResumingAppends) {
  const test::Folder folder;
  TrainingLog(folder.path("log"), LogMode::kTruncate).trained({.step = 1});
  TrainingLog(folder.path("log"), LogMode::kAppend).trained({.step = 2});
  EXPECT_EQ(lines_of(folder.path("log")).size(), 2U);
  TrainingLog(folder.path("log"), LogMode::kTruncate).trained({.step = 1});
  EXPECT_EQ(lines_of(folder.path("log")).size(), 1U);
}

TEST(Log, AnUnwritablePlaceIsAnError) {
  const test::Folder folder;
  EXPECT_EQ(test::error_of([&] { TrainingLog(folder.path("no/log"), LogMode::kTruncate); }).kind(), ErrorKind::kIo);
  EXPECT_EQ(test::error_of([&] { TrainingLog("/dev/full", LogMode::kTruncate).trained({}); }).kind(), ErrorKind::kIo);
}

TEST(Card, SaysWhatWasLearntFromAndHowWell) {
  const test::Folder folder;
  TrainOptions options = test::small_training(folder);
  options.holdout = 5000;
  options.command = "lmzip train text";
  const TrainingData data(options);
  TrainingResult result;
  result.state = {.step = 20, .bytes = 10240};
  result.validation = {{"text", 4096, 2.5, 2.25}};
  const model::ModelCard card = training_card(options, data, result);
  EXPECT_EQ(card.name, "model");
  ASSERT_EQ(card.training_data.size(), 1U);
  EXPECT_EQ(card.training_data[0].file, "text");
  EXPECT_EQ(card.training_data[0].bytes, 35000U);
  EXPECT_EQ(card.training_data[0].digest, base::hex(base::xxh3_128(data.training()[0].bytes)));
  EXPECT_EQ(card.bytes_seen, 10240U);
  EXPECT_EQ(card.steps, 20U);
  EXPECT_EQ(card.training_command, "lmzip train text");
  ASSERT_EQ(card.validation.size(), 2U);
  EXPECT_EQ(card.validation[0].float_bits, 2.5);
  EXPECT_EQ(card.validation[1].rule, "running context");
}

}  // namespace
}  // namespace lmzip::train
