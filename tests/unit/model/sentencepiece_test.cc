// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <bit>
#include <string>

#include "unit/model/refusals.h"
#include "unit/model/vocabulary_fixture.h"

namespace lmzip::model {
namespace {

using test::bytes_of;
using test::encode;
using test::expect_error;
using ::testing::ElementsAre;

std::string number(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
std::string message(uint64_t field, const std::string& bytes) {
  return number(field << 3 | 2) + number(bytes.size()) + bytes;
}
std::string fixed(uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}
std::string score(float value) { return fixed(std::bit_cast<uint32_t>(value)); }

enum Type { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

std::string piece(const std::string& text, float value, Type type = kNormal) {
  return message(1, message(1, text) + number(2 << 3 | 5) + score(value) + number(3 << 3) + number(type));
}
std::string trainer(uint64_t type, int64_t begin = 1) {
  return message(2, number(3 << 3) + number(type) + number(41 << 3) + number(static_cast<uint64_t>(begin)));
}

const std::string kPieces = piece("<unk>", 0, kUnknown) + piece("<s>", 0, kControl) + piece("</s>", 0, kControl) +
                            piece("<0xE2>", 0, kByte) + piece("\u2581", -3) + piece("t", -4) + piece("h", -5) +
                            piece("\u2581t", -2) + piece("th", -1) + piece("\u2581th", -6) + piece("ht", 0, kUnused) +
                            piece("tt", 0, kUserDefined);

TEST(SentencePiece, ReadsItsModelFile) {
  // Unknown fields of every kind stand between what is read.
  const std::string unknown = message(3, "normalizer") + number(9 << 3) + number(1u << 30) + number(10 << 3 | 1) +
                              std::string(8, 'x') + number(11 << 3 | 5) + fixed(7);
  const auto vocabulary = read_sentencepiece(bytes_of(kPieces + unknown + trainer(2)));
  EXPECT_EQ(vocabulary->size(), 12u);
  EXPECT_EQ(vocabulary->start(), 1u);
  for (const Symbol id : {0, 1, 2, 10}) EXPECT_TRUE(vocabulary->bytes(id).empty()) << id;
  EXPECT_THAT(vocabulary->bytes(7), ElementsAre(' ', 't'));
  EXPECT_THAT(encode(*vocabulary, "th th\u2581"), ElementsAre(8, 9, 3, 12 + 0x96, 12 + 0x81));
  EXPECT_THAT(encode(*vocabulary, "tthht"), ElementsAre(11, 6, 6, 5));
  test::expect_all_come_back(*vocabulary, "SentencePiece");
}

TEST(SentencePiece, PiecesWithSpacesOfTheirOwnAreNeverFound) {
  const auto vocabulary = read_sentencepiece(bytes_of(kPieces + piece(" t", 0, kUserDefined) + trainer(2)));
  EXPECT_TRUE(vocabulary->bytes(12).empty());
  EXPECT_THAT(encode(*vocabulary, " t"), ElementsAre(7));
}

TEST(SentencePiece, TextsStartWithTheEndWhereThereIsNoBegin) {
  EXPECT_EQ(read_sentencepiece(bytes_of(kPieces + trainer(2, -1)))->start(), 2u);
}

TEST(SentencePiece, NamesTheTypesThatItCannotRead) {
  const auto read = [](const std::string& file) { return [=] { read_sentencepiece(bytes_of(file)); }; };
  expect_error(read(kPieces + trainer(1)), ErrorKind::kUnsupported, "type unigram; known: BPE");
  expect_error(read(kPieces), ErrorKind::kUnsupported, "type unigram");
  expect_error(read(kPieces + trainer(3)), ErrorKind::kUnsupported, "type word");
  expect_error(read(kPieces + trainer(99)), ErrorKind::kUnsupported, "type 99");
}

TEST(SentencePiece, RefusesBrokenFiles) {
  const auto read = [](const std::string& file) { return [=] { read_sentencepiece(bytes_of(file)); }; };
  expect_error(read(trainer(2) + number(1 << 3 | 2) + number(uint64_t{1} << 60)), ErrorKind::kCorrupt,
               "ends too early");
  expect_error(read(trainer(2) + number(1 << 3 | 5) + "abc"), ErrorKind::kCorrupt, "ends too early");
  expect_error(read(trainer(2) + std::string(11, '\xFF')), ErrorKind::kCorrupt, "a number is too long");
  expect_error(read(trainer(2) + number(1 << 3 | 3)), ErrorKind::kCorrupt, "no SentencePiece model");
  expect_error(read(trainer(2) + piece("<0xG0>", 0, kByte)), ErrorKind::kCorrupt, "piece 0 names no byte");
  expect_error(read(trainer(2) + piece("a", 0)), ErrorKind::kCorrupt, "1, where texts start, is none of its 1 ids");
  const std::string whole = kPieces + trainer(2);
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_THROW(read(whole.substr(0, size))(), Error) << size;
}

std::string token(const std::string& text, float value) {
  return score(value) + fixed(static_cast<uint32_t>(text.size())) + text;
}
const std::string kTokens = fixed(6) + token("<unk>", 0) + token("\n<s>\n", 0) + token("\n</s>\n", 0) +
                            token("<0x0A>", 0) + token(" ", -1) + token("t", -1) + token(" t", 0);

TEST(Llama2cTokenizer, ReadsItsFile) {
  const auto vocabulary = read_llama2c_tokenizer(bytes_of(kTokens), 7);
  EXPECT_EQ(vocabulary->size(), 7u);
  EXPECT_EQ(vocabulary->start(), 1u);
  EXPECT_TRUE(vocabulary->bytes(1).empty());
  EXPECT_THAT(encode(*vocabulary, "t t\nx"), ElementsAre(5, 6, 3, 7 + 'x'));
  test::expect_all_come_back(*vocabulary, "llama2.c");
}

TEST(Llama2cTokenizer, RefusesFilesOfOtherSizes) {
  const auto read = [](const std::string& file, Symbol size) {
    return [=] { read_llama2c_tokenizer(bytes_of(file), size); };
  };
  expect_error(read(kTokens, 6), ErrorKind::kCorrupt, "has more than the model's 6 tokens");
  expect_error(read(kTokens, 8), ErrorKind::kCorrupt, "ends too early");
  expect_error(read(kTokens, ~Symbol{0}), ErrorKind::kLimit, "more than 262144 tokens");
  expect_error(read(fixed(6) + score(0) + fixed(~uint32_t{0}) + "a", 1), ErrorKind::kCorrupt, "ends too early");
  for (size_t size = 0; size < kTokens.size(); ++size) EXPECT_THROW(read(kTokens.substr(0, size), 7)(), Error) << size;
}

}  // namespace
}  // namespace lmzip::model
