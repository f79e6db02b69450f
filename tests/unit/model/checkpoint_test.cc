// SPDX-License-Identifier: Apache-2.0
#include "model/checkpoint.h"

#include "unit/model/checkpoint_fixture.h"

namespace lmzip::model {
namespace {

using test::expect_error;
using test::Folder;

TEST(Checkpoint, FoldersAndFilesAreKnownByTheirBeginning) {
  const Folder folder;
  EXPECT_FALSE(is_checkpoint(folder.path()));
  EXPECT_FALSE(is_checkpoint(folder.path("nothing")));
  write_folder(folder, test::kLlamaConfig, test::llama_arrays());
  EXPECT_TRUE(is_checkpoint(folder.path()));
  EXPECT_FALSE(is_checkpoint(folder.path("model.safetensors")));
  EXPECT_EQ(open_checkpoint(folder.path()).shape.layers, 2);
  EXPECT_TRUE(is_checkpoint(folder.write("a", test::span_of("GGUFwhatever"))));
  for (const char* text : {"", "G", "GGU", "some text that is long enough for every header of these formats"}) {
    EXPECT_FALSE(is_checkpoint(folder.write("a", test::span_of(text)))) << text;
  }
  EXPECT_FALSE(is_checkpoint(folder.write("zeros", Bytes(1000))));
}

TEST(Checkpoint, WhatIsNoneIsRefusedWithItsPath) {
  const Folder folder;
  const auto refused = [](const std::string& path, ErrorKind kind) {
    expect_error([&] { open_checkpoint(path); }, kind, path);
  };
  refused(folder.path(), ErrorKind::kUnsupported);
  refused(folder.path("nothing"), ErrorKind::kIo);
  refused(folder.write("zeros", Bytes(1000)), ErrorKind::kUnsupported);
  refused(folder.write("gguf", test::span_of("GGUF")), ErrorKind::kCorrupt);
}

TEST(Checkpoint, KeepsItsFilesWhenTheyAreUnlinked) {
  Decoder decoder;
  {
    const Folder folder;
    write_folder(folder, test::kLlamaConfig, test::llama_arrays());
    decoder = open_checkpoint(folder.path());
  }
  EXPECT_EQ(test::numbers(decoder, "output"), test::llama_arrays().at("lm_head.weight").values);
}

TEST(Checkpoint, RealOnesHaveTheirNumberOfParametersAndWords) {
  if (test::real_models().empty()) GTEST_SKIP() << "LMZIP_TEST_MODELS is not set";
  const Decoder decoder = open_checkpoint(test::real_models() + "/tinystories-instruct-3m/hf");
  EXPECT_EQ(decoder.shape.parameters(), 3410560u);
  EXPECT_EQ(decoder.shape.window, 256);
  EXPECT_EQ(decoder.shape.local, (std::vector<uint8_t>{0, 1, 0, 1, 0, 1, 0, 1}));
  ASSERT_NE(decoder.vocabulary, nullptr);
  EXPECT_EQ(decoder.vocabulary->size(), 14019u);
  EXPECT_EQ(decoder.vocabulary->start(), 14018u);
}

}  // namespace
}  // namespace lmzip::model
