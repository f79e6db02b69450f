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

TEST(GgufVocabulary, TypesAndScoresMayBeMissing) {
  const Bytes file = llama([](Tiny& f) {
    f.text("tokenizer.ggml.model", "llama");
    f.texts("tokenizer.ggml.tokens", {"<0x41>", "b", "\u2581", "bb", "\u2581b"});
  });
  const Decoder decoder = read_gguf(file);
  EXPECT_EQ(text_of(*decoder.vocabulary, 0), "A");
  EXPECT_EQ(decoder.vocabulary->encode(bytes_of("A bbb")), (std::vector<Symbol>{0, 4, 3}));
}

TEST(GgufVocabulary, TextIsCutAsTheFileSays) {
  const auto ids = [](const std::string& pre) {
    const Bytes file = llama([&](Tiny& f) {
      f.text("tokenizer.ggml.model", "gpt2");
      if (!pre.empty()) f.text("tokenizer.ggml.pre", pre);
      f.texts("tokenizer.ggml.tokens", {"1", "11", "1111", "a", "A", "aA", ".", ".a"});
      f.texts("tokenizer.ggml.merges", {"1 1", "11 11", "a A", ". a"});
    });
    return read_gguf(file).vocabulary->encode(bytes_of("1111aA.a"));
  };
  using Ids = std::vector<Symbol>;
  for (const char* pre : {"", "default", "gpt-2", "olmo", "unheard-of"}) EXPECT_EQ(ids(pre), (Ids{2, 5, 6, 3})) << pre;
  EXPECT_EQ(ids("llama-bpe"), (Ids{1, 0, 0, 5, 7}));
  for (const char* pre : {"qwen2", "deepseek-r1-qwen"}) EXPECT_EQ(ids(pre), (Ids{0, 0, 0, 0, 5, 7})) << pre;
  for (const char* pre : {"smollm", "starcoder", "deepseek-coder"})
    EXPECT_EQ(ids(pre), (Ids{0, 0, 0, 0, 5, 6, 3})) << pre;
  EXPECT_EQ(ids("tekken"), (Ids{0, 0, 0, 0, 3, 4, 7}));
  EXPECT_EQ(ids("deepseek-v3"), (Ids{1, 0, 0, 5, 7}));
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
