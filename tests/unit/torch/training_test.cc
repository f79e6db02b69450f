// SPDX-License-Identifier: Apache-2.0
#include "torch/training.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "base/mapped_file.h"
#include "base/replace_file.h"
#include "model/card.h"
#include "model/quantise.h"
#include "model/safetensors.h"
#include "torch/optimiser.h"
#include "unit/train/fixtures.h"

namespace lmzip::torch_plugin {
namespace {

using testing::HasSubstr;
using train::TrainOptions;

/// Keeps all losses; may ask for a stop after some updates.
struct Recorder : train::TrainingListener {
  void trained(const train::TrainingState& state) override {
    losses.push_back(state.loss);
    if (losses.size() == stop_after) sink.request_stop();
  }
  void validated(const train::TrainingState&, const std::vector<train::Validation>& results) override {
    validations.push_back(results);
  }
  void noted(const std::string&) override {}

  ProgressSink sink;
  size_t stop_after = 0;
  std::vector<double> losses;
  std::vector<std::vector<train::Validation>> validations;
};

train::TrainingResult run(const TrainOptions& options, Recorder& recorder) {
  return train_model(options, recorder.sink, recorder);
}

class Trainings : public testing::Test {
 protected:
  test::Folder folder_;
  TrainOptions options_ = test::small_training(folder_);
};

TEST_F(Trainings, LossFallsAndTheModelIsAsGoodAsItsCardSays) {
  options_.budget.steps = 150;
  options_.holdout = 16384;
  Recorder recorder;
  const train::TrainingResult result = run(options_, recorder);
  EXPECT_FALSE(result.stopped);
  ASSERT_EQ(recorder.losses.size(), 150U);
  EXPECT_NEAR(recorder.losses.front(), 8, 1);
  EXPECT_LT(recorder.losses.back(), 2.5);  // 32 words of three letters and a space: 1.3 bits is what can be had

  const auto model = model::open_model(options_.output);
  const model::ModelCard card = *model::find_card({.name = "model", .path = options_.output});
  model::check_card(card, *model);
  EXPECT_EQ(card.bytes_seen, 150U * 512);
  ASSERT_EQ(card.validation.size(), 2U);
  const train::TrainingData data(options_);
  ProgressSink sink;
  const train::Validation measured = validate({Network(*model, {})}, data.validation()[0], 1 << 20, sink);
  EXPECT_EQ(measured.bytes, 16384U);
  EXPECT_NEAR(measured.cold, *card.validation[0].float_bits, 0.02);
  EXPECT_LT(measured.cold, 2.6);
}

TEST_F(Trainings, ModelsOfTokensAreMeasuredInBitsPerRawByte) {
  options_ = test::with_tokens(options_, test::words(40000, 1), 288);
  options_.budget.steps = 150;
  options_.holdout = 16384;
  options_.precision = train::Precision::kFloat32;
  Recorder recorder;
  const train::TrainingResult result = run(options_, recorder);
  // The bias begins with the tokens' frequencies: never eight bits a byte.
  EXPECT_LT(recorder.losses.front(), 3);
  EXPECT_LT(recorder.losses.back(), 2);

  const auto model = model::open_model(options_.output);
  ASSERT_NE(model->tokenizer(), nullptr);
  EXPECT_EQ(model->tokenizer()->merges(), options_.tokenizer->merges());
  const model::ModelCard card = *model::find_card({.name = "model", .path = options_.output});
  model::check_card(card, *model);
  EXPECT_GT(card.bytes_seen, 2U * 150 * 512);  // raw bytes
  ASSERT_EQ(card.validation.size(), 2U);

  // The same text, measured the way reports do.
  const train::TrainingData data(options_);
  const ByteSpan held_out = data.validation()[0].bytes;
  std::vector<ByteSpan> chunks;
  for (size_t at = 0; at < held_out.size(); at += 2048) chunks.push_back(held_out.subspan(at, 2048));
  ProgressSink sink;
  double bits = 0;
  for (const double one : measure_bits(*model, chunks, sink)) bits += one;
  EXPECT_EQ(sink.raw_bytes(), 16384U);
  EXPECT_NEAR(bits / 16384, *card.validation[0].float_bits, 1e-3);
  EXPECT_LT(*card.validation[1].float_bits, bits / 16384 + 0.02);  // running
}

TEST_F(Trainings, ResumingNeedsTheSameTokenizer) {
  options_ = test::with_tokens(options_, test::words(40000, 1), 288);
  options_.checkpoint = folder_.path("checkpoint");
  Recorder recorder;
  run(options_, recorder);
  options_.resume = options_.checkpoint;
  TrainOptions other = test::with_tokens(options_, test::words(40000, 2), 288);
  EXPECT_THAT(test::error_of([&] { run(other, recorder); }).what(), HasSubstr("checkpoint: is of another tokenizer"));
  run(options_, recorder);
  EXPECT_EQ(recorder.losses.size(), 40U);
}

TEST_F(Trainings, ResumingGoesOnAsIfNothingHadHappened) {
  for (const bool attention : {false, true}) {
    if (attention) {
      const std::vector<std::string> fields = {
          "layers=recurrence,attention", "heads=2", "key_value_heads=1", "head_width=16", "window=256", "context=256"};
      options_.architecture = train::with_fields(options_.architecture, fields);
      options_.curriculum = {{0, 64}, {0.5, 128}};
    }
    options_.budget.steps = 16;
    options_.checkpoint = folder_.path("checkpoint");
    options_.resume.clear();
    options_.cold_starts = 0.002;
    Recorder whole, first, second;
    run(options_, whole);
    first.stop_after = 7;
    EXPECT_TRUE(run(options_, first).stopped);
    options_.resume = options_.checkpoint;
    options_.budget = {};
    const train::TrainingResult result = run(options_, second);
    EXPECT_FALSE(result.stopped);
    EXPECT_EQ(result.state.step, 16U);
    first.losses.insert(first.losses.end(), second.losses.begin(), second.losses.end());
    EXPECT_EQ(first.losses, whole.losses) << attention;
  }
}

TEST_F(Trainings, AFinishedTrainingGoesOnWithANewBudget) {
  options_.checkpoint = folder_.path("checkpoint");
  Recorder first, more;
  run(options_, first);
  options_.resume = options_.checkpoint;
  options_.budget.steps = 10;
  const train::TrainingResult result = run(options_, more);
  EXPECT_EQ(more.losses.size(), 10U);
  EXPECT_EQ(result.state.step, 30U);
  EXPECT_LT(more.losses.back(), first.losses.front());
}

TEST_F(Trainings, AGrownNetworkBeginsAsWhatItWas) {
  options_.checkpoint = folder_.path("checkpoint");
  Recorder first, same, grown;
  run(options_, first);
  options_.resume = options_.checkpoint;
  options_.checkpoint.clear();
  options_.budget.steps = 5;
  run(options_, same);
  const std::vector<std::string> more = {"layers=3*recurrence", "table_bits=12"};
  options_.architecture = train::with_fields(options_.architecture, more);
  run(options_, grown);
  EXPECT_NEAR(grown.losses.front(), same.losses.front(), 1e-4);
  EXPECT_NE(grown.losses.back(), same.losses.back()) << "what is new learns";

  const std::vector<std::string> fewer = {"layers=recurrence"};
  options_.architecture = train::with_fields(options_.architecture, fewer);
  EXPECT_THAT(test::error_of([&] { run(options_, grown); }).what(), HasSubstr("another architecture"));
}

TEST_F(Trainings, BeginsWithTheWeightsOfAModelFloatOrQuantisedAndGrown) {
  Recorder first, again, quantised, grown;
  options_.budget.steps = 60;
  run(options_, first);
  const auto model = model::open_model(options_.output);
  options_.budget.steps = 5;
  options_.begin_with = model;
  run(options_, again);
  EXPECT_LT(again.losses.front(), (first.losses.front() + first.losses.back()) / 2);
  EXPECT_THAT(model::find_card({.name = "model", .path = options_.output})->notes,
              HasSubstr("Begun with the weights of " + model->digest()));

  options_.begin_with = model::read_model(model::quantise(*model));
  run(options_, quantised);
  EXPECT_NEAR(quantised.losses.front(), again.losses.front(), 0.02);

  options_.begin_with = model;
  const std::vector<std::string> more = {"layers=3*recurrence", "table_bits=12"};
  options_.architecture = train::with_fields(options_.architecture, more);
  run(options_, grown);
  EXPECT_NEAR(grown.losses.front(), again.losses.front(), 1e-4);
  EXPECT_NE(grown.losses.back(), again.losses.back()) << "what is new learns";

  const std::vector<std::string> fewer = {"layers=recurrence"};
  options_.architecture = train::with_fields(options_.architecture, fewer);
  EXPECT_THAT(test::error_of([&] { run(options_, grown); }).what(), HasSubstr("another architecture"));
}

TEST_F(Trainings, ANetworkGoesOnWithFewerTables) {
  options_.checkpoint = folder_.path("checkpoint");
  options_.budget.steps = 60;
  Recorder first, without;
  run(options_, first);
  options_.resume = options_.checkpoint;
  options_.checkpoint.clear();
  options_.budget.steps = 5;
  for (const std::string kept : {"order2", "word"}) {
    const std::vector<std::string> fewer = {"tables=" + kept};
    TrainOptions options = options_;
    options.architecture = train::with_fields(options_.architecture, fewer);
    run(options, without);
    EXPECT_LT(without.losses.front(), (first.losses.front() + first.losses.back()) / 2) << kept;
  }
  const std::vector<std::string> another = {"tables=order3"};
  options_.architecture = train::with_fields(options_.architecture, another);
  EXPECT_THAT(test::error_of([&] { run(options_, without); }).what(), HasSubstr("another architecture"));
}

TEST_F(Trainings, EachOptimiserLearns) {
  for (const train::Optimiser optimiser : {train::Optimiser::kMuon, train::Optimiser::kAdamW}) {
    options_.optimiser = optimiser;
    options_.budget.steps = 60;
    Recorder recorder;
    run(options_, recorder);
    EXPECT_LT(recorder.losses.back(), 3.5) << static_cast<int>(optimiser);
  }
}

TEST_F(Trainings, AccumulatedPassesMakeTheUpdateOfOneLargeBatch) {
  // Attention draws new places for every sequence, the same ones whether for one pass or for two.
  const std::vector<std::string> fields = {
      "layers=attention", "state_width=0", "heads=2", "key_value_heads=2", "head_width=16",
      "window=64",        "context=64",    "tables=", "table_bits=0",      "table_width=0"};
  options_.architecture = train::with_fields(options_.architecture, fields);
  options_.budget.steps = 1;
  options_.precision = train::Precision::kFloat32;
  options_.warmup = 0;
  Recorder large, small;
  run(options_, large);
  const Bytes one = [&] {
    base::MappedFile file(options_.output);
    return Bytes(file.bytes().begin(), file.bytes().end());
  }();
  options_.batch /= 2;
  options_.accumulate = 2;
  run(options_, small);
  EXPECT_NEAR(small.losses[0], large.losses[0], 1e-5);
  const auto a = model::read_model(one, nullptr), b = model::open_model(options_.output);
  const auto x = a->floats("output.bias"), y = b->floats("output.bias");
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 1e-4);
}

TEST_F(Trainings, ALossThatIsNotFiniteEndsTheTrainingAndSparesTheCheckpoint) {
  options_.checkpoint = folder_.path("checkpoint");
  options_.output.clear();
  Recorder recorder;
  run(options_, recorder);
  // One weight of the checkpoint becomes NaN.
  const base::MappedFile file(options_.checkpoint);
  Bytes bytes(file.bytes().begin(), file.bytes().end());
  for (const model::Tensor& tensor : model::read_safetensors(file.bytes()).tensors) {
    if (tensor.name != "parameter.output.bias") continue;
    const float nan = std::nanf("");
    std::memcpy(bytes.data() + (tensor.data.data() - file.bytes().data()), &nan, sizeof nan);
  }
  base::replace_file(options_.checkpoint, bytes);
  options_.resume = options_.checkpoint;
  const Error error = test::error_of([&] { run(options_, recorder); });
  EXPECT_EQ(error.kind(), ErrorKind::kLimit);
  EXPECT_THAT(error.what(), HasSubstr("no longer finite at step 21"));
  const base::MappedFile after(options_.checkpoint);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), after.bytes().begin(), after.bytes().end()));
}

