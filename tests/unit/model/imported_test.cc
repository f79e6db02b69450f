// SPDX-License-Identifier: Apache-2.0
#include "model/imported.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "model/checkpoint_card.h"
#include "model/ggml_types.h"
#include "model/grouped_weight.h"
#include "unit/model/checkpoint_fixture.h"
#include "unit/model/imported_tiny.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::expect_error;
using test::Folder;
using test::imported_file;
using test::TinyDecoder;

/// `file` with its JSON header changed, and its length.
Bytes with_header(const Bytes& file, const std::function<void(std::string&)>& change) {
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | file[i];
  std::string header(file.begin() + 8, file.begin() + 8 + static_cast<std::ptrdiff_t>(length));
  change(header);
  Bytes result;
  for (size_t i = 0; i < 8; ++i) result.push_back(static_cast<uint8_t>(header.size() >> 8 * i));
  result.insert(result.end(), header.begin(), header.end());
  result.insert(result.end(), file.begin() + 8 + static_cast<std::ptrdiff_t>(length), file.end());
  return result;
}

Bytes replaced(const Bytes& file, const std::string& what, const std::string& with) {
  return with_header(file, [&](std::string& header) {
    const size_t at = header.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    header.replace(at, what.size(), with);
  });
}

TEST(Imported, ComesBackAsItWasWithEveryFormOfNumbers) {
  for (const auto kind : {TinyDecoder::kByteLevel, TinyDecoder::kScored}) {
    const TinyDecoder tiny(kind);
    const Bytes file = imported_file(tiny.decoder);
    EXPECT_TRUE(is_imported(file));
    const Decoder back = read_imported(file);
    EXPECT_EQ(back.shape, tiny.decoder.shape);
    EXPECT_EQ(back.format, tiny.decoder.format);
    EXPECT_EQ(back.licence, "mit");
    EXPECT_EQ(back.file_bytes, file.size());
    EXPECT_EQ(digest_of(back), digest_of(tiny.decoder));
    for (const auto& [name, weight] : tiny.decoder.weights) {
      EXPECT_EQ(test::numbers(back, name), test::numbers(tiny.decoder, name)) << name;
      EXPECT_EQ(back.weights.at(name).packed.has_value(), weight.packed.has_value()) << name;
    }
    EXPECT_EQ(imported_file(back), file);  // and so once more
    for (const std::string text : {"a cat, a  cat\xC3\xA4\xFF", "", "aaaa  bab<s>", "\xE2\x96\x81"}) {
      EXPECT_EQ(back.vocabulary->encode(test::span_of(text)), tiny.decoder.vocabulary->encode(test::span_of(text)));
    }
  }
}

TEST(Imported, TakesTheShortestTypesThatSayTheNumbers) {
  const TinyDecoder tiny(TinyDecoder::kByteLevel);
  const Bytes file = imported_file(tiny.decoder);
  std::map<std::string, Dtype> types;
  for (const Tensor& tensor : read_safetensors(file).tensors) types[tensor.name] = tensor.dtype;
  EXPECT_EQ(types.at("embedding"), Dtype::kF32);
  EXPECT_EQ(types.at("output_norm.gain"), Dtype::kBf16);
  EXPECT_EQ(types.at("layers.0.attention_output"), Dtype::kF16);
  EXPECT_EQ(types.at("layers.0.query"), Dtype::kU8);
  EXPECT_EQ(types.at("layers.1.query"), Dtype::kI8);
  EXPECT_EQ(types.at("layers.1.query.scales"), Dtype::kF32);
}

TEST(Imported, AHeadThatRepeatsTheEmbeddingIsLeftOut) {
  TinyDecoder tiny(TinyDecoder::kByteLevel);
  tiny.decoder.weights["output"] = tiny.decoder.weights.at("embedding");
  const Bytes file = imported_file(tiny.decoder);
  const Decoder back = read_imported(file);
  EXPECT_TRUE(back.shape.tied);
  EXPECT_EQ(digest_of(back), digest_of(tiny.decoder));
}

TEST(Imported, FilesThatAreCutOffAreRefused) {
  const Bytes file = imported_file(TinyDecoder(TinyDecoder::kScored).decoder);
  for (size_t size = 0; size < file.size(); size += size < 3000 ? 7 : 101) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    expect_corrupt([&] { read_imported(cut); }, "");
  }
  Bytes longer = file;
  longer.push_back(0);
  expect_corrupt([&] { read_imported(longer); }, "1 bytes behind the last tensor");
}

TEST(Imported, BytesThatChangedAreRefusedOrShowInTheDigest) {
  for (const auto kind : {TinyDecoder::kByteLevel, TinyDecoder::kScored}) {
    const Bytes file = imported_file(TinyDecoder(kind).decoder);
    const Decoder whole = read_imported(file);
    const std::string digest = digest_of(whole);
    size_t refused = 0, seen = 0;
    for (size_t i = 0; i < file.size(); i += i < 4000 ? 3 : 17) {
      Bytes bad = file;
      bad[i] ^= static_cast<uint8_t>(1 + i % 255);
      try {
        if (digest_of(read_imported(bad)) != digest) ++seen;
      } catch (const Error&) {
        ++refused;
      }
    }
    EXPECT_GT(refused, 300u);
    EXPECT_GT(seen, 100u);
  }
}

