// SPDX-License-Identifier: Apache-2.0
// Real checkpoints against the logits that their own frameworks computed, where LMZIP_TEST_MODELS names a folder of
// them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "model/checkpoint.h"
#include "predict/decoder_network.h"

namespace lmzip::predict {
namespace {

/// The float32 numbers of a .npy file of version 1.
std::vector<float> numbers_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  EXPECT_GT(all.size(), 128u) << path;
  const size_t header = 10 + static_cast<uint8_t>(all[8]) + 256 * static_cast<size_t>(static_cast<uint8_t>(all[9]));
  EXPECT_NE(all.substr(0, header).find("'<f4'"), std::string::npos);
  std::vector<float> numbers((all.size() - header) / sizeof(float));
  std::memcpy(numbers.data(), all.data() + header, numbers.size() * sizeof(float));
  return numbers;
}

struct Checkpoint {
  std::string name;      ///< letters and digits
  std::string path;      ///< in the folder
  std::string logits;    ///< likewise
  std::vector<int> ids;  ///< that they stand behind
  double float_error;    ///< at most, absolute: half precision files differ from what the logits were made of
};

std::ostream& operator<<(std::ostream& out, const Checkpoint& checkpoint) { return out << checkpoint.name; }

class RealCheckpoint : public testing::TestWithParam<Checkpoint> {};

TEST_P(RealCheckpoint, HasTheLogitsOfItsOwnFramework) {
  const char* const folder = std::getenv("LMZIP_TEST_MODELS");
  if (!folder) GTEST_SKIP() << "LMZIP_TEST_MODELS names no folder of checkpoints";
  const Checkpoint& checkpoint = GetParam();
  const std::vector<float> expected = numbers_of(std::string(folder) + "/" + checkpoint.logits);
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

INSTANTIATE_TEST_SUITE_P(
    Of, RealCheckpoint,
    testing::Values(
        Checkpoint{"Llama", "stories260K/hf", "stories260K/logits_ref.npy", {1, 403, 407, 261, 378}, 2e-4},
        Checkpoint{"LlamaC",
                   "stories260K/llama2c/stories260K.bin",
                   "stories260K/logits_ref.npy",
                   {1, 403, 407, 261, 378},
                   2e-4},
        Checkpoint{"LlamaGguf",
                   "stories260K/gguf/stories260K-f32.gguf",
                   "stories260K/logits_ref.npy",
                   {1, 403, 407, 261, 378},
                   2e-4},
        Checkpoint{
            "LlamaHalf", "stories260K/hf-f16-sharded", "stories260K/logits_ref.npy", {1, 403, 407, 261, 378}, 2e-2},
        Checkpoint{"GptNeo",
                   "tinystories-instruct-3m/hf",
                   "tinystories-instruct-3m/logits_ref.npy",
                   {14018, 5490, 2218, 257, 638},
                   2e-4}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace lmzip::predict