TEST_F(Trainings, UnreadableDataIsRefusedBeforeAnythingIsWritten) {
  options_.files.push_back({folder_.path("absent"), {}});
  options_.log = folder_.path("log");
  Recorder recorder;
  EXPECT_THAT(test::error_of([&] { run(options_, recorder); }).what(), HasSubstr("absent"));
  EXPECT_FALSE(std::filesystem::exists(options_.log));
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST(OrthogonalSteps, MoveEveryDirectionOfAMatrixAboutAsFar) {
  // After one step of Muon from zero, the matrix is the step: its singular values lie close together, although those of
  // the gradient do not.
  const test::Folder folder;
  TrainOptions options = test::small_training(folder);
  options.clip = 0;
  options.weight_decay = 0;
  options.matrix_rate = 1;
  Network network(options.architecture, {}, 1);
  Optimiser optimiser(network, options);
  at::manual_seed(1);
  for (const Parameter& one : network.parameters()) {
    if (one.name == "tables") continue;
    at::Tensor gradient = at::randn_like(one.value);
    if (one.matrix) gradient = at::mm(gradient, at::diag(at::logspace(-1, 0, one.value.size(1))));
    const_cast<at::Tensor&>(one.value).mutable_grad() = gradient;
  }
  optimiser.step(1);
  const at::Tensor step = network["layers.0.recurrence.output"];
  const at::Tensor squares = at::mm(step.t(), step);
  EXPECT_NEAR(squares.diagonal().mean().item<double>(), 1, 0.3);
  EXPECT_LT((squares - at::diag(squares.diagonal())).abs().max().item<double>(), 0.35);
}

}  // namespace
}  // namespace lmzip::torch_plugin