TEST(Imported, WhatDoesNotFitTogetherIsNamed) {
  const Bytes file = imported_file(TinyDecoder(TinyDecoder::kByteLevel).decoder);
  const auto refused = [&](const std::string& what, const std::string& with, const std::string& complaint,
                           ErrorKind kind = ErrorKind::kCorrupt) {
    expect_error([&] { read_imported(replaced(file, what, with)); }, kind, complaint);
  };
  refused("\"lmzip.checkpoint\":\"1\"", "\"lmzip.checkpoint\":\"2\"", "lmzip.checkpoint '2' is not known",
          ErrorKind::kUnsupported);
  refused("lmzip.shape", "lmzip.shade", "lmzip.shape is missing");
  refused("\\\"head_width\\\":16", "\\\"head_width\\\":15", "rotary_width");
  refused("\\\"layers\\\":2", "\\\"layers\\\":3", "tensor layers.2.");
  refused("\\\"layers\\\":2", "\\\"layers\\\":1", "tensor layers.1.");
  refused("\\\"norm\\\":\\\"rms\\\"", "\\\"norm\\\":\\\"sum\\\"", "norm");
  refused("\\\"Q8_0\\\"", "\\\"Q4_0\\\"", "tensor layers.0.query: its shape is not");
  refused("\\\"Q8_0\\\"", "\\\"Q9_0\\\"", "'Q9_0' cannot be read", ErrorKind::kUnsupported);
  refused("\\\"Q8_0\\\"", "8", "'layers.0.query' is not a text");
  refused("\\\"layers.0.query\\\":", "\\\"layers.0.other\\\":", "does not tell its type");
  refused("layers.1.query.scales", "layers.1.query.scalez", "tensor layers.1.query: is missing");
  refused("\\\"start\\\":", "\\\"start\\\":9", "where texts start");
  refused("\\\"split\\\":\\\"", "\\\"split\\\":\\\"x", "split");
  refused("vocabulary.merges", "vocabulary.merger", "tensor vocabulary.merges: is missing");
  refused("\"vocabulary.added\":{\"dtype\":\"I32\"", "\"vocabulary.added\":{\"dtype\":\"F32\"",
          "tensor vocabulary.added: is of another type or shape");
}

TEST(Imported, WithoutATokenizerThereIsNothingToImport) {
  TinyDecoder tiny(TinyDecoder::kByteLevel);
  tiny.decoder.vocabulary = nullptr;
  expect_error([&] { imported_file(tiny.decoder); }, ErrorKind::kUnsupported, "has no tokenizer");
}

TEST(Imported, IsACheckpointThatClaimsItsDigest) {
  const Folder folder;
  const TinyDecoder tiny(TinyDecoder::kByteLevel);
  const std::string path = folder.write("x.safetensors", imported_file(tiny.decoder));
  EXPECT_TRUE(is_checkpoint(path));
  EXPECT_EQ(claimed_digest(path), digest_of(tiny.decoder));
  const Decoder decoder = open_checkpoint(path);
  EXPECT_EQ(decoder.sources, std::vector<std::string>{path});
  EXPECT_EQ(claimed_digest(folder.write("y", Bytes(100))), "");
}

TEST(Imported, CardsComeBackAndAreHeldToTheirCheckpoint) {
  TinyDecoder tiny(TinyDecoder::kScored);
  tiny.decoder.digest = digest_of(tiny.decoder);
  CheckpointCard card = describe(tiny.decoder);
  card.name = "tiny";
  card.sources = {{"model.bin", 7, std::string(32, '0')}};
  EXPECT_EQ(parse_checkpoint_card(to_json(card)), card);
  EXPECT_EQ(card.tokens, tiny.decoder.vocabulary->size());
  EXPECT_EQ(card.licence, "mit");
  check_card(card, tiny.decoder);
  const std::vector<std::function<void(CheckpointCard&)>> changes = {
      [](CheckpointCard& c) { c.digest[0] ^= 1; }, [](CheckpointCard& c) { ++c.architecture.context; },
      [](CheckpointCard& c) { ++c.parameters; },   [](CheckpointCard& c) { ++c.file_bytes; },
      [](CheckpointCard& c) { ++c.tokens; },       [](CheckpointCard& c) { c.tokenizer += "!"; }};
  for (const auto& change : changes) {
    CheckpointCard wrong = card;
    change(wrong);
    expect_corrupt([&] { check_card(wrong, tiny.decoder); }, "the card does not match the weights: their ");
  }
  expect_corrupt([] { parse_checkpoint_card("{}"); }, "card: the field 'name' is missing");
  CheckpointCard shouting = card;
  shouting.licence = "\x1B[2J";
  expect_corrupt([&] { parse_checkpoint_card(to_json(shouting)); }, "'licence' holds control characters");
}

TEST(Imported, HalvesAndBfloatsAreThoseThatAreBitForBit) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    uint16_t back = 0;
    if (!std::isnan(from_half(half))) {
      EXPECT_TRUE(to_half(from_half(half), back) && back == half) << bits;
    }
    EXPECT_TRUE(to_bfloat16(from_bfloat16(half), back) && back == half) << bits;
  }
  uint16_t ignored = 0;
  for (const float other : {1.0F + 0x1p-11F, 65536.0F, 0x1p-25F, 0x1.8p-24F, 0x1p-140F, -3e38F}) {
    EXPECT_FALSE(to_half(other, ignored)) << other;
  }
  EXPECT_FALSE(to_bfloat16(1.0F + 0x1p-8F, ignored));
}

}  // namespace
}  // namespace lmzip::model
