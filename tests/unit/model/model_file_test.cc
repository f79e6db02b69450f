// SPDX-License-Identifier: Apache-2.0
#include "model/model_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "base/hash.h"
#include "model/random_model.h"
#include "model/safetensors.h"
#include "unit/model/fixtures.h"
#include "unit/model/folder.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::expect_error;
using test::Folder;

std::shared_ptr<const Model> read(const Bytes& file) { return read_model(Bytes(file)); }

/// `file` with the first `from` in it replaced by `to`, of the same length.
Bytes edited(Bytes file, const std::string& from, const std::string& to) {
  EXPECT_EQ(from.size(), to.size());
  const auto at = std::search(file.begin(), file.end(), from.begin(), from.end());
  EXPECT_NE(at, file.end()) << from;
  if (at != file.end()) std::ranges::copy(to, at);
  return file;
}

/// `file` with these bytes at the place `offset` of the tensor `name`.
Bytes patched(Bytes file, const std::string& name, size_t offset, const Bytes& bytes) {
  for (const Tensor& tensor : read_safetensors(file).tensors) {
    if (tensor.name == name) {
      std::ranges::copy(bytes, file.begin() + (tensor.data.data() - file.data()) + static_cast<ptrdiff_t>(offset));
      return file;
    }
  }
  ADD_FAILURE() << "no tensor " << name;
  return file;
}

TEST(ModelFile, FloatModelsGiveEveryTensor) {
  const auto model = read_model(random_float_model(test::transformer(), 7));
  EXPECT_EQ(model->architecture(), test::transformer());
  EXPECT_FALSE(model->quantised());
  for (const TensorShape& shape : tensors_of(test::transformer())) {
    EXPECT_EQ(model->floats(shape.name).size(), static_cast<size_t>(shape.rows * shape.columns)) << shape.name;
    expect_error([&] { model->matrix(shape.name); }, ErrorKind::kUsage, "is not quantised");
  }
  expect_error([&] { model->floats("tables"); }, ErrorKind::kUsage, "there is no tensor tables");
}

TEST(ModelFile, QuantisedModelsGiveEveryTensor) {
  for (const Architecture& architecture : {test::transformer(), test::recurrent(), test::hybrid(), test::tokens()}) {
    const auto model = read_model(random_model(architecture, 7));
    EXPECT_EQ(model->architecture(), architecture);
    EXPECT_TRUE(model->quantised());
    for (const TensorShape& shape : tensors_of(architecture)) {
      if (!shape.matrix) {
        EXPECT_EQ(model->floats(shape.name).size(), static_cast<size_t>(shape.rows * shape.columns)) << shape.name;
        continue;
      }
      const QuantisedMatrix matrix = model->matrix(shape.name);
      EXPECT_EQ(matrix.rows, shape.rows);
      EXPECT_EQ(matrix.columns, shape.columns);
      EXPECT_EQ(matrix.values.size(), static_cast<size_t>(shape.rows * shape.columns));
      EXPECT_EQ(matrix.scales.size(), static_cast<size_t>(shape.rows));
      expect_error([&] { model->floats(shape.name); }, ErrorKind::kUsage, "is quantised");
    }
  }
}

TEST(ModelFile, NumbersAreUsedInPlaceOrAlignedFirst) {
  const Bytes file = random_model(test::recurrent(), 3);
  const auto whole = read_model(file, nullptr);
  EXPECT_EQ((reinterpret_cast<const uint8_t*>(whole->matrix("embedding").values.data()) - file.data()) % 64, 0);
  Bytes shifted(1);
  shifted.insert(shifted.end(), file.begin(), file.end());
  const auto moved = read_model(ByteSpan(shifted).subspan(1), nullptr);
  EXPECT_TRUE(std::ranges::equal(moved->floats("output.bias"), whole->floats("output.bias")));
  EXPECT_TRUE(std::ranges::equal(moved->matrix("tables").scales, whole->matrix("tables").scales));
  EXPECT_EQ(moved->digest(), whole->digest());
}

TEST(ModelFile, RandomModelsAreTheSameEverywhere) {
  // The engine's tests compare instruction sets and machines by such models.
  EXPECT_EQ(read_model(random_model(test::hybrid(), 42))->digest(), "51829c1b6186b6770e2ad2f09dd992e8");
  EXPECT_EQ(read_model(random_float_model(test::transformer(), 42))->digest(), "d73d0b9c08659fb0cdd88db58e8e787c");
}

TEST(ModelFile, DigestIsTheHashOfTheWholeFile) {
  const Bytes file = random_model(test::recurrent(), 1);
  EXPECT_EQ(read(file)->digest(), base::hex(base::xxh3_128(file)));
  EXPECT_EQ(read(file)->file_bytes(), file.size());
  EXPECT_NE(read(file)->digest(), read(patched(file, "embedding", 5, {1}))->digest());
}

