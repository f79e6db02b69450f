// SPDX-License-Identifier: Apache-2.0
#include "train/batches.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <optional>

#include "unit/train/fixtures.h"

namespace lmzip::train {
namespace {

using testing::Each;

class Batches : public testing::Test {
 protected:
  test::Folder folder_;
  TrainOptions options_ = test::small_training(folder_);
};

bool equal(const Batch& a, const Batch& b) {
  return a.inputs == b.inputs && a.targets == b.targets && a.rows == b.rows && a.row_weights == b.row_weights &&
         a.features == b.features && a.cold == b.cold;
}

TEST_F(Batches, InputsAreTheBytesBefore) {
  const Bytes text = test::words(64, 9);
  Batch batch = empty_batch(options_.architecture, 1, 64);
  StreamReader(options_.architecture).read(text, batch, 0);
  EXPECT_EQ(batch.inputs[0], 0);
  EXPECT_EQ(Bytes(batch.inputs.begin() + 1, batch.inputs.end()), Bytes(text.begin(), text.end() - 1));
  EXPECT_EQ(Bytes(batch.targets.begin(), batch.targets.end()), text);
  EXPECT_EQ(batch.cold[0], 1);
}

TEST_F(Batches, RowsAreThoseOfTheTablesOneBehindTheOther) {
  const Bytes text = test::words(200, 9);
  const model::Architecture& a = options_.architecture;
  Batch batch = empty_batch(a, 1, 200);
  StreamReader(a).read(text, batch, 0);
  model::NgramRows ngrams(a.tables, a.table_bits);
  uint32_t rows[2];
  for (size_t t = 0; t < text.size(); ++t) {
    ngrams.rows(rows);
    EXPECT_EQ(batch.rows[2 * t], static_cast<int32_t>(rows[0]));
    EXPECT_EQ(batch.rows[2 * t + 1], static_cast<int32_t>(rows[1] + 1024));
    ngrams.advance(text[t]);
  }
}

TEST_F(Batches, ReadingInPiecesIsReadingAtOnce) {
  const Bytes text = test::words(128, 9);
  Batch whole = empty_batch(options_.architecture, 1, 128), piece = empty_batch(options_.architecture, 1, 64);
  StreamReader(options_.architecture).read(text, whole, 0);
  StreamReader reader(options_.architecture);
  reader.read(ByteSpan(text).first(64), piece, 0);
  EXPECT_EQ(piece.cold[0], 1);
  reader.read(ByteSpan(text).last(64), piece, 0);
  EXPECT_EQ(piece.cold[0], 0);
  EXPECT_EQ(piece.inputs, std::vector<int32_t>(whole.inputs.begin() + 64, whole.inputs.end()));
  EXPECT_EQ(piece.rows, std::vector<int32_t>(whole.rows.begin() + 128, whole.rows.end()));
}

TEST_F(Batches, NumbersAreDistancesFromTheirCentres) {
  model::Architecture a = options_.architecture;
  a.tables.clear();
  a.numbers = model::Numbers::kPixels;
  a.row = 16;
  const Bytes picture = test::words(64, 9);
  Batch batch = empty_batch(a, 1, 64);
  StreamReader(a).read(picture, batch, 0);
  model::NumberContext context(a.numbers, a.row);
  constexpr size_t kFeatures = model::NumberContext::kFeatures;
  for (size_t t = 0; t < picture.size(); ++t) {
    std::array<int8_t, kFeatures> features;
    context.features(features);
    EXPECT_EQ(batch.inputs[t], context.centre());
    EXPECT_EQ((batch.inputs[t] + batch.targets[t]) % 256, picture[t]);
    EXPECT_TRUE(
        std::equal(features.begin(), features.end(), batch.features.begin() + static_cast<ptrdiff_t>(t * kFeatures)));
    context.advance(picture[t]);
  }
}

TEST_F(Batches, PicturesAreReadWholeFromTheirBeginnings) {
  options_.architecture.tables.clear();
  options_.architecture.table_bits = options_.architecture.table_width = 0;
  options_.architecture.numbers = model::Numbers::kPixels;
  options_.architecture.row = 16;
  const auto picture = static_cast<size_t>(options_.architecture.context);
  options_.batch = picture / 2;
  const TrainingData data(options_);
  const ByteSpan all = data.training()[0].bytes;
  Sampler sampler(data, options_);
  std::optional<Sampler> again;
  for (int i = 0; i < 20; ++i) {
    const Batch batch = sampler.draw(static_cast<int>(picture / 2));
    if (again) {
      EXPECT_TRUE(equal(batch, again->draw(static_cast<int>(picture / 2))));
    }
    EXPECT_EQ(batch.cold[0], i % 2 == 0);
    Bytes values;
    for (size_t t = 0; t < picture / 2; ++t) {
      values.push_back(static_cast<uint8_t>(batch.inputs[t] + batch.targets[t]));
    }
    const uint64_t end = sampler.state().offsets[0];
    EXPECT_EQ(end % picture, i % 2 == 0 ? picture / 2 : 0);
    const ByteSpan there = all.subspan(end - picture / 2, picture / 2);
    EXPECT_TRUE(std::equal(values.begin(), values.end(), there.begin()));
    again.emplace(data, options_);
    again->restore(sampler.state());
  }
}

TEST_F(Batches, TokensAreDrawnLikeBytes) {
  options_ = test::with_tokens(options_, test::words(40000, 1), 288);
  TrainingData data(options_);
  data.tokenize(options_, ProgressSink());
  Sampler sampler(data, options_);
  int beyond_bytes = 0;
  for (int i = 0; i < 20; ++i) {
    const Batch batch = sampler.draw(64);
    EXPECT_EQ(batch.targets.size(), 512U);
    for (size_t s = 0; s < 8; ++s) {
      EXPECT_TRUE(std::equal(batch.inputs.begin() + 64 * s + 1, batch.inputs.begin() + 64 * s + 64,
                             batch.targets.begin() + 64 * s));
    }
    for (const int32_t token : batch.targets) beyond_bytes += token >= 256;
  }
  EXPECT_GT(beyond_bytes, 1000);
  Sampler again(data, options_);
  again.restore(sampler.state());
  EXPECT_TRUE(equal(sampler.draw(64), again.draw(64)));
}

TEST_F(Batches, OneSeedDrawsOneSequenceOfBatches) {
  const TrainingData data(options_);
  Sampler one(data, options_), same(data, options_);
  options_.seed = 2;
  Sampler other(data, options_);
  bool differs = false;
  for (int i = 0; i < 5; ++i) {
    const Batch batch = one.draw(64);
    EXPECT_TRUE(equal(batch, same.draw(64)));
    differs = differs || !equal(batch, other.draw(64));
  }
  EXPECT_TRUE(differs);
}

TEST_F(Batches, RecurrentStreamsRunOnAndSometimesBeginAnew) {
  const TrainingData data(options_);
  options_.cold_starts = 0.001;
  Sampler sampler(data, options_);
  Batch before = sampler.draw(64);
  EXPECT_EQ(before.sequences, 8);
  EXPECT_THAT(before.cold, Each(1));
  int anew = 0, on = 0;
  for (int i = 0; i < 200; ++i) {
    const Batch batch = sampler.draw(64);
    for (size_t s = 0; s < 8; ++s) {
      if (batch.cold[s] != 0) {
        ++anew;
        EXPECT_EQ(batch.inputs[64 * s], 0);
      } else {
        ++on;
        EXPECT_EQ(batch.inputs[64 * s], before.targets[64 * s + 63]);
      }
    }
    before = batch;
  }
  EXPECT_NEAR(anew, 1600 * 0.064, 40);  // and a few where the text ended
  EXPECT_EQ(anew + on, 1600);
}

TEST_F(Batches, AttentionBeginsEverySequenceAnew) {
  const std::vector<std::string> fields = {"layers=attention", "state_width=0", "heads=2",   "key_value_heads=2",
                                           "head_width=16",    "window=64",     "context=64"};
  options_.architecture = with_fields(options_.architecture, fields);
  const TrainingData data(options_);
  Sampler sampler(data, options_);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(sampler.draw(64).cold, Each(1));
}

TEST_F(Batches, ARestoredSamplerDrawsOn) {
  const TrainingData data(options_);
  options_.cold_starts = 0.005;
  Sampler sampler(data, options_);
  for (int i = 0; i < 7; ++i) sampler.draw(64);
  Sampler again(data, options_);
  again.restore(sampler.state());
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(equal(sampler.draw(64), again.draw(64)));
  EXPECT_TRUE(equal(sampler.draw(128), again.draw(128)));  // fewer, longer sequences
}

TEST_F(Batches, DropoutLeavesRowsOutAndTheOthersMakeUpForThem) {
  const TrainingData data(options_);
  EXPECT_TRUE(Sampler(data, options_).draw(64).row_weights.empty());
  options_.table_dropout = {0, 0.25};
  Sampler sampler(data, options_);
  int out = 0;
  double sum = 0;
  for (int i = 0; i < 20; ++i) {
    const Batch batch = sampler.draw(64);
    ASSERT_EQ(batch.row_weights.size(), batch.rows.size());
    for (size_t k = 0; k < batch.rows.size(); k += 2) {
      EXPECT_EQ(batch.row_weights[k], 1);
      out += batch.row_weights[k + 1] == 0;
      sum += static_cast<double>(batch.row_weights[k + 1]);
    }
  }
  EXPECT_NEAR(out / 10240.0, 0.25, 0.02);
  EXPECT_NEAR(sum / 10240.0, 1, 0.03);
  Sampler again(data, options_);
  again.restore(sampler.state());
  EXPECT_TRUE(equal(sampler.draw(64), again.draw(64)));
}

TEST_F(Batches, PlacesThatDoNotExistAreRefused) {
  const TrainingData data(options_);
  Sampler sampler(data, options_);
  sampler.draw(64);
  const Sampler::State good = sampler.state();
  const auto refused = [&](auto change) {
    Sampler::State bad = good;
    change(bad);
    return test::error_of([&] { sampler.restore(bad); }).kind() == ErrorKind::kCorrupt;
  };
  EXPECT_TRUE(refused([](Sampler::State& s) { s.texts[3] = 1; }));
  EXPECT_TRUE(refused([](Sampler::State& s) { s.offsets[3] = 40001; }));
  EXPECT_TRUE(refused([](Sampler::State& s) { s.starts[3] = s.offsets[3]; }));
  EXPECT_TRUE(refused([](Sampler::State& s) { s.starts[3] = UINT64_MAX; }));
}

}  // namespace
}  // namespace lmzip::train
