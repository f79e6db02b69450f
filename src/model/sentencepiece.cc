// SPDX-License-Identifier: Apache-2.0
// Scored vocabularies out of binary files: SentencePiece's tokenizer.model (fields by their numbers in
// sentencepiece_model.proto) and llama2.c's tokenizer.bin.
#include <fmt/format.h>

#include <bit>
#include <optional>
#include <string>

#include "lmzip/error.h"
#include "model/vocabulary_merging.h"

namespace lmzip::model {
namespace {

constexpr std::string_view kModel = "tokenizer.model";
constexpr std::string_view kBin = "tokenizer.bin";

Error corrupt(std::string_view what, std::string_view complaint) {
  return Error(ErrorKind::kCorrupt, fmt::format("{}: {}", what, complaint));
}

/// Takes things off the front of a stretch of bytes.
class Taker {
 public:
  Taker(ByteSpan rest, std::string_view what) : rest_(rest), what_(what) {}

  bool empty() const { return rest_.empty(); }

  ByteSpan take(uint64_t size) {
    if (size > rest_.size()) throw corrupt(what_, "ends too early");
    const ByteSpan taken = rest_.first(static_cast<size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  uint32_t take_u32() {
    const ByteSpan bytes = take(4);
    return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
  }
  uint64_t take_varint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = take(1)[0];
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    throw corrupt(what_, "a number is too long");
  }

 private:
  ByteSpan rest_;
  std::string_view what_;
};

/// A field of a protobuf message.
struct Field {
  uint64_t number = 0;
  uint64_t value = 0;  ///< of a number, fixed or not
  ByteSpan bytes;      ///< of a text or message
};

Field take_field(Taker& message) {
  const uint64_t key = message.take_varint();
  Field field{key >> 3, 0, {}};
  switch (key & 7) {
    case 0:
      field.value = message.take_varint();
      break;
    case 1:
      message.take(8);  // no field that we read has 64 fixed bits
      break;
    case 2:
      field.bytes = message.take(message.take_varint());
      break;
    case 5:
      field.value = message.take_u32();
      break;
    default:
      throw corrupt(kModel, "no SentencePiece model");
  }
  return field;
}

enum PieceType : uint64_t { kNormal = 1, kUserDefined = 4, kByte = 6 };

std::string_view text(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

void add_piece(ByteSpan message, ScoredTokens& tokens) {
  Taker rest(message, kModel);
  ByteSpan piece;
  float score = 0;
  uint64_t type = kNormal;
  while (!rest.empty()) {
    const Field field = take_field(rest);
    if (field.number == 1) piece = field.bytes;
    if (field.number == 2) score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    if (field.number == 3) type = field.value;
  }
  if (tokens.tokens.size() == kMaxTokens) {
    throw Error(ErrorKind::kLimit, fmt::format("{}: more than {} pieces", kModel, kMaxTokens));
  }
  Bytes bytes;
  // Spaces of texts are U+2581 before anything is looked up: a piece with others is never found.
  const bool found = text(piece).find(' ') == std::string_view::npos;
  if (found && (type == kNormal || type == kUserDefined)) bytes = spelt_with_spaces(text(piece));
  if (type == kUserDefined) tokens.added.push_back(static_cast<Symbol>(tokens.tokens.size()));
  if (type == kByte) {
    const int byte = named_byte(text(piece));
    if (byte < 0) throw corrupt(kModel, fmt::format("piece {} names no byte", tokens.tokens.size()));
    bytes = {static_cast<uint8_t>(byte)};
  }
  tokens.tokens.push_back(std::move(bytes));
  tokens.scores.push_back(score);
  tokens.is_byte.push_back(type == kByte);
}

/// Of the trainer's settings those that its model still needs.
struct Trainer {
  uint64_t type = 1;
  int32_t begin = 1;  ///< of a sentence; -1: there is none
  int32_t end = 2;
};

Trainer read_trainer(ByteSpan message) {
  Trainer trainer;
  Taker rest(message, kModel);
  while (!rest.empty()) {
    const Field field = take_field(rest);
    if (field.number == 3) trainer.type = field.value;
    if (field.number == 41) trainer.begin = static_cast<int32_t>(field.value);
    if (field.number == 42) trainer.end = static_cast<int32_t>(field.value);
  }
  return trainer;
}

std::string type_name(uint64_t type) {
  constexpr std::string_view kNames[] = {"0", "unigram", "BPE", "word", "character"};
  return type < std::size(kNames) ? std::string(kNames[type]) : std::to_string(type);
}

}  // namespace

std::shared_ptr<const Vocabulary> read_sentencepiece(ByteSpan file) {
  ScoredTokens tokens;
  Trainer trainer;
  Taker rest(file, kModel);
  while (!rest.empty()) {
    const Field field = take_field(rest);
    if (field.number == 1) add_piece(field.bytes, tokens);
    if (field.number == 2) trainer = read_trainer(field.bytes);
  }
  if (trainer.type != 2) {
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{}: a SentencePiece model of type {}; known: BPE", kModel, type_name(trainer.type)));
  }
  tokens.start = static_cast<Symbol>(trainer.begin >= 0 ? trainer.begin : trainer.end);
  return make_scored(std::move(tokens));
}

std::shared_ptr<const Vocabulary> read_llama2c_tokenizer(ByteSpan file, Symbol size) {
  constexpr Symbol kSpecial = 3;  // unknown, begin and end of a sentence
  if (size > kMaxTokens) throw Error(ErrorKind::kLimit, fmt::format("{}: more than {} tokens", kBin, kMaxTokens));
  ScoredTokens tokens;
  Taker rest(file, kBin);
  rest.take_u32();  // the longest token's length, which nothing here needs
  for (Symbol id = 0; id < size; ++id) {
    tokens.scores.push_back(std::bit_cast<float>(rest.take_u32()));
    const ByteSpan token = rest.take(rest.take_u32());
    const int byte = id < kSpecial ? -1 : named_byte(text(token));
    tokens.is_byte.push_back(byte >= 0);
    if (byte >= 0) {
      tokens.tokens.push_back({static_cast<uint8_t>(byte)});
    } else {
      tokens.tokens.emplace_back(id < kSpecial ? token.end() : token.begin(), token.end());
    }
  }
  if (!rest.empty()) throw corrupt(kBin, fmt::format("has more than the model's {} tokens", size));
  tokens.start = 1;
  return make_scored(std::move(tokens));
}

}  // namespace lmzip::model