TEST(ModelFile, EveryTruncationIsRefused) {
  const Bytes file = random_model(test::recurrent(), 1);
  for (size_t size = 0; size < file.size(); size += size < 4096 ? 1 : 13) {
    expect_corrupt([&] { read_model(ByteSpan(file).first(size), nullptr); }, "");
  }
}

TEST(ModelFile, RefusesTensorsThatAreNotTheArchitectures) {
  const Bytes file = random_model(test::recurrent(), 1);
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& complaint) {
    expect_corrupt([&] { read(edited(file, from, to)); }, complaint);
  };
  refused("\"output.bias\"", "\"output.bjas\"", "tensor output.bias: is missing");
  refused("\"tables.scale\"", "\"tables.scule\"", "tensor tables.scale: is missing");
  refused("[144,16]", "[16,144]", "tensor layers.0.recurrence.input: has the shape [16, 144], not [144, 16]");
  refused("\"F32\",\"shape\":[256]", "\"I32\",\"shape\":[256]", "tensor embedding.scale: is I32, not F32");
  refused("\"I8\",\"shape\":[512", "\"U8\",\"shape\":[512", "tensor tables: is U8, not I8");
  refused("\\\"state_width\\\":48", "\\\"state_width\\\":32", "has the shape [144, 16], not [96, 16]");
}

TEST(ModelFile, RefusesATensorTooMany) {
  const Bytes data(16);
  const Bytes file = random_float_model(test::recurrent(), 1);
  Safetensors contents = read_safetensors(file);
  contents.tensors.push_back({"surprise", Dtype::kI8, {16}, data});
  expect_corrupt([&] { read_model(write_safetensors(contents)); }, "tensor surprise: is none of this architecture's");
}

TEST(ModelFile, RefusesAMixOfFloatAndQuantisedMatrices) {
  const auto quantised = read_model(random_model(test::recurrent(), 1));
  const auto exact = read_model(random_float_model(test::recurrent(), 1));
  expect_error(
      [&] {
        make_model(test::recurrent(), [&](const TensorShape& shape) -> Weights {
          if (shape.name == "tables") return quantised->matrix(shape.name);
          return exact->floats(shape.name);
        });
      },
      ErrorKind::kUsage, "all quantised or none");
  expect_error(
      [&] {
        make_model(test::recurrent(), [&](const TensorShape& shape) -> Weights {
          if (!shape.matrix) return quantised->matrix("embedding");
          return quantised->matrix(shape.name);
        });
      },
      ErrorKind::kUsage, "tensor layers.0.mixer_norm.gain: vectors stay float");
}

TEST(ModelFile, RefusesNumbersThatAreNone) {
  const Bytes file = random_model(test::recurrent(), 1);
  const Bytes nan = {0, 0, 0xC0, 0x7F};
  const Bytes infinity = {0, 0, 0x80, 0xFF};
  const Bytes minus_one = {0, 0, 0x80, 0xBF};
  for (const char* name : {"output.bias", "layers.0.convolution", "tables.scale"}) {
    expect_corrupt([&] { read(patched(file, name, 4, nan)); }, std::string("tensor ") + name + ": holds ");
    expect_corrupt([&] { read(patched(file, name, 8, infinity)); }, std::string("tensor ") + name);
  }
  expect_corrupt([&] { read(patched(file, "tables.scale", 511 * 4, minus_one)); }, "tables.scale: holds scales");
  const Bytes three = {0, 0, 0x40, 0x40};
  expect_corrupt([&] { read(patched(file, "tables.scale", 0, three)); },
                 "tables.scale: holds scales that are not from 0");
  const Bytes above_256 = {1, 0, 0x80, 0x43};
  expect_corrupt([&] { read(patched(file, "output.bias", 0, above_256)); }, "not finite or beyond 256");
  read(patched(file, "output.bias", 0, {0, 0, 0x80, 0xC3}));
  expect_corrupt([&] { read(patched(file, "embedding", 4095, {0x80})); }, "tensor embedding: holds -128");
  read(patched(file, "output.bias", 4, minus_one));
}

TEST(ModelFile, WriterRefusesNumbersThatAreNone) {
  expect_corrupt(
      [] {
        std::vector<float> zeros(1 << 16);
        make_model(test::recurrent(), [&](const TensorShape& shape) -> Weights {
          if (shape.name == "output_norm.gain") zeros[3] = std::numeric_limits<float>::quiet_NaN();
          return std::span<const float>(zeros).first(static_cast<size_t>(shape.rows * shape.columns));
        });
      },
      "tensor output_norm.gain: holds numbers that are not finite");
  expect_error([] { make_model(test::recurrent(), [](const TensorShape&) { return Weights(); }); }, ErrorKind::kUsage,
               "tensor embedding");
}

