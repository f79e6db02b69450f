// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/gguf_decoder.h"
#include "unit/model/fixtures.h"
#include "unit/model/gguf_tiny.h"

namespace lmzip::model {
namespace {

using test::add_byte_level;
using test::add_scored;
using test::bytes_of;
using test::Change;
using test::expect_corrupt;
using test::llama;
using test::Tiny;

std::string text_of(const Vocabulary& vocabulary, Symbol id) {
  const ByteSpan bytes = vocabulary.bytes(id);
  return {bytes.begin(), bytes.end()};
}

TEST(GgufVocabulary, ReadsTokensOfSentencePiece) {
  const Bytes file = llama(add_scored);
  const Decoder decoder = read_gguf(file);
  ASSERT_NE(decoder.vocabulary, nullptr);
  const Vocabulary& vocabulary = *decoder.vocabulary;
  ASSERT_EQ(vocabulary.size(), 8u);
  EXPECT_EQ(vocabulary.start(), 1u);
  const std::vector<std::string> texts = {"", "", "\n", "\xFF", "a", " ", " a", " a a"};
  for (Symbol id = 0; id < 8; ++id) EXPECT_EQ(text_of(vocabulary, id), texts[id]) << id;
  EXPECT_EQ(vocabulary.encode(bytes_of("a a\nb")), (std::vector<Symbol>{4, 6, 2, 8 + 'b'}));
}

TEST(GgufVocabulary, ReadsTokensOfByteLevel) {
  const Bytes file = llama(add_byte_level);
  const Decoder decoder = read_gguf(file);
  ASSERT_NE(decoder.vocabulary, nullptr);
  const Vocabulary& vocabulary = *decoder.vocabulary;
  ASSERT_EQ(vocabulary.size(), 9u);
  EXPECT_EQ(vocabulary.start(), 6u);  // there is no other
  const std::vector<std::string> texts = {"a", "b", " ", "\n", "ab", " ab", "", "a b", ""};
  for (Symbol id = 0; id < 9; ++id) EXPECT_EQ(text_of(vocabulary, id), texts[id]) << id;
  EXPECT_EQ(vocabulary.encode(bytes_of("ab ab\n")), (std::vector<Symbol>{4, 5, 3}));
}

TEST(GgufVocabulary, TokenizersThatDoNotFitTogetherAreRefused) {
  const auto refused = [](const Change& change, const std::string& part) {
    const Bytes file = llama(change);
    expect_corrupt([&] { read_gguf(file); }, part);
  };
  const auto tokens = [](Tiny& f, const std::string& model, const std::vector<std::string>& texts) {
    f.text("tokenizer.ggml.model", model);
    f.texts("tokenizer.ggml.tokens", texts);
  };
  refused([&](Tiny& f) { tokens(f, "llama", {}); }, "tokenizer.ggml.tokens (byte");
  refused([&](Tiny& f) { tokens(f, "llama", {"a"}); }, "tokenizer.ggml.scores: is missing");
  refused([&](Tiny& f) { tokens(f, "llama", {"a"}), f.reals("tokenizer.ggml.scores", {0, 1}); }, "is not as long as");
  refused([&](Tiny& f) { tokens(f, "gpt2", {"a"}); }, "tokenizer.ggml.merges: is missing");
  refused([&](Tiny& f) { tokens(f, "gpt2", {"a"}), f.texts("tokenizer.ggml.merges", {"ab"}); }, "merge 0 is not two");
  refused([&](Tiny& f) { tokens(f, "gpt2", {"a"}), f.texts("tokenizer.ggml.merges", {"a \t"}); }, "merge 0 is not two");
  refused([&](Tiny& f) { add_scored(f), f.number("tokenizer.ggml.tokens", 1); }, "there twice");
  refused(
      [&](Tiny& f) {
        tokens(f, "llama", {"<0xZZ>"});
        f.reals("tokenizer.ggml.scores", {0});
        f.numbers("tokenizer.ggml.token_type", {6});
      },
      "token 0 is no byte: <0xZZ>");
  refused(
      [&](Tiny& f) {
        tokens(f, "gpt2", {"a"});
        f.texts("tokenizer.ggml.merges", {});
        f.number("tokenizer.ggml.bos_token_id", 1);
      },
      "tokenizer.ggml.bos_token_id");
  refused(
      [&](Tiny& f) {
        tokens(f, "gpt2", std::vector<std::string>(11, "a"));
        f.texts("tokenizer.ggml.merges", {});
      },
      "11 tokens, but the embedding has 10 rows");
}

}  // namespace
}  // namespace lmzip::model
