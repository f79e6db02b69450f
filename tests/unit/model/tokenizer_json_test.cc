// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <string>

#include "unit/model/refusals.h"
#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::encode;
using test::expect_error;
using test::Ids;
using ::testing::ElementsAre;

/// A file whose model has these fields, with other fields beside it.
std::string file(const std::string& model, const std::string& others) {
  return R"({"version":"1.0","model":{"type":"BPE",)" + model + "}," + others + "}";
}

const std::string kByteLevel = R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true})";
const std::string kVocab =
    R"("vocab":{"a":0,"b":1,"\u0120":2,"1":3,"ab":4,"\u0120a":5,"11":6,"<|end|>":7,"\u010A":8},)";
const std::string kMerges = R"("merges":["a b","\u0120 a","1 1"])";

Ids ids(const std::string& json, std::string_view text) { return encode(*read_tokenizer_json(json, 0), text); }

TEST(TokenizerJson, ReadsByteLevelVocabularies) {
  const auto vocabulary = read_tokenizer_json(file(kVocab + kMerges, kByteLevel), 7);
  EXPECT_EQ(vocabulary->size(), 9u);
  EXPECT_EQ(vocabulary->start(), 7u);
  EXPECT_THAT(vocabulary->bytes(5), ElementsAre(' ', 'a'));
  EXPECT_THAT(encode(*vocabulary, "ab ab a\n11c"), ElementsAre(4, 2, 4, 5, 8, 6, 9 + 'c'));
  test::expect_all_come_back(*vocabulary, "byte level");
}

TEST(TokenizerJson, ReadsMergesAsPairs) {
  const std::string merges = R"("merges":[["a","b"],["\u0120","a"],["1","1"]])";
  EXPECT_THAT(ids(file(kVocab + merges, kByteLevel), "ab a"), ElementsAre(4, 5));
}

TEST(TokenizerJson, KnowsHowTextIsSplit) {
  const auto split_of = [](const std::string& pre_tokenizers) {
    const std::string vocab = R"("vocab":{"1":0,"11":1,"111":2,"\u0120":3,"\u01201":4,"1111":5,"a":6,"a1":7},)";
    const std::string merges = R"("merges":["1 1","11 1","11 11","a 1","\u0120 1"])";
    const Ids found = ids(file(vocab + merges, R"("pre_tokenizer":)" + pre_tokenizers), "1111 a1");
    if (found == Ids{5, 3, 7}) return Split::kNone;
    if (found == Ids{5, 3, 6, 0}) return Split::kGpt2;
    if (found == Ids{2, 0, 3, 6, 0} || found == Ids{1, 0, 0, 3, 6, 0}) return Split::kLlama3;
    EXPECT_EQ(found, (Ids{0, 0, 0, 0, 3, 6, 0}));
    return Split::kDigits;  // or kQwen2
  };
  const auto sequence = [](const std::string& first, bool use_regex) {
    return R"({"type":"Sequence","pretokenizers":[)" + first + R"({"type":"ByteLevel","use_regex":)" +
           (use_regex ? "true" : "false") + "}]}";
  };
  const auto regex = [](const std::string& pattern) {
    return R"({"type":"Split","pattern":{"Regex":")" + pattern + R"("},"behavior":"Isolated"},)";
  };
  const std::string tail = R"(| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+)";
  EXPECT_EQ(split_of(R"({"type":"ByteLevel"})"), Split::kGpt2);
  EXPECT_EQ(split_of(R"({"type":"ByteLevel","use_regex":false})"), Split::kNone);
  EXPECT_EQ(split_of(sequence(regex(R"([^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3})" + tail), false)), Split::kLlama3);
  EXPECT_EQ(split_of(sequence(regex(R"([^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N})" + tail), false)), Split::kDigits);
  EXPECT_EQ(split_of(sequence(R"({"type":"Digits","individual_digits":true},)", true)), Split::kDigits);
  EXPECT_EQ(split_of(sequence(R"({"type":"Digits","individual_digits":false},)", true)), Split::kGpt2);
  EXPECT_EQ(split_of(sequence(regex(R"(some other)"), false)), Split::kGpt2);
}

