// SPDX-License-Identifier: Apache-2.0
#include "predict/decoder_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <tuple>

#include "kernels/isa.h"
#include "lmzip/error.h"
#include "unit/predict/decoder_reference.h"
#include "unit/predict/decoder_shapes.h"

namespace lmzip::predict {
namespace {

using Logits = std::vector<float>;

/// The same bits, also of zeros.
bool same(const Logits& a, const Logits& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](float x, float y) { return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y); });
}

std::vector<int> random_ids(const model::DecoderShape& shape, size_t count, uint64_t seed) {
  base::Random random(seed);
  std::vector<int> ids(count);
  for (int& id : ids) id = static_cast<int>(random.below(static_cast<uint64_t>(shape.vocabulary)));
  return ids;
}

/// Logits behind each id of one lane, `step` positions at a time.
Logits run(SequenceNetwork& network, SequenceLane& lane, const std::vector<int>& ids, size_t step) {
  Logits logits(ids.size() * network.symbols());
  for (size_t at = 0; at < ids.size(); at += step) {
    std::vector<SequenceInput> inputs;
    for (size_t i = at; i < std::min(at + step, ids.size()); ++i) {
      inputs.push_back({&lane, static_cast<Symbol>(ids[i])});
    }
    network.forward(inputs, {logits.data() + at * network.symbols(), inputs.size() * network.symbols()});
  }
  return logits;
}

Logits run(const model::Decoder& decoder, DecoderProfile profile, const std::vector<int>& ids, size_t step) {
  const auto network = make_decoder_network(pack_decoder(decoder, profile, 2));
  return run(*network, *network->open_lane(), ids, step);
}

size_t length(const model::DecoderShape& shape) { return static_cast<size_t>(std::min(shape.context, 150)); }

class DecoderOf : public testing::TestWithParam<std::tuple<test::NamedDecoderShape, DecoderProfile>> {
 protected:
  const model::DecoderShape& shape() const { return std::get<0>(GetParam()).shape; }
  DecoderProfile profile() const { return std::get<1>(GetParam()); }
  model::Decoder decoder_ = test::random_decoder(shape());
};

TEST_P(DecoderOf, ComputesTheEquations) {
  model::check(decoder_);
  const std::vector<int> ids = random_ids(shape(), shape().window > 64 ? 90 : 24, 1);
  const Logits logits = run(decoder_, profile(), ids, 1);
  const auto expected = test::DecoderReference(decoder_).logits(ids);
  double size = 0, error = 0, worst = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double exact =
        expected[i / static_cast<size_t>(shape().vocabulary)][i % static_cast<size_t>(shape().vocabulary)];
    size += exact * exact;
    error += (logits[i] - exact) * (logits[i] - exact);
    worst = std::max(worst, std::abs(logits[i] - exact) / (1 + std::abs(exact)));
  }
  if (profile() == DecoderProfile::kFloat) {
    EXPECT_LT(worst, 1e-4);
  } else {
    // Scores that are not divided by anything pick single positions, and small errors another one.
    EXPECT_LT(std::sqrt(error / size), shape().scaled ? 0.08 : 0.2);
  }
}

TEST_P(DecoderOf, GivesALaneTheSameBitsWhateverStandsBesideIt) {
  const auto weights = pack_decoder(decoder_, profile(), 1);
  const auto network = make_decoder_network(weights);
  const std::vector<int> ids = random_ids(shape(), length(shape()), 2);
  const Logits alone = run(*network, *network->open_lane(), ids, 1);
  for (const size_t step : {size_t{3}, size_t{32}, ids.size()}) {
    EXPECT_TRUE(same(run(*network, *network->open_lane(), ids, step), alone)) << step << " positions at a time";
  }
  const auto used = network->open_lane();
  run(*network, *used, random_ids(shape(), ids.size(), 3), ids.size());
  used->restart();
  EXPECT_TRUE(same(run(*network, *used, ids, 1), alone)) << "after a restart";

  // Among eight others that are elsewhere in their texts.
  const auto lane = network->open_lane();
  std::vector<std::unique_ptr<SequenceLane>> others;
  for (uint64_t i = 0; i < 8; ++i) {
    others.push_back(network->open_lane());
    run(*network, *others.back(), random_ids(shape(), i, i), 2);
  }
  const size_t symbols = network->symbols();
  Logits all(9 * symbols);
  const size_t most = ids.size() > 100 ? ids.size() - 8 : 30;
  for (size_t i = 0; i < most; ++i) {
    std::vector<SequenceInput> inputs;
    for (size_t j = 0; j < 8; ++j) inputs.push_back({others[j].get(), static_cast<Symbol>(ids[j])});
    inputs.insert(inputs.begin() + static_cast<ptrdiff_t>(i % 9), {lane.get(), static_cast<Symbol>(ids[i])});
    network->forward(inputs, all);
    const auto from = all.begin() + static_cast<ptrdiff_t>(i % 9 * symbols);
    ASSERT_TRUE(
        std::equal(from, from + static_cast<ptrdiff_t>(symbols), alone.begin() + static_cast<ptrdiff_t>(i * symbols)))
        << "position " << i;
  }
}

