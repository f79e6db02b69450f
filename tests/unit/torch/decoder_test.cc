// SPDX-License-Identifier: Apache-2.0
// libtorch as an engine of checkpoints, beside our own.
#include "torch/decoder.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "lmzip/registry.h"
#include "model/checkpoint.h"
#include "unit/codec/sources.h"
#include "unit/predict/decoder_shapes.h"
#include "unit/predict/real_checkpoints.h"
#include "unit/train/fixtures.h"

namespace lmzip::torch_plugin {
namespace {

using Logits = std::vector<float>;
using predict::SequenceInput;
using predict::SequenceLane;
using predict::SequenceNetwork;

std::vector<Symbol> random_ids(const model::DecoderShape& shape, size_t count, uint64_t seed) {
  base::Random random(seed);
  std::vector<Symbol> ids(count);
  for (Symbol& id : ids) id = static_cast<Symbol>(random.below(static_cast<uint64_t>(shape.vocabulary)));
  return ids;
}

/// Logits behind each id of one lane.
Logits run(SequenceNetwork& network, SequenceLane& lane, const std::vector<Symbol>& ids) {
  Logits logits(ids.size() * network.symbols());
  std::vector<SequenceInput> inputs;
  for (const Symbol id : ids) inputs.push_back({&lane, id});
  network.forward(inputs, logits);
  return logits;
}

Logits run(const predict::DecoderEngine& engine, const std::vector<Symbol>& ids) {
  const auto network = engine.open();
  return run(*network, *network->open_lane(), ids);
}

class TorchDecoder : public testing::TestWithParam<test::NamedDecoderShape> {
 protected:
  const model::DecoderShape& shape() const { return GetParam().shape; }
  size_t length() const { return static_cast<size_t>(std::min(shape().context, 150)); }
  model::Decoder decoder_ = test::random_decoder(shape());
};

TEST_P(TorchDecoder, ComputesWhatThePortableEngineDoes) {
  const std::vector<Symbol> ids = random_ids(shape(), length(), 1);
  const Logits expected = run(*predict::make_portable_engine(decoder_, predict::DecoderProfile::kFloat, 1), ids);
  for (const int width : {1, 8, 24}) {
    const Logits logits = run(*make_decoder_engine(decoder_, decoder_device(), width), ids);
    ASSERT_EQ(logits.size(), expected.size());
    float worst = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      worst = std::max(worst, std::abs(logits[i] - expected[i]) / (1 + std::abs(expected[i])));
    }
    EXPECT_LT(worst, 1e-4F) << width;
  }
}

TEST_P(TorchDecoder, GivesALaneTheSameBitsWhateverStandsBesideIt) {
  const auto engine = make_decoder_engine(decoder_, decoder_device());
  const std::vector<Symbol> ids = random_ids(shape(), length(), 2);
  const Logits alone = run(*engine, ids);
  // Thirty lanes, more than one batch takes, which start at different times, pause now and then, and all read `ids`.
  const auto network = engine->open();
  const size_t symbols = network->symbols();
  std::vector<std::unique_ptr<SequenceLane>> lanes;
  std::vector<size_t> read(30);
  for (size_t i = 0; i < read.size(); ++i) lanes.push_back(network->open_lane());
  for (size_t step = 0; step < ids.size() + 40; ++step) {
    std::vector<SequenceInput> inputs;
    std::vector<size_t> who;
    for (size_t i = 0; i < lanes.size(); ++i) {
      if (step < i || (step * 31 + i) % 11 == 0 || read[i] == ids.size()) continue;
      inputs.push_back({lanes[i].get(), ids[read[i]]});
      who.push_back(i);
    }
    if (inputs.empty()) continue;
    Logits logits(inputs.size() * symbols);
    network->forward(inputs, logits);
    for (size_t i = 0; i < who.size(); ++i) {
      const float* const expected = alone.data() + read[who[i]]++ * symbols;
      ASSERT_EQ(std::memcmp(logits.data() + i * symbols, expected, symbols * sizeof(float)), 0)
          << "lane " << who[i] << " at " << read[who[i]] - 1;
    }
  }
  lanes[7]->restart();
  const Logits again = run(*network, *lanes[7], ids);
  EXPECT_EQ(std::memcmp(again.data(), alone.data(), alone.size() * sizeof(float)), 0) << "after a restart";
}

TEST_P(TorchDecoder, HostileWeightsGiveFiniteLogits) {
  for (const float size : {65536.0F, 1e-38F, 0.0F}) {
    for (auto& [name, weight] : decoder_.weights) {
      weight.read = [size, seed = test::seed_of(name)](int64_t row, std::span<float> out) {
        base::Random random(seed + static_cast<uint64_t>(row));
        for (float& number : out) number = random.below(3) == 0 ? -size : size;
      };
    }
    const Logits logits = run(*make_decoder_engine(decoder_, decoder_device()), random_ids(shape(), 20, 5));
    EXPECT_TRUE(std::all_of(logits.begin(), logits.end(), [](float z) { return std::isfinite(z); })) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TorchDecoder, testing::ValuesIn(test::decoder_shapes()),
                         [](const auto& one) { return one.param.name; });

TEST(TorchDecoderWeights, ThatAreNoNumbersAreRefusedByTheirNames) {
  model::Decoder decoder = test::random_decoder(test::decoder_shapes()[0].shape);
  for (const float wrong : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity(), 1e5F}) {
    decoder.weights["layers.1.feed.up"].read = [wrong](int64_t row, std::span<float> out) {
      std::fill(out.begin(), out.end(), row == 3 ? wrong : 0.0F);
    };
    const Error error = test::error_of([&] { make_decoder_engine(decoder, decoder_device()); });
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_THAT(error.what(), testing::HasSubstr("layers.1.feed.up"));
  }
}

class TorchRealCheckpoint : public testing::TestWithParam<test::RealCheckpointCase> {};

TEST_P(TorchRealCheckpoint, HasTheLogitsOfItsOwnFramework) {
  const char* const folder = std::getenv("LMZIP_TEST_MODELS");
  if (!folder) GTEST_SKIP() << "LMZIP_TEST_MODELS names no folder of checkpoints";
  const Logits expected = test::numbers_of(std::string(folder) + "/" + GetParam().logits);
  const model::Decoder decoder = model::open_checkpoint(std::string(folder) + "/" + GetParam().path);
  const Logits logits =
      run(*make_decoder_engine(decoder, decoder_device()), {GetParam().ids.begin(), GetParam().ids.end()});
  ASSERT_EQ(logits.size(), expected.size());
  for (size_t i = 0; i < logits.size(); ++i) ASSERT_NEAR(logits[i], expected[i], GetParam().float_error) << i;
}

INSTANTIATE_TEST_SUITE_P(Of, TorchRealCheckpoint, testing::ValuesIn(test::real_checkpoints()),
                         [](const auto& one) { return one.param.name; });

CodecSources sources_with_torch() {
  CodecSources sources = test::sources();
  sources.torch_engine = [](const model::Decoder& decoder) { return make_decoder_engine(decoder, decoder_device()); };
  return sources;
}

TEST(TorchCheckpoint, RestoresBlocksFromAnyNumberOfLanes) {
  for (const char* const spec : {"checkpoint:x,engine=torch", "checkpoint:x,engine=torch,top=20"}) {
    const auto codec = make_compressor(spec, sources_with_torch());
    Bytes text = test::words(400, 3);
    text.insert(text.end(), {0xFF, 0, 0xE2, 0x96, 0x81, 't', 'h'});
    std::vector<ByteSpan> blocks;
    std::vector<size_t> sizes;
    for (size_t size = 250; size <= text.size(); size += 39) {
      blocks.emplace_back(text.data(), size);
      sizes.push_back(size);
    }
    ProgressSink progress;
    const std::vector<Bytes> packed = codec->compress(blocks, progress);
    for (size_t i = 0; i < blocks.size(); ++i) {
      const ByteSpan one = packed[i];
      const std::vector<Bytes> raw = codec->decompress({&one, 1}, {&sizes[i], 1}, progress);
      EXPECT_TRUE(std::ranges::equal(raw[0], blocks[i])) << i;
    }
    EXPECT_EQ(codec->info().spec, spec);
    EXPECT_EQ(codec->info().numerics, Numerics::kHostBound);
    EXPECT_EQ(codec->info().probe_digest.size(), 16U);
  }
}

TEST(TorchCheckpoint, ProbesOfDifferentNetworksDiffer) {
  CodecSources sources = sources_with_torch();
  const std::string one = make_predictor("checkpoint:x,engine=torch", sources)->info().probe_digest;
  EXPECT_EQ(make_predictor("checkpoint:x,engine=torch", sources)->info().probe_digest, one);
  sources.checkpoint = [](std::string_view name) {
    auto other = std::make_shared<model::Decoder>(*test::small_checkpoint(name));
    other->shape.norm_epsilon *= 2;
    return other;
  };
  EXPECT_NE(make_predictor("checkpoint:x,engine=torch", sources)->info().probe_digest, one);
}

}  // namespace
}  // namespace lmzip::torch_plugin
