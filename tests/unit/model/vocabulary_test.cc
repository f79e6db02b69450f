// SPDX-License-Identifier: Apache-2.0
// Vocabularies of all kinds, and real ones where there are some (LMZIP_TEST_MODELS, with its folder `tokenizers`).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::bytes_of;
using test::Ids;
using test::Pairs;

TEST(Vocabulary, EveryTextComesBackFromEveryKind) {
  const Pairs pairs = {{"t", "h"}, {"th", "e"}, {" ", "the"}, {"\xE2", "\x96"}, {"\n", "\n"}, {" ", " "}, {"0", "."}};
  for (const std::string_view missing : {std::string_view(""), std::string_view("\x04\xC0\xFFte")}) {
    for (const Split split : test::kSplits) {
      for (const Pieces pieces : {Pieces::kMerged, Pieces::kWholeFirst}) {
        ByteLevelTokens made = test::byte_level(pairs, missing);
        made.split = split;
        made.pieces = pieces;
        test::expect_all_come_back(*make_byte_level(made), "byte level");
      }
    }
  }
  ByteLevelTokens nothing;
  nothing.tokens.resize(1);
  test::expect_all_come_back(*make_byte_level(nothing), "no token at all");
  test::expect_all_come_back(*make_scored(test::scored({})), "byte tokens alone");
}

TEST(Vocabulary, WordsThatComeAgainBecomeTheSameIds) {
  const auto vocabulary = make_byte_level(test::byte_level({{"l", "a"}, {" ", "la"}, {"n", "g"}, {"a", "g"}}));
  const Bytes bytes = test::text(40'000);
  const std::string text(bytes.begin(), bytes.end());
  const Ids once = test::encode(*vocabulary, text), twice = test::encode(*vocabulary, text + "\n" + text);
  ASSERT_EQ(twice.size(), 2 * once.size() + 1);
  const auto middle = twice.begin() + static_cast<ptrdiff_t>(once.size());
  EXPECT_TRUE(std::equal(once.begin(), once.end(), twice.begin()));
  EXPECT_TRUE(std::equal(once.begin(), once.end(), middle + 1));
}

class RealVocabulary : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("LMZIP_TEST_MODELS");
    if (folder == nullptr) GTEST_SKIP() << "LMZIP_TEST_MODELS is not set";
    folder_ = folder;
  }
  Bytes read(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << name;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::shared_ptr<const Vocabulary> json(const std::string& name, Symbol start) const {
    const Bytes file = read(name);
    return read_tokenizer_json({reinterpret_cast<const char*>(file.data()), file.size()}, start);
  }
  std::shared_ptr<const Vocabulary> sentencepiece(const std::string& name) const {
    return read_sentencepiece(read(name));
  }

  /// llama.cpp's test vectors: texts between lines, and a line of ids for each. `prefix` stands before each text.
  void expect_vectors(const Vocabulary& vocabulary, const std::string& name, const std::string& prefix) const {
    const Bytes texts = read("tokenizers/gguf/" + name + ".inp"), ids = read("tokenizers/gguf/" + name + ".out");
    const std::string all(texts.begin(), texts.end()), mark = "\n__ggml_vocab_test__\n";
    std::istringstream lines(std::string(ids.begin(), ids.end()));
    size_t count = 0;
    for (size_t at = 0; at <= all.size(); ++count) {
      const size_t end = std::min(all.find(mark, at), all.size());
      const std::string text = all.substr(at, end - at);
      std::string line;
      std::getline(lines, line);
      std::istringstream numbers(line);
      const Ids expected{std::istream_iterator<Symbol>(numbers), std::istream_iterator<Symbol>()};
      EXPECT_EQ(test::encode(vocabulary, text.empty() ? text : prefix + text), expected) << text;
      at = end + mark.size();
    }
    EXPECT_GT(count, 40u);
  }

  std::string folder_;
};

TEST_F(RealVocabulary, EveryTextComesBack) {
  const Bytes bin = read("stories260K/llama2c/tok512.bin");
  const std::pair<const char*, std::shared_ptr<const Vocabulary>> all[] = {
      {"GPT-2", json("tokenizers/gpt2/tokenizer.json", 50256)},
      {"GPT-NeoX", json("tokenizers/gpt-neox-20b/tokenizer.json", 0)},
      {"Llama 2", sentencepiece("tokenizers/llama2/tokenizer.model")},
      {"stories260K, model", sentencepiece("stories260K/hf/tokenizer.model")},
      {"stories260K, json", json("stories260K/hf/tokenizer.json", 1)},
      {"stories260K, bin", read_llama2c_tokenizer(bin, 512)},
      {"tinystories", json("tinystories-instruct-3m/hf/tokenizer.json", 14018)}};
  for (const auto& [name, vocabulary] : all) test::expect_all_come_back(*vocabulary, name);
}

TEST_F(RealVocabulary, IdsAreThoseOfTheModelsOwnTokenizers) {
  expect_vectors(*json("tokenizers/gpt2/tokenizer.json", 0), "ggml-vocab-gpt-2.gguf", "");
  // SentencePiece puts a space before every text.
  expect_vectors(*sentencepiece("tokenizers/llama2/tokenizer.model"), "ggml-vocab-llama-spm.gguf", " ");
}

TEST_F(RealVocabulary, OneVocabularyIsTheSameOutOfAllItsFiles) {
  const auto model = sentencepiece("stories260K/hf/tokenizer.model");
  const Bytes bin = read("stories260K/llama2c/tok512.bin");
  for (const auto& other : {json("stories260K/hf/tokenizer.json", 1), read_llama2c_tokenizer(bin, 512)}) {
    for (Symbol id = 0; id < 512; ++id) EXPECT_TRUE(std::ranges::equal(other->bytes(id), model->bytes(id))) << id;
    for (const Bytes& text : test::difficult_texts()) EXPECT_EQ(other->encode(text), model->encode(text));
  }
}

}  // namespace
}  // namespace lmzip::model