TEST_P(DecoderOf, GivesTheSameBitsOnEveryInstructionSetAndNumberOfThreads) {
  const std::vector<int> ids = random_ids(shape(), length(shape()), 4);
  const Logits best = run(decoder_, profile(), ids, 7);
  for (const kernels::Isa isa : kernels::available_isas()) {
    ASSERT_TRUE(kernels::force_isa(kernels::isa_name(isa)));
    const auto network = make_decoder_network(pack_decoder(decoder_, profile(), 1));
    const Logits logits = run(*network, *network->open_lane(), ids, 16);
    EXPECT_TRUE(same(logits, best)) << kernels::isa_name(isa);
  }
}

TEST_P(DecoderOf, HostileWeightsGiveFiniteLogits) {
  for (const double size : {65536.0, 1e-38, 0.0}) {
    for (auto& [name, weight] : decoder_.weights) {
      weight.read = [size, seed = test::seed_of(name)](int64_t row, std::span<float> out) {
        base::Random random(seed + static_cast<uint64_t>(row));
        for (float& number : out) number = static_cast<float>(random.below(3) == 0 ? -size : size);
      };
    }
    const Logits logits = run(decoder_, profile(), random_ids(shape(), 20, 5), 20);
    EXPECT_TRUE(std::all_of(logits.begin(), logits.end(), [](float z) { return std::isfinite(z); })) << size;
  }
}

TEST_P(DecoderOf, RefusesNumbersThatAreNoneByTheirNames) {
  const std::string name = "layers.1.attention_output";
  for (const auto& [number, kind] : {std::pair{std::numeric_limits<float>::quiet_NaN(), ErrorKind::kCorrupt},
                                     {-std::numeric_limits<float>::infinity(), ErrorKind::kCorrupt},
                                     {1e5f, ErrorKind::kUnsupported}}) {
    decoder_.weights[name].read = [wrong = number](int64_t row, std::span<float> out) {
      std::fill(out.begin(), out.end(), row == 3 ? wrong : 0.0f);
    };
    try {
      pack_decoder(decoder_, profile(), 2);
      ADD_FAILURE() << number << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      EXPECT_THAT(error.what(), testing::HasSubstr(name));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DecoderOf,
                         testing::Combine(testing::ValuesIn(test::decoder_shapes()),
                                          testing::Values(DecoderProfile::kFloat, DecoderProfile::kInt8)),
                         [](const auto& one) {
                           return std::get<0>(one.param).name +
                                  (std::get<1>(one.param) == DecoderProfile::kFloat ? "Float" : "Int8");
                         });

TEST(Decoder, LogitsAreThoseThatFilesDependOn) {
  std::vector<uint64_t> digests;
  for (const DecoderProfile profile : {DecoderProfile::kFloat, DecoderProfile::kInt8}) {
    uint64_t digest = 0xCBF29CE484222325;
    for (const test::NamedDecoderShape& one : test::decoder_shapes()) {
      model::Decoder decoder = test::random_decoder(one.shape);
      if (one.name == "PartlyTurned") unite_halves(decoder);  // as a file that turns neighbours is read
      for (const float logit : run(decoder, profile, random_ids(one.shape, 12, 6), 5)) {
        digest = (digest ^ std::bit_cast<uint32_t>(logit)) * 0x100000001B3;
      }
    }
    digests.push_back(digest);
  }
  EXPECT_THAT(digests, testing::ElementsAre(14135922620858085903u, 10131147792015830946u));
}

TEST(Decoder, LanesTakeTheMemoryThatIsTold) {
  const model::DecoderShape shape = test::decoder_shapes()[0].shape;
  const auto floats = pack_decoder(test::random_decoder(shape), DecoderProfile::kFloat, 1);
  const auto bytes = pack_decoder(test::random_decoder(shape), DecoderProfile::kInt8, 1);
  // Two layers of 64 slots; keys and values of two heads, 16 numbers each.
  EXPECT_EQ(lane_bytes(*floats), 2 * 64 * 2 * 2 * 16 * sizeof(float));
  EXPECT_EQ(lane_bytes(*bytes), 2 * 64 * 2 * (2 * 16 + 8));
  EXPECT_LT(weight_bytes(*bytes), weight_bytes(*floats) / 2);
  EXPECT_GE(weight_bytes(*floats), shape.parameters() * sizeof(float));
}

}  // namespace
}  // namespace lmzip::predict