TEST(ModelFile, TellsOtherFilesAndLaterFormats) {
  const Bytes file = random_model(test::recurrent(), 1);
  expect_error([&] { read(edited(file, "\"lmzip.format\":\"1\"", "\"lmzip.format\":\"2\"")); }, ErrorKind::kUnsupported,
               "format '2'");
  expect_corrupt([&] { read(edited(file, "lmzip.format", "other.format")); }, "not a model of lmzip");
  expect_corrupt([&] { read(edited(file, "lmzip.architecture", "lmzip.architectura")); },
                 "the architecture is missing");
  expect_corrupt([&] { read(edited(file, "\\\"width\\\":16", "\\\"width\\\":17")); }, "architecture: width is 17");
}

TEST(ModelFile, ModelsOfTokensBringTheirTokenizer) {
  for (const Bytes& file : {random_float_model(test::tokens(), 1), random_model(test::tokens(), 1)}) {
    const auto model = read(file);
    ASSERT_NE(model->tokenizer(), nullptr);
    EXPECT_EQ(model->tokenizer()->size(), 272u);
    // The numbers that the file has, little-endian.
    const std::vector<Tensor> tensors = read_safetensors(file).tensors;
    const Tensor& merges = tensors.back();
    EXPECT_EQ(merges.name, "tokenizer.merges");
    EXPECT_EQ(merges.dtype, Dtype::kI32);
    EXPECT_EQ(merges.shape, (std::vector<uint64_t>{16, 2}));
    for (size_t i = 0; i < 16; ++i) {
      const Merge& merge = model->tokenizer()->merges()[i];
      EXPECT_EQ(merges.data[8 * i] + 256u * merges.data[8 * i + 1], merge.left);
      EXPECT_EQ(merges.data[8 * i + 4] + 256u * merges.data[8 * i + 5], merge.right);
    }
  }
  EXPECT_EQ(read(random_model(test::recurrent(), 1))->tokenizer(), nullptr);
}

TEST(ModelFile, RefusesMergesThatAreMissingTooManyOrNone) {
  const Bytes file = random_model(test::tokens(), 1);
  expect_corrupt([&] { read(edited(file, "tokenizer.merges", "tokenizer.murges")); },
                 "tensor tokenizer.merges: is missing");
  expect_corrupt([&] { read(edited(file, "\"I32\"", "\"F32\"")); }, "tensor tokenizer.merges: is F32, not I32");
  expect_corrupt(
      [&] {
        read(patched(file, "tokenizer.merges", 0, {0, 1, 0, 0}));
      },
      "tensor tokenizer.merges: merge 0: of a symbol that is not there yet");
  expect_corrupt(
      [&] {
        read(patched(file, "tokenizer.merges", 4, {0xFF, 0xFF, 0xFF, 0xFF}));
      },
      "tensor tokenizer.merges: merge 0: of a symbol that is not there yet");
  const Bytes bytes = random_model(test::recurrent(), 1);
  Safetensors contents = read_safetensors(bytes);
  const Bytes merge(8);
  contents.tensors.push_back({"tokenizer.merges", Dtype::kI32, {1, 2}, merge});
  expect_corrupt([&] { read(write_safetensors(contents)); }, "tensor tokenizer.merges: is none of this architecture's");
}

TEST(ModelFile, WriterWantsATokenizerOfTheVocabulary) {
  const auto model = read(random_float_model(test::tokens(), 1));
  const auto weights = [&](const TensorShape& shape) -> Weights { return model->floats(shape.name); };
  const BpeTokenizer smaller({{'a', 'b'}});
  for (const BpeTokenizer* tokenizer : {static_cast<const BpeTokenizer*>(nullptr), &smaller}) {
    expect_error([&] { make_model(test::tokens(), weights, tokenizer); }, ErrorKind::kUsage,
                 "symbols for a vocabulary of 272");
  }
  EXPECT_EQ(read(make_model(test::tokens(), weights, model->tokenizer().get()))->digest(), model->digest());
}

TEST(ModelFile, FilesAreMappedAndOutliveTheirNames) {
  const Folder folder;
  const Bytes file = random_model(test::recurrent(), 1);
  const auto model = open_model(folder.write("m.safetensors", file));
  folder.remove("m.safetensors");
  EXPECT_EQ(model->digest(), read(file)->digest());
  EXPECT_EQ(model->floats("output.bias")[255], read(file)->floats("output.bias")[255]);
}

TEST(ModelFile, WhatIsNoFileIsRefusedAtOnce) {
  const Folder folder;
  expect_error([&] { open_model(folder.path("absent")); }, ErrorKind::kIo, folder.path("absent") + ": cannot open");
  expect_error([&] { open_model(folder.path("")); }, ErrorKind::kUsage, "not a regular file");
  ASSERT_EQ(mkfifo(folder.path("fifo").c_str(), 0600), 0);
  expect_error([&] { open_model(folder.path("fifo")); }, ErrorKind::kUsage, "fifo: not a regular file");
  const std::string empty = folder.write("empty", {});
  expect_error([&] { open_model(empty); }, ErrorKind::kCorrupt, "empty: too short");
}

}  // namespace
}  // namespace lmzip::model
