// SPDX-License-Identifier: Apache-2.0
#include "torch/checkpoint.h"

#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "model/model_file.h"
#include "unit/train/fixtures.h"

namespace lmzip::torch_plugin {
namespace {

using test::error_of;
using testing::HasSubstr;

/// All that a checkpoint is made of.
struct Whole {
  explicit Whole(const train::TrainOptions& options)
      : data(options),
        network(options.architecture, {}, options.seed),
        optimiser(network, options),
        sampler(data, options) {
    progress.precision = "float32";
  }
  Checkpointed everything() { return {progress, network, optimiser, carried}; }

  train::TrainingData data;
  Network network;
  Optimiser optimiser;
  train::Sampler sampler;
  CarriedState carried;
  Progress progress;
};

class Checkpoints : public testing::Test {
 protected:
  Checkpoints() : options_(test::small_training(folder_)), path_(folder_.path("checkpoint")) {
    Whole whole(options_);
    whole.sampler.draw(64);
    whole.progress.used = {3, 1536, 1.25};
    whole.progress.budget.steps = 20;
    save_checkpoint(path_, whole.everything(), whole.sampler);
    const base::MappedFile file(path_);
    bytes_.assign(file.bytes().begin(), file.bytes().end());
  }

  test::Folder folder_;
  train::TrainOptions options_;
  std::string path_;
  Bytes bytes_;
};

TEST_F(Checkpoints, HoldEverything) {
  options_.seed = 99;  // other weights, other places
  Whole whole(options_);
  CheckpointFile(path_).load(whole.everything(), whole.sampler);
  EXPECT_EQ(whole.progress.used.steps, 3U);
  EXPECT_EQ(whole.progress.used.seconds, 1.25);
  EXPECT_EQ(whole.progress.budget.steps, 20U);
  const std::string again = folder_.path("again");
  save_checkpoint(again, whole.everything(), whole.sampler);
  const base::MappedFile file(again);
  EXPECT_TRUE(std::equal(bytes_.begin(), bytes_.end(), file.bytes().begin(), file.bytes().end()));
}

TEST_F(Checkpoints, OfAnotherArchitectureAreRefused) {
  options_.architecture.width = 48;
  Whole whole(options_);
  const Error error = error_of([&] { CheckpointFile(path_).load(whole.everything(), whole.sampler); });
  EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  EXPECT_THAT(error.what(), HasSubstr(path_ + ": is of another architecture"));
}

TEST_F(Checkpoints, OfAnotherOptimiserAreRefused) {
  options_.optimiser = train::Optimiser::kAdamW;
  Whole whole(options_);
  EXPECT_THAT(error_of([&] { CheckpointFile(path_).load(whole.everything(), whole.sampler); }).what(),
              HasSubstr("other settings"));
}

TEST_F(Checkpoints, ThatAreDamagedAreRefusedWithTheirName) {
  for (const size_t size : {size_t{0}, size_t{7}, size_t{100}, bytes_.size() / 2, bytes_.size() - 1}) {
    folder_.write("checkpoint", ByteSpan(bytes_).first(size));
    EXPECT_THAT(error_of([&] { CheckpointFile file(path_); }).what(), HasSubstr(path_)) << size;
  }
  Bytes bad = bytes_;
  bad[12] ^= 0x55;
  folder_.write("checkpoint", bad);
  EXPECT_THAT(error_of([&] { CheckpointFile file(path_); }).what(), HasSubstr(path_));
}

TEST_F(Checkpoints, AModelIsNoCheckpoint) {
  const std::string model = folder_.path("model.safetensors");
  save_model(model, Whole(options_).network, nullptr);
  EXPECT_EQ(error_of([&] { CheckpointFile file(model); }).kind(), ErrorKind::kUnsupported);
}

TEST_F(Checkpoints, ModelsAreWhatTheirReaderWants) {
  const std::string path = folder_.path("model.safetensors");
  const Whole whole(options_);
  save_model(path, whole.network, nullptr);
  const auto model = model::open_model(path);
  EXPECT_EQ(model->architecture(), options_.architecture);
  EXPECT_FALSE(model->quantised());
  for (const Parameter& one : whole.network.parameters()) {
    const auto values = model->floats(one.name);
    ASSERT_EQ(values.size(), static_cast<size_t>(one.value.numel()));
    EXPECT_EQ(std::memcmp(values.data(), one.value.data_ptr(), values.size_bytes()), 0) << one.name;
  }
}

}  // namespace
}  // namespace lmzip::torch_plugin
