// SPDX-License-Identifier: Apache-2.0
#include "train/options.h"

#include <gmock/gmock.h>

#include "model/random_model.h"
#include "unit/train/fixtures.h"

namespace lmzip::train {
namespace {

using model::Mixer;
using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Options, PaperSizesHaveTheirPaperParameters) {
  // The paper's counts (231,936 and so on) and two vectors more: the norm before the head.
  EXPECT_EQ(preset("paper-200k").architecture.parameters(), 231936U + 2 * 64);
  EXPECT_EQ(preset("paper-800k").architecture.parameters(), 856832U + 2 * 128);
  EXPECT_EQ(preset("paper-3.2m").architecture.parameters(), 3286272U + 2 * 256);
}

TEST(Options, EveryPresetIsAnArchitectureThatFits) {
  for (const char* name : {"fast", "paper-200k", "paper-800k", "paper-3.2m"}) {
    TrainOptions options = preset(name);
    options.files = {{"text", {}}};
    options.output = "model";
    options.budget.steps = 1;
    EXPECT_NO_THROW(check(options)) << name;
  }
}

TEST(Options, AnUnknownPresetIsRefusedWithThoseThatThereAre) {
  EXPECT_THAT(error_of([] { preset("paper-70b"); }).what(),
              HasSubstr("'paper-70b'; there are: fast, pixels, samples, paper-200k"));
}

TEST(Options, AModelIsTrainedFurtherAsItsKindIs) {
  for (const char* name : {"fast", "pixels", "samples", "paper-200k"}) {
    const TrainOptions made = preset(name);
    const std::shared_ptr<const model::Model> model = model::read_model(model::random_model(made.architecture, 1));
    const TrainOptions further = settings_for(model);
    EXPECT_EQ(further.architecture, made.architecture) << name;
    EXPECT_EQ(further.cold_starts, made.cold_starts) << name;
    EXPECT_EQ(further.curriculum.size(), made.curriculum.size()) << name;
    EXPECT_EQ(further.begin_with, model);
  }
}

TEST(Options, FieldsChangeAnArchitectureTogether) {
  const model::Architecture changed = with_fields(
      preset("fast").architecture,
      std::vector<std::string>{"layers=2*recurrence,attention", "heads=4", "key_value_heads=1", "head_width=32",
                               "window=512", "feed=swiglu", "feed_width=512", "tied=true", "tables=order2,word"});
  EXPECT_THAT(changed.layers, ElementsAre(Mixer::kRecurrence, Mixer::kRecurrence, Mixer::kAttention));
  EXPECT_THAT(changed.tables, ElementsAre(model::NgramContext::kOrder2, model::NgramContext::kWord));
  EXPECT_EQ(changed.window, 512);
  EXPECT_TRUE(changed.tied);
  EXPECT_EQ(changed.width, 256);
}

TEST(Options, FieldsThatDoNotFitAreRefused) {
  const auto complaint = [](const std::string& field) {
    const Error error = error_of([&] { with_fields(preset("fast").architecture, std::vector<std::string>{field}); });
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return std::string(error.what());
  };
  EXPECT_THAT(complaint("width"), HasSubstr("not FIELD=VALUE"));
  EXPECT_THAT(complaint("depth=3"), HasSubstr("no field 'depth'"));
  EXPECT_THAT(complaint("width=17"), HasSubstr("width"));
  EXPECT_THAT(complaint("width=lots"), HasSubstr("width"));
  EXPECT_THAT(complaint("width="), HasSubstr("width"));
  EXPECT_THAT(complaint("layers=99*recurrence"), HasSubstr("1 to 64"));
  EXPECT_THAT(complaint("layers=x*recurrence"), HasSubstr("1 to 64"));
  EXPECT_THAT(complaint("layers=convolution"), HasSubstr("layers"));
  EXPECT_THAT(complaint("layers=attention"), HasSubstr("heads"));  // which has none yet
  EXPECT_THAT(complaint("norm=\"rms"), HasSubstr("norm"));
}

TEST(Options, WhatIsOutOfRangeIsRefused) {
  const test::Folder folder;
  const auto complaint = [&](auto change) {
    TrainOptions options = test::small_training(folder);
    EXPECT_NO_THROW(check(options));
    change(options);
    return std::string(error_of([&] { check(options); }).what());
  };
  using O = TrainOptions&;
  EXPECT_THAT(complaint([](O o) { o.files.clear(); }), HasSubstr("no file to learn from"));
  EXPECT_THAT(complaint([](O o) { o.budget = {}; }), HasSubstr("limit"));
  EXPECT_THAT(complaint([](O o) { o.batch = 0; }), HasSubstr("batch"));
  EXPECT_THAT(complaint([](O o) { o.accumulate = 0; }), HasSubstr("update"));
  EXPECT_THAT(complaint([](O o) { o.curriculum = {{0.5, 64}}; }), HasSubstr("begins at 0"));
  EXPECT_THAT(complaint([](O o) { o.curriculum = {{0, 64}, {0, 128}}; }), HasSubstr("rise"));
  EXPECT_THAT(complaint([](O o) { o.curriculum = {{0, 4096}}; }), HasSubstr("lengths"));
  EXPECT_THAT(complaint([](O o) { o.rate = -1; }), HasSubstr("rates"));
  EXPECT_THAT(complaint([](O o) { o.matrix_rate = std::numeric_limits<double>::quiet_NaN(); }), HasSubstr("rates"));
  EXPECT_THAT(complaint([](O o) { o.decay_from = 1; }), HasSubstr("fall"));
  EXPECT_THAT(complaint([](O o) { o.table_dropout = {0.1}; }), HasSubstr("one for each"));
  EXPECT_THAT(complaint([](O o) { o.table_dropout = {0.1, 1}; }), HasSubstr("below 1"));
  EXPECT_THAT(complaint([](O o) {
                o.architecture = preset("paper-200k").architecture;
                o.table_dropout = {0.1};
              }),
              HasSubstr("with n-gram tables"));
  EXPECT_THAT(complaint([](O o) { o.threads = 0; }), HasSubstr("threads"));
  EXPECT_THAT(complaint([](O o) { o.output.clear(); }), HasSubstr("nothing would be kept"));
  EXPECT_THAT(complaint([](O o) { o.architecture.width = 0; }), HasSubstr("width"));
}

}  // namespace
}  // namespace lmzip::train
