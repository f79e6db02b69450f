// SPDX-License-Identifier: Apache-2.0
// GGUF files that others made, in the folder that LMZIP_TEST_MODELS names.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "base/mapped_file.h"
#include "model/checkpoint.h"
#include "model/gguf_decoder.h"
#include "unit/model/fixtures.h"

namespace lmzip::model {
namespace {

class GgufModels : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("LMZIP_TEST_MODELS");
    if (folder == nullptr) GTEST_SKIP() << "LMZIP_TEST_MODELS is not set";
    folder_ = folder;
  }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  Decoder stories(const std::string& type) const {
    return open_gguf(path("stories260K/gguf/stories260K-" + type + ".gguf"));
  }

 private:
  std::string folder_;
};

/// Row `row` of any weight.
std::vector<float> row_of(const DecoderWeight& weight, int64_t row) {
  std::vector<float> out(static_cast<size_t>(weight.columns));
  weight.read(row, out);
  return out;
}

/// The largest difference of two weights' rows, and the largest number.
struct Difference {
  double difference = 0, largest = 0;
};
Difference compare(const std::vector<float>& a, const std::vector<float>& b) {
  Difference result;
  for (size_t i = 0; i < a.size(); ++i) {
    result.difference = std::max(result.difference, std::abs(double{a[i]} - b[i]));
    result.largest = std::max(result.largest, std::abs(double{a[i]}));
  }
  return result;
}

TEST_F(GgufModels, StoriesAreThoseOfTheFolder) {
  const Decoder file = stories("f32");
  Decoder folder = open_hugging_face(path("stories260K/hf"));
  EXPECT_EQ(file.format, "GGUF, llama, F32");
  // The file has the head once more; the folder's is tied.
  DecoderShape shape = file.shape;
  shape.tied = folder.shape.tied;
  EXPECT_EQ(shape, folder.shape);
  if (!file.shape.tied) folder.weights["output"] = folder.weights.at("embedding");
  ASSERT_EQ(file.weights.size(), folder.weights.size());
  for (const auto& [name, weight] : file.weights) {
    const DecoderWeight& other = folder.weights.at(name);
    for (int64_t i = 0; i < weight.rows; ++i) {
      ASSERT_EQ(row_of(weight, i), row_of(other, i)) << name << " " << i;
    }
  }
  ASSERT_NE(file.vocabulary, nullptr);
  ASSERT_NE(folder.vocabulary, nullptr);
  ASSERT_EQ(file.vocabulary->size(), folder.vocabulary->size());
  EXPECT_EQ(file.vocabulary->start(), folder.vocabulary->start());
  for (Symbol id = 0; id < file.vocabulary->size(); ++id) {
    EXPECT_TRUE(std::ranges::equal(file.vocabulary->bytes(id), folder.vocabulary->bytes(id))) << id;
  }
  const std::string story = "Once upon a time, there was a little girl named Lily.\nShe said: \u00e4\u4e00!";
  const ByteSpan text = test::bytes_of(story);
  EXPECT_EQ(file.vocabulary->encode(text), folder.vocabulary->encode(text));
}

TEST_F(GgufModels, SmallerTypesAreWithinTheirSteps) {
  const Decoder exact = stories("f32");
  const Decoder halves = stories("f16");
  const Decoder bytes = stories("q8_0");
  EXPECT_EQ(halves.format, "GGUF, llama, F16");
  EXPECT_EQ(bytes.format, "GGUF, llama, Q8_0");
  EXPECT_EQ(bytes.shape, exact.shape);
  double widest = 0;
  for (const auto& [name, weight] : exact.weights) {
    for (int64_t i = 0; i < weight.rows; ++i) {
      const std::vector<float> row = row_of(weight, i);
      const Difference half = compare(row, row_of(halves.weights.at(name), i));
      ASSERT_LE(half.difference, half.largest / 2048 + 1e-7) << name;
      // A block's step is its largest number / 127, itself rounded to a half; numbers are rounded to the nearest.
      const Difference byte = compare(row, row_of(bytes.weights.at(name), i));
      ASSERT_LE(byte.difference, byte.largest / 127 * 0.6 + 1e-7) << name;
      widest = std::max(widest, byte.difference / byte.largest);
    }
  }
  EXPECT_GT(widest, 1.0 / 512);  // it was not the same file
}

TEST_F(GgufModels, VocabulariesWithoutAModelAreRead) {
  const base::MappedFile gpt2(path("tokenizers/gguf/ggml-vocab-gpt-2.gguf"));
  const auto bytes = read_gguf_vocabulary(Gguf(gpt2.bytes()));
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(bytes->size(), 50257u);
  EXPECT_EQ(bytes->start(), 50256u);
  const base::MappedFile llama(path("tokenizers/gguf/ggml-vocab-llama-spm.gguf"));
  const auto pieces = read_gguf_vocabulary(Gguf(llama.bytes()));
  ASSERT_NE(pieces, nullptr);
  EXPECT_EQ(pieces->size(), 32000u);
  EXPECT_EQ(pieces->start(), 1u);
  test::expect_error([&] { read_gguf(gpt2.bytes()); }, ErrorKind::kCorrupt, "tensor token_embd.weight is missing");

  // The texts come with the ids that llama.cpp makes of them.
  const auto text_in = [&](const std::string& name) {
    const base::MappedFile file(path("tokenizers/gguf/ggml-vocab-gpt-2.gguf" + name));
    return std::string(file.bytes().begin(), file.bytes().end());
  };
  const std::string texts = text_in(".inp");
  std::istringstream lines(text_in(".out"));
  constexpr std::string_view kBetween = "\n__ggml_vocab_test__\n";
  int count = 0;
  for (size_t at = 0; at < texts.size(); ++count) {
    const size_t end = std::min(texts.find(kBetween, at), texts.size());
    std::string line;
    ASSERT_TRUE(std::getline(lines, line)) << count;
    std::istringstream numbers(line);
    std::vector<Symbol> ids;
    for (Symbol id = 0; numbers >> id;) ids.push_back(id);
    EXPECT_EQ(bytes->encode(test::bytes_of(texts.substr(at, end - at))), ids) << texts.substr(at, end - at);
    at = end + kBetween.size();
  }
  EXPECT_GT(count, 30);
}

}  // namespace
}  // namespace lmzip::model
