// SPDX-License-Identifier: Apache-2.0
#include "model/llama2c.h"

#include "unit/model/checkpoint_fixture.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::expect_error;
using test::Folder;
using test::numbers;

/// Writes a file piece by piece; remembers where pieces begin.
class Writer {
 public:
  Bytes file;
  std::vector<size_t> begins;

  void integers(std::initializer_list<int32_t> values) {
    for (const int32_t value : values) {
      for (int i = 0; i < 4; ++i) file.push_back(static_cast<uint8_t>(static_cast<uint32_t>(value) >> 8 * i));
    }
  }
  std::vector<float> floats(size_t count) {
    begins.push_back(file.size());
    std::vector<float> values = test::random_array({count}, random_).values;
    const Bytes bytes = test::encoded(values, Dtype::kF32);
    file.insert(file.end(), bytes.begin(), bytes.end());
    return values;
  }
  /// int8 and the scales of groups of 4; returns their products.
  std::vector<float> groups(size_t count) {
    begins.push_back(file.size());
    std::vector<float> values;
    for (size_t i = 0; i < count; ++i) {
      file.push_back(static_cast<uint8_t>(random_.below(256)));
      values.push_back(static_cast<float>(static_cast<int8_t>(file.back())));
    }
    const std::vector<float> scales = floats(count / 4);
    for (size_t i = 0; i < count; ++i) values[i] *= scales[i / 4];
    return values;
  }

 private:
  base::Random random_{3};
};

// Width 8, feed 12, 2 layers, 4 heads, 2 for keys and values, 10 ids, 6 positions.
constexpr int kLayers = 2;

using Expected = std::map<std::string, std::vector<float>>;

TEST(Llama2c, FirstFormIsReadInItsOrder) {
  for (const int vocabulary : {10, -10}) {  // below 0: with a head
    Writer writer;
    Expected expected;
    const auto layers = [&](const std::string& part, size_t count) {
      for (int i = 0; i < kLayers; ++i) expected[fmt::format("layers.{}.{}", i, part)] = writer.floats(count);
    };
    writer.integers({8, 12, kLayers, 4, 2, vocabulary, 6});
    expected["embedding"] = writer.floats(80);
    layers("attention_norm.gain", 8);
    layers("query", 64);
    layers("key", 32);
    layers("value", 32);
    layers("attention_output", 64);
    layers("feed_norm.gain", 8);
    layers("feed.gate", 96);
    layers("feed.down", 96);
    layers("feed.up", 96);
    expected["output_norm.gain"] = writer.floats(8);
    writer.floats(12);  // cosines and sines
    if (vocabulary < 0) expected["output"] = writer.floats(80);

    const Folder folder;
    const std::string path = folder.write("model.bin", writer.file);
    EXPECT_TRUE(is_checkpoint(path));
    const Decoder decoder = open_checkpoint(path);
    EXPECT_EQ(decoder.format, "llama2.c, version 0, F32");
    EXPECT_EQ(decoder.shape.tied, vocabulary > 0);
    EXPECT_EQ(decoder.weights.size(), expected.size());
    for (const auto& [name, values] : expected) EXPECT_EQ(numbers(decoder, name), values) << name;

    for (const size_t begin : writer.begins) {
      const std::string cut = folder.write("cut.bin", ByteSpan(writer.file).first(begin + 3));
      expect_corrupt([&] { open_checkpoint(cut); }, "cut.bin: the array ");
    }
    writer.file.push_back(0);
    const std::string longer = folder.write("longer.bin", writer.file);
    expect_corrupt([&] { open_llama2c(longer); }, "1 bytes behind the last array");
  }
}

