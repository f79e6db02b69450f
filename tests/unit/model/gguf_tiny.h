// SPDX-License-Identifier: Apache-2.0
// A tiny llama in a GGUF file, with whatever a test adds.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "unit/model/gguf_writer.h"

namespace lmzip::test {

/// A file in the making; arrays are numbered, so that no two have the same numbers.
class Tiny : public GgufWriter {
 public:
  explicit Tiny(std::string architecture) : architecture_(std::move(architecture)) {
    text("general.architecture", architecture_);
  }
  void key(const std::string& name, uint32_t value) { number(architecture_ + "." + name, value); }
  void key(const std::string& name, float value) { real(architecture_ + "." + name, value); }
  std::string name(const std::string& key) const { return architecture_ + "." + key; }
  void array(const std::string& name, const std::vector<uint64_t>& extents) {
    floats(name, extents, 100 * static_cast<float>(++count_));
  }
  void weight_and_bias(const std::string& name, uint64_t columns, uint64_t rows) {
    array(name + ".weight", {columns, rows});
    array(name + ".bias", {rows});
  }

 private:
  std::string architecture_;
  int count_ = 0;
};

using Change = std::function<void(Tiny&)>;

inline constexpr auto kNothing = [](Tiny&) {};

/// Two layers, two heads of four that share one key, ten tokens. `more` adds keys and arrays.
inline Bytes llama(const Change& more = kNothing, const std::string& missing = "", std::string architecture = "llama") {
  Tiny file(std::move(architecture));
  file.key("block_count", 2U);
  file.key("context_length", 16U);
  file.key("embedding_length", 8U);
  file.key("feed_forward_length", 12U);
  file.key("attention.head_count", 2U);
  file.key("attention.head_count_kv", 1U);
  file.key("attention.layer_norm_rms_epsilon", 1e-6F);
  const auto array = [&](const std::string& name, const std::vector<uint64_t>& extents) {
    if (name != missing) file.array(name, extents);
  };
  array("token_embd.weight", {8, 10});
  for (const int i : {0, 1}) {
    const std::string block = fmt::format("blk.{}.", i);
    array(block + "attn_norm.weight", {8});
    array(block + "attn_q.weight", {8, 8});
    array(block + "attn_k.weight", {8, 4});
    array(block + "attn_v.weight", {8, 4});
    array(block + "attn_output.weight", {8, 8});
    array(block + "ffn_norm.weight", {8});
    array(block + "ffn_gate.weight", {8, 12});
    array(block + "ffn_up.weight", {8, 12});
    array(block + "ffn_down.weight", {12, 8});
  }
  array("output_norm.weight", {8});
  more(file);
  return file.file();
}

/// A tokenizer of each model behind the tiny llama.
inline void add_scored(Tiny& file) {
  file.text("tokenizer.ggml.model", "llama");
  file.texts("tokenizer.ggml.tokens", {"<unk>", "<s>", "<0x0A>", "<0xff>", "a", "\u2581", "\u2581a", "\u2581a\u2581a"});
  file.reals("tokenizer.ggml.scores", {0, 0, 0, 0, -1, -2, -3, -4});
  file.numbers("tokenizer.ggml.token_type", {2, 3, 6, 6, 1, 1, 1, 4});
  file.number("tokenizer.ggml.bos_token_id", 1);
}

inline void add_byte_level(Tiny& file) {
  file.text("tokenizer.ggml.model", "gpt2");
  file.text("tokenizer.ggml.pre", "llama-bpe");
  file.texts("tokenizer.ggml.tokens", {"a", "b", "\u0120", "\u010A", "ab", "\u0120ab", "<end>", "a b", "<pad>"});
  file.numbers("tokenizer.ggml.token_type", {1, 1, 1, 1, 1, 1, 3, 4, 5});
  file.texts("tokenizer.ggml.merges", {"a b", "\u0120 ab"});
  file.number("tokenizer.ggml.eos_token_id", 6);
}

}  // namespace lmzip::test
