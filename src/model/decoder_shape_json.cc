// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "model/decoder.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxText = 8192;  // 256 layers take 1 KiB

// By the values of the enumerations.
constexpr std::array<std::string_view, 4> kActivations = {"gelu-tanh", "gelu", "silu", "relu"};
constexpr std::array<std::string_view, 2> kNorms = {"rms", "layer"};

template <typename Enum, size_t kCount>
Enum named(JsonFields& fields, std::string_view field, const std::array<std::string_view, kCount>& names) {
  const std::string name = fields.text(field);
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  fields.fail(field, "is not known");
}

}  // namespace

std::string to_json(const DecoderShape& s) {
  const nlohmann::ordered_json json = {{"vocabulary", s.vocabulary},
                                       {"width", s.width},
                                       {"layers", s.layers},
                                       {"context", s.context},
                                       {"heads", s.heads},
                                       {"key_value_heads", s.key_value_heads},
                                       {"head_width", s.head_width},
                                       {"scaled", s.scaled},
                                       {"query_bias", s.query_bias},
                                       {"attention_output_bias", s.attention_output_bias},
                                       {"window", s.window},
                                       {"local", s.local},
                                       {"rotary_width", s.rotary_width},
                                       {"rotary_base", s.rotary_base},
                                       {"rotary_factor", s.rotary_factor},
                                       {"rotary_low_factor", s.rotary_low_factor},
                                       {"rotary_high_factor", s.rotary_high_factor},
                                       {"rotary_original_context", s.rotary_original_context},
                                       {"learned_positions", s.learned_positions},
                                       {"norm", kNorms.at(static_cast<size_t>(s.norm))},
                                       {"norm_epsilon", double{s.norm_epsilon}},
                                       {"parallel", s.parallel},
                                       {"feed_width", s.feed_width},
                                       {"gated", s.gated},
                                       {"activation", kActivations.at(static_cast<size_t>(s.activation))},
                                       {"feed_bias", s.feed_bias},
                                       {"tied", s.tied}};
  return json.dump();
}

DecoderShape parse_decoder_shape(std::string_view json) {
  const nlohmann::json parsed = parse_json(json, kMaxText, "shape");
  JsonFields fields(parsed, "shape");
  const auto size = [&fields](std::string_view name) { return static_cast<int>(fields.integer(name, 0, INT32_MAX)); };
  DecoderShape s;
  s.vocabulary = size("vocabulary");
  s.width = size("width");
  s.layers = size("layers");
  s.context = size("context");
  s.heads = size("heads");
  s.key_value_heads = size("key_value_heads");
  s.head_width = size("head_width");
  s.scaled = fields.boolean("scaled");
  s.query_bias = fields.boolean("query_bias");
  s.attention_output_bias = fields.boolean("attention_output_bias");
  s.window = size("window");
  for (const nlohmann::json& local : fields.array("local")) {
    if (local != 0 && local != 1) fields.fail("local", "holds something else than 0 and 1");
    s.local.push_back(local.get<uint8_t>());
  }
  s.rotary_width = size("rotary_width");
  s.rotary_base = fields.number("rotary_base");
  s.rotary_factor = fields.number("rotary_factor");
  s.rotary_low_factor = fields.number("rotary_low_factor");
  s.rotary_high_factor = fields.number("rotary_high_factor");
  s.rotary_original_context = size("rotary_original_context");
  s.learned_positions = fields.boolean("learned_positions");
  s.norm = named<Norm>(fields, "norm", kNorms);
  s.norm_epsilon = static_cast<float>(fields.number("norm_epsilon"));
  s.parallel = fields.boolean("parallel");
  s.feed_width = size("feed_width");
  s.gated = fields.boolean("gated");
  s.activation = named<Activation>(fields, "activation", kActivations);
  s.feed_bias = fields.boolean("feed_bias");
  s.tied = fields.boolean("tied");
  fields.finish();
  check(s);
  return s;
}

}  // namespace lmzip::model
