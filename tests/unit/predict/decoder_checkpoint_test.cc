// SPDX-License-Identifier: Apache-2.0
// Real checkpoints against the logits that their own frameworks computed, where LMZIP_TEST_MODELS names a folder of
// them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/checkpoint.h"
#include "predict/decoder_network.h"
#include "unit/predict/real_checkpoints.h"

namespace lmzip::predict {
namespace {

class RealCheckpoint : public testing::TestWithParam<test::RealCheckpointCase> {};

TEST_P(RealCheckpoint, HasTheLogitsOfItsOwnFramework) {
  const char* const folder = std::getenv("LMZIP_TEST_MODELS");
  if (!folder) GTEST_SKIP() << "LMZIP_TEST_MODELS names no folder of checkpoints";
  const test::RealCheckpointCase& checkpoint = GetParam();
  const std::vector<float> expected = test::numbers_of(std::string(folder) + "/" + checkpoint.logits);
  const model::Decoder decoder = model::open_checkpoint(std::string(folder) + "/" + checkpoint.path);
  for (const DecoderProfile profile : {DecoderProfile::kFloat, DecoderProfile::kInt8}) {
    const auto network = make_decoder_network(pack_decoder(decoder, profile, 2));
    const auto lane = network->open_lane();
    std::vector<SequenceInput> inputs;
    for (const int id : checkpoint.ids) inputs.push_back({lane.get(), static_cast<Symbol>(id)});
    std::vector<float> logits(inputs.size() * network->symbols());
    ASSERT_EQ(logits.size(), expected.size());
    network->forward(inputs, logits);
    double worst = 0, square = 0, size = 0;
    for (size_t i = 0; i < logits.size(); ++i) {
      const double error = std::abs(double{logits[i]} - expected[i]);
      worst = std::max(worst, error);
      square += error * error;
      size += double{expected[i]} * expected[i];
    }
    if (profile == DecoderProfile::kFloat) {
      EXPECT_LT(worst, checkpoint.float_error);
    } else {
      EXPECT_LT(std::sqrt(square / size), 0.03);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, RealCheckpoint, testing::ValuesIn(test::real_checkpoints()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace lmzip::predict
