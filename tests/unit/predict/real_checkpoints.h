// SPDX-License-Identifier: Apache-2.0
// Real checkpoints in the folder that LMZIP_TEST_MODELS names, and the logits that their own frameworks computed.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

namespace lmzip::test {

/// The float32 numbers of a .npy file of version 1.
inline std::vector<float> numbers_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  EXPECT_GT(all.size(), 128u) << path;
  const size_t header = 10 + static_cast<uint8_t>(all[8]) + 256 * static_cast<size_t>(static_cast<uint8_t>(all[9]));
  EXPECT_NE(all.substr(0, header).find("'<f4'"), std::string::npos);
  std::vector<float> numbers((all.size() - header) / sizeof(float));
  std::memcpy(numbers.data(), all.data() + header, numbers.size() * sizeof(float));
  return numbers;
}

struct RealCheckpointCase {
  std::string name;      ///< letters and digits
  std::string path;      ///< in the folder
  std::string logits;    ///< likewise
  std::vector<int> ids;  ///< that they stand behind
  double float_error;    ///< at most, absolute: half precision files differ from what the logits were made of
};

inline std::ostream& operator<<(std::ostream& out, const RealCheckpointCase& checkpoint) {
  return out << checkpoint.name;
}

inline std::vector<RealCheckpointCase> real_checkpoints() {
  return {
      {"Llama", "stories260K/hf", "stories260K/logits_ref.npy", {1, 403, 407, 261, 378}, 2e-4},
      {"LlamaC", "stories260K/llama2c/stories260K.bin", "stories260K/logits_ref.npy", {1, 403, 407, 261, 378}, 2e-4},
      {"LlamaGguf",
       "stories260K/gguf/stories260K-f32.gguf",
       "stories260K/logits_ref.npy",
       {1, 403, 407, 261, 378},
       2e-4},
      {"LlamaHalf", "stories260K/hf-f16-sharded", "stories260K/logits_ref.npy", {1, 403, 407, 261, 378}, 2e-2},
      {"GptNeo",
       "tinystories-instruct-3m/hf",
       "tinystories-instruct-3m/logits_ref.npy",
       {14018, 5490, 2218, 257, 638},
       2e-4}};
}

}  // namespace lmzip::test
