// SPDX-License-Identifier: Apache-2.0
#include "model/gguf_decoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "model/checkpoint.h"
#include "unit/model/fixtures.h"
#include "unit/model/folder.h"
#include "unit/model/gguf_tiny.h"

namespace lmzip::model {
namespace {

using test::add_byte_level;
using test::add_scored;
using test::Change;
using test::expect_corrupt;
using test::expect_error;
using test::GgufWriter;
using test::kNothing;
using test::llama;
using test::Tiny;

/// One layer with LayerNorm, two heads of four, fused attention, biases everywhere.
Bytes with_offsets(const std::string& architecture, const Change& more) {
  Tiny file(architecture);
  file.key("block_count", 1U);
  file.key("context_length", 16U);
  file.key("embedding_length", 8U);
  file.key("feed_forward_length", 32U);
  file.key("attention.head_count", 2U);
  file.key("attention.layer_norm_epsilon", 1e-5F);
  file.array("token_embd.weight", {8, 10});
  for (const std::string norm : {"blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"}) {
    file.array(norm + ".weight", {8});
    file.array(norm + ".bias", {8});
  }
  file.weight_and_bias("blk.0.attn_qkv", 8, 24);
  file.weight_and_bias("blk.0.attn_output", 8, 8);
  file.weight_and_bias("blk.0.ffn_up", 8, 32);
  file.weight_and_bias("blk.0.ffn_down", 32, 8);
  more(file);
  return file.file();
}

std::vector<float> all_of(const DecoderWeight& weight) {
  std::vector<float> all(static_cast<size_t>(weight.rows * weight.columns));
  const auto columns = static_cast<size_t>(weight.columns);
  for (int64_t i = 0; i < weight.rows; ++i) {
    weight.read(i, std::span(all).subspan(static_cast<size_t>(i) * columns, columns));
  }
  return all;
}

/// Numbers first .. of an array of the file, as many as the weight has.
void expect_same(const Decoder& decoder, const std::string& ours, ByteSpan bytes, const std::string& theirs,
                 size_t first = 0) {
  const Gguf file(bytes);
  const GgufTensor& tensor = *file.find(theirs);
  std::vector<float> numbers(static_cast<size_t>(tensor.rows * tensor.columns));
  ggml_type(0).read(tensor.data.data(), numbers.size(), numbers.data());
  const std::vector<float> read = all_of(decoder.weights.at(ours));
  ASSERT_LE(first + read.size(), numbers.size());
  EXPECT_TRUE(std::equal(read.begin(), read.end(), numbers.begin() + static_cast<ptrdiff_t>(first))) << ours;
}

TEST(GgufDecoder, ReadsLlama) {
  const Bytes file = llama([](Tiny& more) {
    more.key("rope.freq_base", 5e5F);
    more.number("general.file_type", 0);
  });
  const Decoder decoder = read_gguf(file);
  DecoderShape expected;
  expected.vocabulary = 10;
  expected.width = 8;
  expected.layers = 2;
  expected.context = 16;
  expected.heads = 2;
  expected.key_value_heads = 1;
  expected.head_width = expected.rotary_width = 4;
  expected.rotary_base = 5e5;
  expected.norm_epsilon = 1e-6F;
  expected.feed_width = 12;
  expected.gated = expected.tied = true;
  EXPECT_EQ(decoder.shape, expected);
  EXPECT_EQ(decoder.format, "GGUF, llama, F32");
  EXPECT_EQ(decoder.vocabulary, nullptr);
  expect_same(decoder, "embedding", file, "token_embd.weight");
  expect_same(decoder, "layers.0.attention_norm.gain", file, "blk.0.attn_norm.weight");
  // Heads of four: rows 0 and 1 of a head are turned together in the file, rows 0 and 2 here.
  const Gguf contents(file);
  const GgufTensor& query = *contents.find("blk.1.attn_q.weight");
  std::vector<float> theirs(8), ours(8);
  for (const auto& [row, source] : {std::pair{0, 0}, {1, 2}, {2, 1}, {3, 3}, {4, 4}, {5, 6}, {6, 5}, {7, 7}}) {
    query.read(source, theirs);
    decoder.weights.at("layers.1.query").read(row, ours);
    EXPECT_EQ(ours, theirs) << row;
  }
  expect_same(decoder, "layers.1.value", file, "blk.1.attn_v.weight");
  expect_same(decoder, "layers.1.attention_output", file, "blk.1.attn_output.weight");
  expect_same(decoder, "layers.1.feed_norm.gain", file, "blk.1.ffn_norm.weight");
  expect_same(decoder, "layers.0.feed.gate", file, "blk.0.ffn_gate.weight");
  expect_same(decoder, "layers.0.feed.up", file, "blk.0.ffn_up.weight");
  expect_same(decoder, "layers.1.feed.down", file, "blk.1.ffn_down.weight");
  expect_same(decoder, "output_norm.gain", file, "output_norm.weight");
}

TEST(GgufDecoder, ReadsWhatOtherLlamasHave) {
  const Bytes file = llama([](Tiny& more) {
    more.key("attention.sliding_window", 5U);
    more.key("expert_count", 0U);
    more.key("rope.dimension_count", 2U);
    more.text(more.name("rope.scaling.type"), "none");
    more.array("output.weight", {8, 10});
    for (const int i : {0, 1}) more.array(fmt::format("blk.{}.attn_output.bias", i), {8});
  });
  const Decoder decoder = read_gguf(file);
  EXPECT_EQ(decoder.shape.window, 5);
  EXPECT_TRUE(decoder.shape.is_local(1));
  EXPECT_EQ(decoder.shape.rotary_width, 2);
  EXPECT_FALSE(decoder.shape.tied);
  EXPECT_TRUE(decoder.shape.attention_output_bias);
  expect_same(decoder, "output", file, "output.weight");
  expect_same(decoder, "layers.1.attention_output.bias", file, "blk.1.attn_output.bias");
  const Bytes wide = llama([](Tiny& more) { more.key("attention.sliding_window", 16U); });
  EXPECT_EQ(read_gguf(wide).shape.window, 0);
}

TEST(GgufDecoder, DividedPositionsAreKnown) {
  const auto factor_of = [](const Change& change) {
    const Bytes file = llama(change);
    return read_gguf(file).shape.rotary_factor;
  };
  EXPECT_EQ(factor_of([](Tiny& f) { f.key("rope.scaling.factor", 4.F); }), 4);
  EXPECT_EQ(factor_of([](Tiny& f) { f.key("rope.scale_linear", 2.F); }), 2);
  EXPECT_EQ(factor_of([](Tiny& f) { f.key("rope.scaling.factor", 0.F); }), 1);
  EXPECT_EQ(factor_of([](Tiny& f) {
              f.text(f.name("rope.scaling.type"), "none");
              f.key("rope.scaling.factor", 4.F);
            }),
            1);
}

TEST(GgufDecoder, ReadsQwen2WithItsBiases) {
  const Bytes file = llama(
      [](Tiny& more) {
        for (const int i : {0, 1}) {
          more.array(fmt::format("blk.{}.attn_q.bias", i), {8});
          more.array(fmt::format("blk.{}.attn_k.bias", i), {4});
          more.array(fmt::format("blk.{}.attn_v.bias", i), {4});
        }
      },
      "", "qwen2");
  const Decoder decoder = read_gguf(file);
  EXPECT_TRUE(decoder.shape.query_bias);
  EXPECT_EQ(decoder.format, "GGUF, qwen2, F32");
  expect_same(decoder, "layers.1.query.bias", file, "blk.1.attn_q.bias");
  expect_same(decoder, "layers.0.value.bias", file, "blk.0.attn_v.bias");
}

TEST(GgufDecoder, ReadsGpt2WhereAttentionIsFused) {
  const Bytes file = with_offsets("gpt2", [](Tiny& more) { more.array("position_embd.weight", {8, 16}); });
  const Decoder decoder = read_gguf(file);
  const DecoderShape& shape = decoder.shape;
  EXPECT_EQ(shape.rotary_width, 0);
  EXPECT_EQ(shape.norm, Norm::kLayer);
  EXPECT_EQ(shape.activation, Activation::kGeluTanh);
  EXPECT_EQ(shape.key_value_heads, 2);
  EXPECT_TRUE(shape.learned_positions && shape.query_bias && shape.attention_output_bias && shape.feed_bias);
  EXPECT_TRUE(shape.tied && !shape.parallel && !shape.gated);
  expect_same(decoder, "positions", file, "position_embd.weight");
  expect_same(decoder, "layers.0.query", file, "blk.0.attn_qkv.weight");
  expect_same(decoder, "layers.0.key", file, "blk.0.attn_qkv.weight", 64);
  expect_same(decoder, "layers.0.value", file, "blk.0.attn_qkv.weight", 128);
  expect_same(decoder, "layers.0.query.bias", file, "blk.0.attn_qkv.bias");
  expect_same(decoder, "layers.0.key.bias", file, "blk.0.attn_qkv.bias", 8);
  expect_same(decoder, "layers.0.value.bias", file, "blk.0.attn_qkv.bias", 16);
  expect_same(decoder, "layers.0.feed_norm.offset", file, "blk.0.ffn_norm.bias");
  expect_same(decoder, "layers.0.feed.up.bias", file, "blk.0.ffn_up.bias");
  expect_same(decoder, "output_norm.offset", file, "output_norm.bias");
}

TEST(GgufDecoder, ReadsGptNeox) {
  const auto neox = [](const Change& more) {
    return with_offsets("gptneox", [&](Tiny& file) {
      file.key("rope.dimension_count", 2U);
      file.array("output.weight", {8, 10});
      more(file);
    });
  };
  const Bytes file = neox(kNothing);
  const DecoderShape shape = read_gguf(file).shape;
  EXPECT_EQ(shape.rotary_width, 2);
  EXPECT_EQ(shape.activation, Activation::kGelu);
  EXPECT_TRUE(shape.parallel && !shape.tied && !shape.learned_positions);
  const Bytes serial = neox([](Tiny& more) { more.boolean("gptneox.use_parallel_residual", false); });
  EXPECT_FALSE(read_gguf(serial).shape.parallel);
}

/// Llama 3.1's divisors as its own code makes them, by wavelengths.
std::vector<float> llama31_divisors(int width, double base, double factor) {
  std::vector<float> divisors;
  for (int i = 0; i < width; i += 2) {
    const double wavelength = 2 * std::numbers::pi * std::pow(base, static_cast<double>(i) / width);
    const double smooth = (8192 / wavelength - 1) / (4 - 1);
    divisors.push_back(static_cast<float>(wavelength < 8192 / 4.   ? 1
                                          : wavelength > 8192 / 1. ? factor
                                                                   : 1 / ((1 - smooth) / factor + smooth)));
  }
  return divisors;
}

Bytes llama_with_divisors(const std::vector<float>& divisors) {
  Tiny file("llama");
  for (const char* key : {"block_count", "attention.head_count"}) file.key(key, 1U);
  for (const char* key : {"context_length", "embedding_length", "feed_forward_length"}) file.key(key, 8U);
  file.key("attention.key_length", 64U);
  file.key("attention.value_length", 64U);
  file.key("rope.freq_base", 5e5F);
  file.key("attention.layer_norm_rms_epsilon", 1e-5F);
  for (const char* name : {"token_embd", "blk.0.ffn_gate", "blk.0.ffn_up", "blk.0.ffn_down"}) {
    file.array(std::string(name) + ".weight", {8, 8});
  }
  for (const char* name : {"blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"}) {
    file.array(std::string(name) + ".weight", {8});
  }
  for (const char* name : {"q", "k", "v"}) file.array(fmt::format("blk.0.attn_{}.weight", name), {8, 64});
  file.array("blk.0.attn_output.weight", {64, 8});
  Bytes data;
  for (const float divisor : divisors) GgufWriter::put(data, std::bit_cast<uint32_t>(divisor));
  file.tensor("rope_freqs.weight", {divisors.size()}, 0, data);
  return file.file();
}

TEST(GgufDecoder, KnowsTheStretchedFrequenciesOfLlama31) {
  for (const double factor : {8.0, 32.0}) {
    const Bytes file = llama_with_divisors(llama31_divisors(64, 5e5, factor));
    const DecoderShape shape = read_gguf(file).shape;
    EXPECT_EQ(shape.rotary_factor, factor);
    EXPECT_EQ(shape.rotary_low_factor, 1);
    EXPECT_EQ(shape.rotary_high_factor, 4);
    EXPECT_EQ(shape.rotary_original_context, 8192);
  }
  const Bytes none = llama_with_divisors(std::vector<float>(32, 1));
  EXPECT_EQ(read_gguf(none).shape.rotary_factor, 1);
  std::vector<float> other = llama31_divisors(64, 5e5, 8);
  other[20] *= 1.01F;
  const Bytes changed = llama_with_divisors(other);
  expect_error([&] { read_gguf(changed); }, ErrorKind::kUnsupported, "rope_freqs.weight");
  const Bytes infinite = llama_with_divisors(std::vector<float>(32, INFINITY));
  expect_error([&] { read_gguf(infinite); }, ErrorKind::kUnsupported, "rope_freqs.weight");
  const Bytes short_one = llama_with_divisors(std::vector<float>(31, 1));
  expect_corrupt([&] { read_gguf(short_one); }, "not 32 numbers");
}

TEST(GgufDecoder, WhatWouldBeComputedOtherwiseIsRefusedByName) {
  const auto refused = [](const Change& change, ErrorKind kind, const std::string& part) {
    const Bytes file = llama(change);
    expect_error([&] { read_gguf(file); }, kind, part);
  };
  constexpr ErrorKind kCorrupt = ErrorKind::kCorrupt, kUnsupported = ErrorKind::kUnsupported;
  refused([](Tiny& f) { f.key("expert_count", 8U); }, kUnsupported, "llama.expert_count: 8");
  refused([](Tiny& f) { f.key("logit_scale", 0.5F); }, kUnsupported, "llama.logit_scale");
  refused([](Tiny& f) { f.key("rope.scaling.factor", 0.5F); }, kCorrupt, "rotary_factor");
  refused([](Tiny& f) { f.key("attention.scale", 0.5F); }, kUnsupported, "llama.attention.scale: 0.5");
  refused([](Tiny& f) { f.text("llama.rope.scaling.type", "yarn"); }, kUnsupported, "'yarn'");
  refused([](Tiny& f) { f.boolean("llama.attention.causal", false); }, kUnsupported, "llama.attention.causal");
  refused([](Tiny& f) { f.key("attention.value_length", 2U); }, kUnsupported, "llama.attention.value_length");
  refused([](Tiny& f) { f.number("split.count", 3); }, kUnsupported, "one of several parts");
  refused([](Tiny& f) { f.array("blk.0.attn_q_norm.weight", {4}); }, kUnsupported, "tensor blk.0.attn_q_norm.weight");
  refused([](Tiny& f) { f.array("blk.2.attn_q.weight", {4}); }, kUnsupported, "tensor blk.2.attn_q.weight");
  refused([](Tiny& f) { f.key("rope.dimension_count", 3U); }, kCorrupt, "llama.rope.dimension_count");
  refused([](Tiny& f) { f.key("rope.dimension_count", 6U); }, kCorrupt, "rotary_width");
  refused([](Tiny& f) { f.array("output.weight", {8, 9}); }, kCorrupt, "output");
  refused([](Tiny& f) { f.array("blk.0.attn_q.bias", {8}); }, kCorrupt, "tensor blk.0.attn_k.bias is missing");
  refused([](Tiny& f) { f.text("tokenizer.ggml.model", "bert"); }, kUnsupported, "the model 'bert'");
  for (const std::string name : {"phi2", "gemma", "qwen2moe", "rwkv6", ""}) {
    const Bytes file = llama(kNothing, "", name);
    expect_error([&] { read_gguf(file); }, kUnsupported, fmt::format("architecture '{}'", name));
  }
  const Bytes without = llama(kNothing, "blk.1.ffn_gate.weight");
  expect_corrupt([&] { read_gguf(without); }, "tensor blk.1.ffn_gate.weight is missing");
  const Bytes nothing = GgufWriter().file();
  expect_corrupt([&] { read_gguf(nothing); }, "key general.architecture: is missing");
}

TEST(GgufDecoder, CutAnywhereItIsRefused) {
  for (const auto& tokenizer : {add_scored, add_byte_level}) {
    const Bytes file = llama(tokenizer);
    for (size_t size = 0; size < file.size(); ++size) {
      ASSERT_THROW(read_gguf(ByteSpan(file).first(size)), Error) << size;
    }
  }
}

TEST(GgufDecoder, FlippedBitsAreReadOrRefused) {
  for (const auto& tokenizer : {add_scored, add_byte_level}) {
    Bytes file = llama(tokenizer);
    // What lies behind is numbers, any of which can be read.
    const size_t end = file.size() - sizeof(float) * 1000;
    for (size_t bit = 0; bit < end * 8; ++bit) {
      file[bit / 8] = static_cast<uint8_t>(file[bit / 8] ^ 1 << bit % 8);
      try {
        const Decoder decoder = read_gguf(file);
        uint64_t numbers = 0;
        for (const auto& [name, weight] : decoder.weights) numbers += all_of(weight).size();
        ASSERT_EQ(numbers, decoder.shape.parameters());
        ASSERT_LE(numbers, file.size());
      } catch (const Error& error) {
        for (const char* c = error.what(); *c != '\0'; ++c) ASSERT_TRUE(*c >= ' ' && *c <= '~') << error.what();
      }
      file[bit / 8] = static_cast<uint8_t>(file[bit / 8] ^ 1 << bit % 8);
    }
  }
}

TEST(GgufDecoder, ErrorsBeginWithThePath) {
  const test::Folder folder;
  const std::string path = folder.write("cut.gguf", ByteSpan(llama()).first(100));
  expect_corrupt([&] { open_gguf(path); }, path + ": ");
  const std::string good = folder.write("good.gguf", llama());
  const Decoder decoder = open_gguf(good);
  EXPECT_EQ(all_of(decoder.weights.at("output_norm.gain")).size(), 8u);
  EXPECT_NE(decoder.files, nullptr);
  expect_error([&] { open_gguf(folder.path("none")); }, ErrorKind::kIo, "none");
}

}  // namespace
}  // namespace lmzip::model
