// SPDX-License-Identifier: Apache-2.0
#include "model/hugging_face_vocabulary.h"

#include <gmock/gmock.h>

#include "unit/model/checkpoint_fixture.h"
#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::encode;
using test::expect_error;
using test::Folder;
using test::span_of;
using ::testing::ElementsAre;

constexpr const char* kVocab =
    R"({"a":0,"b":1,"\u0120":2,"1":3,"ab":4,"\u0120a":5,"11":6,"<|endoftext|>":7,"#":8,"##":9,"<s>":10})";
constexpr const char* kMerges = "#version: 0.2\na b\n\u0120 a\r\n1 1\n# #\n";

HuggingFaceConfig config_of(Family family, int rows) {
  HuggingFaceConfig config;
  config.family = family;
  config.shape.vocabulary = rows;
  config.start = 7;
  return config;
}

std::shared_ptr<const Vocabulary> read(const Folder& folder, Family family = Family::kGpt2, int rows = 100) {
  return read_folder_vocabulary(folder.path(), config_of(family, rows));
}

void write_spread(const Folder& folder) {
  folder.write("vocab.json", span_of(kVocab));
  folder.write("merges.txt", span_of(kMerges));
}

TEST(HuggingFaceVocabulary, IsReadOutOfVocabAndMerges) {
  const Folder folder;
  folder.write("vocab.json", span_of(kVocab));
  EXPECT_EQ(read(folder), nullptr);  // merges alone tell how text becomes tokens
  write_spread(folder);
  const auto vocabulary = read(folder);
  ASSERT_NE(vocabulary, nullptr);
  EXPECT_EQ(vocabulary->size(), 11u);
  EXPECT_EQ(vocabulary->start(), 7u);
  EXPECT_TRUE(vocabulary->bytes(7).empty());
  EXPECT_THAT(encode(*vocabulary, "ab a11 ##"), ElementsAre(4, 5, 6, 2, 9));
  test::expect_all_come_back(*vocabulary, "vocab.json");
}

TEST(HuggingFaceVocabulary, IsCutAsItsClassOrFamilyDoes) {
  const Folder folder;
  write_spread(folder);
  EXPECT_THAT(encode(*read(folder, Family::kGptNeo), "11"), ElementsAre(6));
  EXPECT_THAT(encode(*read(folder, Family::kQwen2), "11"), ElementsAre(3, 3));
  folder.write("tokenizer_config.json", span_of(R"({"tokenizer_class":"Qwen2TokenizerFast"})"));
  EXPECT_THAT(encode(*read(folder, Family::kLlama), "11"), ElementsAre(3, 3));
  folder.write("tokenizer_config.json", span_of(R"({"tokenizer_class":"GPT2Tokenizer"})"));
  EXPECT_THAT(encode(*read(folder, Family::kQwen2), "11"), ElementsAre(6));
}

TEST(HuggingFaceVocabulary, AddedTokensAreTextAndSpecialOnesAreNot) {
  const Folder folder;
  write_spread(folder);
  folder.write("added_tokens.json", span_of(R"({"<u>":11,"<pad>":12,"<v>":100})"));
  folder.write("special_tokens_map.json",
               span_of(R"({"pad_token":{"content":"<pad>"},"additional_special_tokens":["<s>"]})"));
  auto vocabulary = read(folder);
  ASSERT_EQ(vocabulary->size(), 13u);  // the model has no row for 100
  EXPECT_THAT(encode(*vocabulary, "<u>"), ElementsAre(11));
  EXPECT_TRUE(vocabulary->bytes(12).empty());
  EXPECT_TRUE(vocabulary->bytes(10).empty());
  folder.write("tokenizer_config.json",
               span_of(R"({"added_tokens_decoder":{"13":{"content":"<w>","special":false}}})"));
  vocabulary = read(folder);  // which comes instead of added_tokens.json
  EXPECT_THAT(encode(*vocabulary, "<w>"), ElementsAre(13));
  EXPECT_TRUE(vocabulary->bytes(11).empty());
}

TEST(HuggingFaceVocabulary, FilesThatSayMoreGoFirst) {
  const Folder folder;
  write_spread(folder);
  folder.write("tokenizer.model", {});
  expect_error([&] { read(folder); }, ErrorKind::kUnsupported, "tokenizer.model: tokenizer.model: ");
  folder.write("tokenizer.json", span_of("{}"));
  expect_error([&] { read(folder); }, ErrorKind::kCorrupt, "tokenizer.json: tokenizer.json: there is no model");
  EXPECT_EQ(read(Folder()), nullptr);
}

TEST(HuggingFaceVocabulary, BrokenFilesAreRefused) {
  const auto refused = [](const char* name, const char* contents, const std::string& part) {
    const Folder folder;
    write_spread(folder);
    folder.write(name, span_of(contents));
    expect_error([&] { read(folder); }, ErrorKind::kCorrupt, part);
  };
  refused("vocab.json", "[]", "vocab.json: not an object");
  refused("vocab.json", "{", "vocab.json: no JSON");
  refused("vocab.json", R"({"a":"b"})", "no whole number");
  refused("merges.txt", "ab\n", "merge 0 is no pair");
  refused("merges.txt", "a b\n c\n", "merge 1 is no pair");
  refused("added_tokens.json", R"({"x":-1})", "no whole number");
  refused("tokenizer_config.json", R"({"added_tokens_decoder":{"1x":{}}})", "has no ids");
  refused("tokenizer_config.json", R"({"added_tokens_decoder":{"1":2}})", "has no ids");
  const Folder folder;
  write_spread(folder);
  EXPECT_THROW(read_folder_vocabulary(folder.path(),
                                      [] {
                                        HuggingFaceConfig config = config_of(Family::kGpt2, 100);
                                        config.start = 50;
                                        return config;
                                      }()),
               Error);
}

}  // namespace
}  // namespace lmzip::model