TEST(TokenizerJson, KnowsTheExpressionsOfMistralAndDeepSeek) {
  const auto spelt = [](const std::string& pre_tokenizers, std::string_view text) {
    const std::string vocab =
        R"("vocab":{"a":0,"A":1,"aA":2,".":3,".a":4,"\u0120":5,"a\u0120":6,"\u0120\u0120":7,"\u0120.":8,"..":9},)";
    const std::string merges = R"("merges":["a A",". a","a \u0120","\u0120 \u0120","\u0120 .",". ."])";
    const std::string sequence = R"("pre_tokenizer":{"type":"Sequence","pretokenizers":[)" + pre_tokenizers +
                                 R"({"type":"ByteLevel","use_regex":false}]})";
    return ids(file(vocab + merges, sequence), text);
  };
  const auto regex = [](const std::string& pattern) {
    return R"({"type":"Split","pattern":{"Regex":")" + pattern + R"("},"behavior":"Isolated"},)";
  };
  const std::string nemo = regex(R"([^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}]+)");
  EXPECT_THAT(spelt(nemo, "aA.a"), ElementsAre(0, 1, 4));
  const std::string third =
      regex(R"(\\p{N}{1,3})") + regex(R"([^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*)");
  EXPECT_THAT(spelt(third, "aA.a  .."), ElementsAre(2, 4, 5, 8, 3));
  const std::string coder = regex(R"([\r\n])") + regex(R"(\\s?\\p{L}+)") + regex(R"(\\s?\\p{P}+)") +
                            R"({"type":"Digits","individual_digits":true},)";
  EXPECT_THAT(spelt(coder, "aA.a ."), ElementsAre(2, 3, 0, 8));
}

TEST(TokenizerJson, PiecesAreTakenWholeIfItSaysSo) {
  const std::string vocab = R"("vocab":{"a":0,"b":1,"ab":2},"merges":[])";
  EXPECT_THAT(ids(file(vocab, kByteLevel), "ab"), ElementsAre(0, 1));
  EXPECT_THAT(ids(file(vocab + R"(,"ignore_merges":true)", kByteLevel), "ab"), ElementsAre(2));
}

TEST(TokenizerJson, CutsBeforeSpacesWhereMetaspaceDoes) {
  const std::string vocab = R"("vocab":{"a":0,"\u2581":1,"a\u2581":2,"\u2581\u2581":3},)"
                            R"("merges":["a \u2581","\u2581 \u2581"])";
  const auto with = [&](const std::string& fields) {
    return ids(file(vocab, R"("pre_tokenizer":{"type":"Metaspace")" + fields + "}"), "a   a");
  };
  EXPECT_THAT(with(""), ElementsAre(0, 1, 1, 1, 0));
  EXPECT_THAT(with(R"(,"replacement":"\u2581","split":false)"), ElementsAre(2, 3, 0));
  expect_error([&] { with(R"(,"replacement":"_")"); }, ErrorKind::kUnsupported, "'_' for spaces");
}

TEST(TokenizerJson, SpecialTokensStandForNothingOtherAddedOnesForTheirText) {
  const std::string added = R"(,"added_tokens":[{"id":7,"content":"<|end|>","special":true},
    {"id":11,"content":"  ","special":false},{"id":9,"content":"<t>","special":false},
    {"id":10,"content":"<u>","special":false,"lstrip":true}])";
  const auto vocabulary = read_tokenizer_json(file(kVocab + kMerges, kByteLevel + added), 7);
  ASSERT_EQ(vocabulary->size(), 12u);
  EXPECT_TRUE(vocabulary->bytes(7).empty());
  EXPECT_THAT(encode(*vocabulary, "ab<t>   a"), ElementsAre(4, 9, 11, 5));
  EXPECT_THAT(encode(*vocabulary, "<u>"), ElementsAre(12 + '<', 12 + 'u', 12 + '>'));
  test::expect_all_come_back(*vocabulary, "added");
}