TEST(Llama2c, LaterVersionsAreReadInTheirs) {
  for (const int version : {1, 2}) {
    Writer writer;
    Expected expected;
    const auto matrix = [&](size_t count) { return version == 2 ? writer.groups(count) : writer.floats(count); };
    const auto layers = [&](const std::string& part, size_t count) {
      for (int i = 0; i < kLayers; ++i) {
        expected[fmt::format("layers.{}.{}", i, part)] = count == 8 ? writer.floats(count) : matrix(count);
      }
    };
    writer.integers({0x616B3432, version, 8, 12, kLayers, 4, 2, 10, 6});
    writer.file.push_back(0);  // with a head
    writer.integers({4});
    writer.file.resize(256);
    layers("attention_norm.gain", 8);
    layers("feed_norm.gain", 8);
    expected["output_norm.gain"] = writer.floats(8);
    expected["embedding"] = matrix(80);
    layers("query", 64);
    layers("key", 32);
    layers("value", 32);
    layers("attention_output", 64);
    layers("feed.gate", 96);
    layers("feed.down", 96);
    layers("feed.up", 96);
    expected["output"] = matrix(80);

    const Folder folder;
    const Decoder decoder = open_checkpoint(folder.write("model.bin", writer.file));
    EXPECT_FALSE(decoder.shape.tied);
    for (const auto& [name, values] : expected) EXPECT_EQ(numbers(decoder, name), values) << name;
    for (const size_t begin : writer.begins) {
      const std::string cut = folder.write("cut.bin", ByteSpan(writer.file).first(begin + 3));
      expect_corrupt([&] { open_llama2c(cut); }, "cut.bin: the array ");
    }
    if (version == 1) continue;
    for (const uint8_t group : Bytes{0, 3, 255}) {
      writer.file[37] = group;
      const std::string path = folder.write("groups.bin", writer.file);
      expect_corrupt([&] { open_llama2c(path); }, fmt::format("groups of {} numbers", group));
    }
  }
}

TEST(Llama2c, HeadersThatCannotBeAreRefused) {
  const Folder folder;
  const auto refused = [&](std::initializer_list<int32_t> header, ErrorKind kind, const std::string& complaint) {
    Writer writer;
    writer.integers(header);
    const std::string path = folder.write("model.bin", writer.file);
    expect_error([&] { open_llama2c(path); }, kind, complaint);
    EXPECT_EQ(is_checkpoint(path), header.begin()[0] == 0x616B3432) << complaint;
  };
  refused({8, 12, 2, 4, 2, 10}, ErrorKind::kCorrupt, "ends within its header");
  refused({0x616B3432, 3}, ErrorKind::kUnsupported, "version 3 is not known (known: 0, 1, 2)");
  refused({0x616B3432, 1, 8, 12}, ErrorKind::kCorrupt, "ends within its header");
  refused({8, 12, 2, 3, 1, 10, 6}, ErrorKind::kCorrupt, "not divisible by 3 heads");
  refused({8, 12, 2, 0, 1, 10, 6}, ErrorKind::kCorrupt, "0 heads");
  refused({8, 12, 2, 4, 0, 10, 6}, ErrorKind::kCorrupt, "key_value_heads is 0");
  refused({8, 12, 2, 4, 2, INT32_MIN, 6}, ErrorKind::kCorrupt, "vocabulary");
  refused({INT32_MAX, INT32_MAX, INT32_MAX, 1, 1, INT32_MAX, INT32_MAX}, ErrorKind::kCorrupt,
          "is 2147483647, not 1 to");
  refused({16384, 65536, 257, 128, 128, 262144, 1}, ErrorKind::kCorrupt, "layers is 257");
}

TEST(Llama2c, RealOneIsTheHuggingFaceFolderAndTheGgufFile) {
  if (test::real_models().empty()) GTEST_SKIP() << "LMZIP_TEST_MODELS is not set";
  const std::string folder = test::real_models() + "/stories260K/";
  const Decoder ours = open_checkpoint(folder + "llama2c/stories260K.bin");
  const Decoder theirs = open_checkpoint(folder + "hf");
  const Decoder halves = open_checkpoint(folder + "hf-f16-sharded");
  EXPECT_EQ(ours.shape.parameters(), 260032u);
  EXPECT_EQ(theirs.shape.parameters(), 260032u);
  for (const TensorShape& array : tensors_of(ours.shape)) {
    const std::vector<float> expected = numbers(ours, array.name);
    const std::vector<float> found = numbers(theirs, array.name);
    const std::vector<float> rounded = numbers(halves, array.name);
    for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(rounded[i], found[i], std::abs(found[i]) * 0x1p-11 + 0x1p-24);
    EXPECT_EQ(found, expected) << array.name;
  }
  ASSERT_NE(ours.vocabulary, nullptr);
  ASSERT_NE(theirs.vocabulary, nullptr);
  const std::string text = "Once upon a time, there was a little girl named Lily.";
  EXPECT_EQ(ours.vocabulary->encode(test::span_of(text)), theirs.vocabulary->encode(test::span_of(text)));
  EXPECT_EQ(ours.vocabulary->start(), theirs.vocabulary->start());
  EXPECT_EQ(digest_of(ours), digest_of(theirs));
  EXPECT_EQ(digest_of(ours), digest_of(open_checkpoint(folder + "gguf/stories260K-f32.gguf")));
  EXPECT_NE(digest_of(ours), digest_of(halves));
}

}  // namespace
}  // namespace lmzip::model
