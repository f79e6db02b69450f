// SPDX-License-Identifier: Apache-2.0
// Small random checkpoints that together have everything a decoder can have.
#pragma once

#include <cmath>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/decoder.h"

namespace lmzip::test {

/// The number of a name, the same everywhere (FNV-1a).
inline uint64_t seed_of(const std::string& name) {
  uint64_t seed = 0xCBF29CE484222325;
  for (const char c : name) seed = (seed ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  return seed;
}

/// Weights are made when they are read: gains around 1, offsets and biases around 0, matrices that keep the size of
/// what they read.
inline model::Decoder random_decoder(const model::DecoderShape& shape) {
  model::Decoder decoder;
  decoder.shape = shape;
  for (const auto& array : model::tensors_of(shape)) {
    const bool gain = array.name.ends_with(".gain"), small = array.rows == 1;
    const double spread = array.name == "embedding" ? 1 : small ? 0.2 : 2.5 / std::sqrt(array.columns);
    const auto read = [seed = seed_of(array.name), gain, spread](int64_t row, std::span<float> out) {
      base::Random random(seed + static_cast<uint64_t>(row) * 0x5851F42D4C957F2D);
      for (float& number : out) number = static_cast<float>((gain ? 1 : 0) + spread * (random.uniform() * 2 - 1));
    };
    decoder.weights[array.name] = {.rows = array.rows, .columns = array.columns, .read = read};
  }
  return decoder;
}

struct NamedDecoderShape {
  std::string name;  ///< letters and digits
  model::DecoderShape shape;
};

inline std::ostream& operator<<(std::ostream& out, const NamedDecoderShape& shape) { return out << shape.name; }

inline std::vector<NamedDecoderShape> decoder_shapes() {
  using model::Activation;
  using model::DecoderShape;
  DecoderShape llama;
  llama.vocabulary = 37;
  llama.width = 24;
  llama.layers = 2;
  llama.context = 40;
  llama.heads = 4;
  llama.key_value_heads = 2;
  llama.head_width = 8;
  llama.rotary_width = 8;
  llama.feed_width = 44;
  llama.gated = true;

  DecoderShape partly = llama;
  partly.tied = true;
  partly.head_width = 10;
  partly.rotary_width = 6;

  DecoderShape stretched = llama;
  stretched.head_width = stretched.rotary_width = 32;
  stretched.rotary_base = 500000;
  stretched.rotary_factor = 8;
  stretched.rotary_original_context = 64;

  DecoderShape gpt2 = llama;
  gpt2.vocabulary = 4100;
  gpt2.width = 20;
  gpt2.key_value_heads = 4;
  gpt2.head_width = 5;
  gpt2.rotary_width = 0;
  gpt2.learned_positions = gpt2.tied = true;
  gpt2.query_bias = gpt2.attention_output_bias = gpt2.feed_bias = true;
  gpt2.norm = model::Norm::kLayer;
  gpt2.gated = false;
  gpt2.activation = Activation::kGeluTanh;

  DecoderShape neo = gpt2;
  neo.vocabulary = 50;
  neo.head_width = 16;
  neo.layers = 3;
  neo.query_bias = neo.scaled = false;
  neo.window = 5;
  neo.local = {0, 1, 0};

  DecoderShape neox = gpt2;
  neox.vocabulary = 48;
  neox.width = 32;
  neox.learned_positions = neox.tied = false;
  neox.parallel = true;
  neox.head_width = 16;
  neox.rotary_width = 4;
  neox.activation = Activation::kGelu;

  DecoderShape qwen = llama;
  qwen.query_bias = true;
  qwen.key_value_heads = 1;
  qwen.rotary_base = 1e6;
  qwen.norm_epsilon = 1e-6f;

  DecoderShape mistral = llama;
  mistral.context = 200;
  mistral.window = 70;
  mistral.width = 48;
  mistral.activation = Activation::kGeluTanh;

  DecoderShape opt = gpt2;
  opt.vocabulary = 33;
  opt.activation = Activation::kRelu;

  DecoderShape plain = llama;
  plain.gated = false;
  plain.rotary_width = 0;

  return {{"Llama", llama}, {"PartlyTurned", partly}, {"Stretched", stretched}, {"Gpt2", gpt2}, {"Neo", neo},
          {"NeoX", neox},   {"Qwen", qwen},           {"Mistral", mistral},     {"Opt", opt},   {"PlainSilu", plain}};
}

}  // namespace lmzip::test
