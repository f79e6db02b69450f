// SPDX-License-Identifier: Apache-2.0
// Tiny checkpoints as other people's programs write them, with numbers that every type of them can say.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/checkpoint.h"
#include "model/safetensors.h"
#include "unit/model/folder.h"
#include "unit/model/refusals.h"

namespace lmzip::test {

struct Array {
  std::vector<uint64_t> shape;
  std::vector<float> values;

  float at(int64_t row, int64_t column) const { return values[static_cast<size_t>(row) * shape.back() + column]; }
};
using Arrays = std::map<std::string, Array>;

/// Eighths of -15.625..15.625: seven binary digits, so that bfloat16 has them, too.
inline Array random_array(std::vector<uint64_t> shape, base::Random& random) {
  Array array{std::move(shape), {}};
  size_t count = 1;
  for (const uint64_t extent : array.shape) count *= extent;
  for (size_t i = 0; i < count; ++i) array.values.push_back((static_cast<float>(random.below(251)) - 125) / 8);
  return array;
}

/// The bits of a number that a half can say.
inline uint16_t half_of(float value) {
  if (value == 0) return 0;
  int exponent = 0;
  const float fraction = std::frexp(std::abs(value), &exponent);
  const auto mantissa = static_cast<uint16_t>(fraction * 2048 - 1024);
  return static_cast<uint16_t>((value < 0 ? 0x8000 : 0) | (exponent + 14) << 10 | mantissa);
}

inline Bytes encoded(const std::vector<float>& values, model::Dtype dtype) {
  Bytes bytes;
  for (const float value : values) {
    const auto wide = std::bit_cast<uint32_t>(value);
    const uint32_t bits = dtype == model::Dtype::kF16    ? half_of(value)
                          : dtype == model::Dtype::kBf16 ? wide >> 16
                                                         : wide;
    for (size_t i = 0; i < model::dtype_size(dtype); ++i) bytes.push_back(static_cast<uint8_t>(bits >> 8 * i));
  }
  return bytes;
}

inline Bytes safetensors_of(const Arrays& arrays, model::Dtype dtype) {
  std::vector<Bytes> data;
  for (const auto& [name, array] : arrays) data.push_back(encoded(array.values, dtype));
  model::Safetensors contents;
  for (const auto& [name, array] : arrays) {
    contents.tensors.push_back({name, dtype, array.shape, data[contents.tensors.size()]});
  }
  return model::write_safetensors(contents);
}

inline ByteSpan span_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline void write_folder(const Folder& folder, const std::string& config, const Arrays& arrays,
                         model::Dtype dtype = model::Dtype::kF32) {
  folder.write("config.json", span_of(config));
  folder.write("model.safetensors", safetensors_of(arrays, dtype));
}

/// All numbers of one of a decoder's arrays.
inline std::vector<float> numbers(const model::Decoder& decoder, const std::string& name) {
  const auto found = decoder.weights.find(name);
  if (found == decoder.weights.end()) throw Error(ErrorKind::kUsage, "no array " + name);
  const auto columns = static_cast<size_t>(found->second.columns);
  std::vector<float> all(static_cast<size_t>(found->second.rows) * columns);
  for (int64_t row = 0; row < found->second.rows; ++row) {
    found->second.read(row, std::span(all).subspan(static_cast<size_t>(row) * columns, columns));
  }
  return all;
}

/// Every number of every array, in order.
inline std::vector<float> all_numbers(const model::Decoder& decoder) {
  std::vector<float> all;
  for (const model::TensorShape& array : model::tensors_of(decoder.shape)) {
    const std::vector<float> some = numbers(decoder, array.name);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

/// A folder of real checkpoints, or an empty text where there is none.
inline std::string real_models() {
  const char* const folder = std::getenv("LMZIP_TEST_MODELS");
  return folder == nullptr ? "" : folder;
}

inline constexpr const char* kLlamaConfig =
    R"({"model_type":"llama","vocab_size":10,"hidden_size":8,"num_hidden_layers":2,"num_attention_heads":4,)"
    R"("num_key_value_heads":2,"intermediate_size":12,"max_position_embeddings":16})";

inline Arrays llama_arrays() {
  base::Random random(1);
  Arrays arrays;
  const auto add = [&](const std::string& name, std::vector<uint64_t> shape) {
    arrays[name + ".weight"] = random_array(std::move(shape), random);
  };
  add("model.embed_tokens", {10, 8});
  for (int i = 0; i < 2; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    add(layer + "input_layernorm", {8});
    add(layer + "self_attn.q_proj", {8, 8});
    add(layer + "self_attn.k_proj", {4, 8});
    add(layer + "self_attn.v_proj", {4, 8});
    add(layer + "self_attn.o_proj", {8, 8});
    add(layer + "post_attention_layernorm", {8});
    add(layer + "mlp.gate_proj", {12, 8});
    add(layer + "mlp.up_proj", {12, 8});
    add(layer + "mlp.down_proj", {8, 12});
  }
  add("model.norm", {8});
  add("lm_head", {10, 8});
  return arrays;
}

}  // namespace lmzip::test