TEST(TokenizerJson, ReadsCharactersWithByteFallback) {
  const std::string vocab = R"("vocab":{"<unk>":0,"<s>":1,"</s>":2,"<0x61>":3,"<0xE2>":4,"<0x96>":5,"\u2581":6,"t":7,)"
                            R"("h":8,"\u2581t":9,"th":10,"\u2581th":11,"\u00e9":12,"a":13},"unk_token":"<unk>",)"
                            R"("byte_fallback":true,"merges":["t h","\u2581 t","\u2581 th"])";
  const auto vocabulary = read_tokenizer_json(file(vocab, R"("pre_tokenizer":null)"), 1);
  EXPECT_EQ(vocabulary->size(), 14u);
  EXPECT_TRUE(vocabulary->bytes(0).empty());
  EXPECT_TRUE(vocabulary->bytes(3).empty());  // "a" is better
  EXPECT_THAT(encode(*vocabulary, "th that\u00E9"), ElementsAre(10, 11, 13, 7, 12));
  EXPECT_THAT(encode(*vocabulary, "\u2581"), ElementsAre(4, 5, 14 + 0x81));
  test::expect_all_come_back(*vocabulary, "byte fallback");
}

TEST(TokenizerJson, NamesWhatItCannotRead) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"model":{"type":"WordPiece","vocab":{}}})", "the model 'WordPiece'; known: BPE"},
      {R"({"model":{"type":"Unigram","vocab":[]}})", "the model 'Unigram'"},
      {file(kVocab + kMerges, R"("pre_tokenizer":{"type":"Whitespace"})"), "the pre-tokenizer 'Whitespace'"},
      {file(kVocab + kMerges, R"("pre_tokenizer":null)"), "the pre-tokenizer 'none'"},
      {file(kVocab + kMerges + R"(,"end_of_word_suffix":"</w>")", kByteLevel), "a model with a end_of_word_suffix"}};
  for (const auto& [json, complaint] : cases) {
    expect_error([&, text = json] { read_tokenizer_json(text, 0); }, ErrorKind::kUnsupported, complaint);
  }
}

TEST(TokenizerJson, RefusesBrokenFiles) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "no JSON"},
      {"[]", "there is no model"},
      {"{}", "there is no model"},
      {file(R"("merges":[])", kByteLevel), "has no vocabulary"},
      {file(R"("vocab":{"a":0})", kByteLevel), "has no merges"},
      {file(R"("vocab":{"a":-1},"merges":[])", kByteLevel), "an id is no whole number"},
      {file(R"("vocab":{"a":"0"},"merges":[])", kByteLevel), "an id is no whole number"},
      {file(R"("vocab":{"a":0},"merges":["a"])", kByteLevel), "merge 0 is no pair"},
      {file(R"("vocab":{"a":0},"merges":["a a",["a"]])", kByteLevel), "merge 1 is no pair"},
      {file(R"("vocab":{"a":0},"merges":[7])", kByteLevel), "merge 0 is no pair"},
      {file(R"("vocab":{},"merges":[])", kByteLevel), "where texts start"},
      {file(R"("vocab":{"a":0},"merges":[])", kByteLevel + R"(,"added_tokens":{})"), "'added_tokens' is not a list"},
      {file(R"("vocab":{"a":0},"merges":[])", kByteLevel + R"(,"added_tokens":[1])"), "an id is no whole number"},
      {file(R"("vocab":{"a":0},"merges":[])", R"("pre_tokenizer":{"type":"Sequence"})"), "without 'pretokenizers'"},
      {std::string(100'000, '['), "nested too deeply"}};
  for (const auto& [json, complaint] : cases) {
    expect_error([&, text = json] { read_tokenizer_json(text, 0); }, ErrorKind::kCorrupt, complaint);
  }
  expect_error([] { read_tokenizer_json(file(R"("vocab":{"a":262144},"merges":[])", kByteLevel), 0); },
               ErrorKind::kLimit, "an id above 262143");
}

}  // namespace
}  // namespace lmzip::model
