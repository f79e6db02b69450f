// SPDX-License-Identifier: Apache-2.0
#include "model/hugging_face_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lmzip/error.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr int kMaxSize = 1 << 24;  // above every limit of DecoderShape, and four times it is an int

[[noreturn]] void unsupported(const std::string& what) { throw Error(ErrorKind::kUnsupported, what); }

/// An object whose fields may be missing or null, which both mean the default.
class Fields {
 public:
  Fields(const nlohmann::json& value, std::string what) : value_(value), fields_(value, std::move(what)) {}

  bool is_null(std::string_view name) const { return value_.contains(name) && value_.find(name)->is_null(); }
  bool has(std::string_view name) const { return value_.contains(name) && !is_null(name); }
  const nlohmann::json& at(std::string_view name) { return fields_.at(name); }
  const nlohmann::json& array(std::string_view name) { return fields_.array(name); }
  int size(std::string_view name, int otherwise) {
    return has(name) ? static_cast<int>(fields_.integer(name, 0, kMaxSize)) : otherwise;
  }
  double number(std::string_view name, double otherwise) { return has(name) ? fields_.number(name) : otherwise; }
  bool flag(std::string_view name, bool otherwise) { return has(name) ? fields_.boolean(name) : otherwise; }
  std::string text(std::string_view name, std::string otherwise) {
    return has(name) ? fields_.text(name) : std::move(otherwise);
  }
  [[noreturn]] void fail(std::string_view name, std::string_view complaint) { fields_.fail(name, complaint); }

 private:
  const nlohmann::json& value_;
  JsonFields fields_;
};

Activation activation_of(Fields& config, std::string_view field, std::string otherwise) {
  constexpr std::pair<std::string_view, Activation> kKnown[] = {{"gelu_new", Activation::kGeluTanh},
                                                                {"gelu_fast", Activation::kGeluTanh},
                                                                {"gelu_pytorch_tanh", Activation::kGeluTanh},
                                                                {"gelu", Activation::kGelu},
                                                                {"gelu_python", Activation::kGelu},
                                                                {"silu", Activation::kSilu},
                                                                {"swish", Activation::kSilu},
                                                                {"relu", Activation::kRelu}};
  const std::string name = config.text(field, std::move(otherwise));
  const auto found = std::ranges::find(kKnown, name, &std::pair<std::string_view, Activation>::first);
  if (found == std::end(kKnown)) {
    unsupported(
        fmt::format("the activation '{}' is not known (known: gelu_new, gelu_fast, gelu_pytorch_tanh, gelu, "
                    "silu, relu)",
                    shown(name)));
  }
  return found->second;
}

/// Refuses a switch that is on: nothing here computes what it asks for.
void refuse(Fields& config, std::string_view field) {
  if (config.flag(field, false)) unsupported(fmt::format("networks with '{}' are not supported", field));
}

/// Heads of equal width that fill the stream, unless the file says another width.
void read_heads(Fields& config, DecoderShape& shape, int heads) {
  shape.heads = heads;
  shape.key_value_heads = heads;
  if (config.has("head_dim")) {
    shape.head_width = config.size("head_dim", 0);
  } else if (heads > 0) {
    if (shape.width % heads != 0) config.fail("hidden_size", "is no multiple of the number of heads");
    shape.head_width = shape.width / heads;
  }
}

/// rope_scaling, or, as newer versions write it with everything else about rotation, rope_parameters.
void read_rotary(Fields& config, DecoderShape& shape, std::string_view base_field, double share) {
  shape.rotary_base = config.number(base_field, 10000);
  const std::string_view name = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  if (config.has(name)) {
    Fields rope(config.at(name), fmt::format("config: {}", name));
    shape.rotary_base = rope.number("rope_theta", shape.rotary_base);
    share = rope.number("partial_rotary_factor", share);
    const std::string type = rope.text(rope.has("rope_type") ? "rope_type" : "type", "default");
    if (rope.has("full_attention") || rope.has("sliding_attention")) {
      unsupported(fmt::format("{} of each kind of layer are not supported", name));
    }
    if (type == "llama3") {
      shape.rotary_factor = rope.number("factor", 1);
      shape.rotary_low_factor = rope.number("low_freq_factor", 1);
      shape.rotary_high_factor = rope.number("high_freq_factor", 4);
      shape.rotary_original_context = rope.size("original_max_position_embeddings", shape.context);
    } else if (type == "linear") {
      shape.stretch_all(rope.number("factor", 1));
    } else if (type != "default" && type != "dynamic") {  // dynamic ones change beyond the context only
      unsupported(fmt::format(
          "rotary embeddings of the type '{}' are not known (known: default, linear, dynamic, llama3)", shown(type)));
    }
  }
  if (!(share >= 0 && share <= 1)) config.fail("partial_rotary_factor", "is not 0 to 1");
  shape.rotary_width = static_cast<int>(shape.head_width * share);
}

/// What differs between llama and those that are written after its pattern.
struct LlamaDefaults {
  int vocabulary, feed_width;
  int key_value_heads;  ///< 0: as many as heads
  int context;
};

void read_llama_like(Fields& config, DecoderShape& shape, const LlamaDefaults& defaults) {
  shape.vocabulary = config.size("vocab_size", defaults.vocabulary);
  shape.width = config.size("hidden_size", 4096);
  shape.layers = config.size("num_hidden_layers", 32);
  shape.context = config.size("max_position_embeddings", defaults.context);
  read_heads(config, shape, config.size("num_attention_heads", 32));
  const int otherwise = defaults.key_value_heads == 0 ? shape.heads : defaults.key_value_heads;
  shape.key_value_heads = config.size("num_key_value_heads", otherwise);
  read_rotary(config, shape, "rope_theta", 1);
  shape.norm = Norm::kRms;
  shape.norm_epsilon = static_cast<float>(config.number("rms_norm_eps", 1e-6));
  shape.feed_width = config.size("intermediate_size", defaults.feed_width);
  shape.gated = true;
  shape.activation = activation_of(config, "hidden_act", "silu");
  shape.tied = config.flag("tie_word_embeddings", false);
}

void read_llama(Fields& config, DecoderShape& shape) {
  read_llama_like(config, shape, {32000, 11008, 0, 2048});
  shape.query_bias = shape.attention_output_bias = config.flag("attention_bias", false);
  refuse(config, "mlp_bias");
}

void read_mistral(Fields& config, DecoderShape& shape) {
  read_llama_like(config, shape, {32000, 14336, 8, 4096 * 32});
  // Here null is not the default: it says that there is no window.
  shape.window = config.is_null("sliding_window") ? 0 : config.size("sliding_window", 4096);
}

using Kinds = std::pair<std::string_view, std::string_view>;  // how global and local layers are called

/// Of each layer its kind.
void read_local(Fields& config, DecoderShape& shape, std::string_view field, const nlohmann::json& names, Kinds kinds) {
  for (const nlohmann::json& name : names) {
    const std::string kind = name.is_string() ? name.get<std::string>() : "";
    if (shape.local.size() == DecoderShape::kMaxLayers) config.fail(field, "is too long");
    if (kind != kinds.first && kind != kinds.second) config.fail(field, "has an unknown kind");
    shape.local.push_back(kind == kinds.second);
  }
}

void read_qwen2(Fields& config, DecoderShape& shape) {
  read_llama_like(config, shape, {151936, 22016, 32, 32768});
  shape.query_bias = true;
  if (!config.flag("use_sliding_window", false) || config.is_null("sliding_window")) return;
  shape.window = config.size("sliding_window", 4096);
  if (config.has("layer_types")) {
    read_local(config, shape, "layer_types", config.array("layer_types"), {"full_attention", "sliding_attention"});
    return;
  }
  const int first = config.size("max_window_layers", 28);
  for (int i = 0; i < std::min(shape.layers, DecoderShape::kMaxLayers); ++i) shape.local.push_back(i >= first);
}

/// What all older ones share.
void read_layer_norms(Fields& config, DecoderShape& shape, std::string_view epsilon) {
  shape.norm = Norm::kLayer;
  shape.norm_epsilon = static_cast<float>(config.number(epsilon, 1e-5));
  shape.feed_bias = true;
}

void read_gpt2(Fields& config, DecoderShape& shape) {
  shape.vocabulary = config.size("vocab_size", 50257);
  shape.width = config.size("n_embd", config.size("hidden_size", 768));
  shape.layers = config.size("n_layer", config.size("num_hidden_layers", 12));
  shape.context = config.size("n_positions", config.size("max_position_embeddings", 1024));
  read_heads(config, shape, config.size("n_head", config.size("num_attention_heads", 12)));
  shape.scaled = config.flag("scale_attn_weights", true);
  shape.query_bias = shape.attention_output_bias = true;
  shape.learned_positions = true;
  read_layer_norms(config, shape, "layer_norm_epsilon");
  shape.feed_width = config.size("n_inner", 4 * shape.width);
  shape.activation = activation_of(config, "activation_function", "gelu_new");
  shape.tied = config.flag("tie_word_embeddings", true);
  refuse(config, "scale_attn_by_inverse_layer_idx");
  refuse(config, "add_cross_attention");
}

/// attention_layers, or attention_types: pairs of a list of kinds and how often it comes.
void read_gpt_neo_kinds(Fields& config, DecoderShape& shape) {
  constexpr Kinds kKinds = {"global", "local"};
  if (config.has("attention_layers")) {
    read_local(config, shape, "attention_layers", config.array("attention_layers"), kKinds);
    return;
  }
  if (!config.has("attention_types")) {
    for (int i = 0; i < std::min(shape.layers, DecoderShape::kMaxLayers); ++i) shape.local.push_back(i % 2 == 1);
    return;
  }
  for (const nlohmann::json& type : config.array("attention_types")) {
    if (!type.is_array() || type.size() != 2 || !type[0].is_array() || type[0].empty() ||
        !type[1].is_number_unsigned()) {
      config.fail("attention_types", "is no list of kinds and their number");
    }
    const auto times = type[1].get<uint64_t>();
    for (uint64_t i = 0; i < times; ++i) read_local(config, shape, "attention_types", type[0], kKinds);
  }
}

void read_gpt_neo(Fields& config, DecoderShape& shape) {
  shape.vocabulary = config.size("vocab_size", 50257);
  shape.width = config.size("hidden_size", 2048);
  shape.layers = config.size("num_layers", config.size("num_hidden_layers", 24));
  shape.context = config.size("max_position_embeddings", 2048);
  read_heads(config, shape, config.size("num_heads", config.size("num_attention_heads", 16)));
  shape.scaled = false;
  shape.attention_output_bias = true;
  shape.learned_positions = true;
  read_gpt_neo_kinds(config, shape);
  shape.window = config.size("window_size", 256);
  if (std::ranges::count(shape.local, 1) == 0) shape.window = 0;
  read_layer_norms(config, shape, "layer_norm_epsilon");
  shape.feed_width = config.size("intermediate_size", 4 * shape.width);
  shape.activation = activation_of(config, "activation_function", "gelu_new");
  shape.tied = config.flag("tie_word_embeddings", true);
}

void read_gpt_neox(Fields& config, DecoderShape& shape) {
  shape.vocabulary = config.size("vocab_size", 50432);
  shape.width = config.size("hidden_size", 6144);
  shape.layers = config.size("num_hidden_layers", 44);
  shape.context = config.size("max_position_embeddings", 2048);
  read_heads(config, shape, config.size("num_attention_heads", 64));
  read_rotary(config, shape, config.has("rotary_emb_base") ? "rotary_emb_base" : "rope_theta",
              config.number("rotary_pct", config.number("partial_rotary_factor", 0.25)));
  shape.query_bias = shape.attention_output_bias = config.flag("attention_bias", true);
  shape.parallel = config.flag("use_parallel_residual", true);
  read_layer_norms(config, shape, "layer_norm_eps");
  shape.feed_width = config.size("intermediate_size", 24576);
  shape.activation = activation_of(config, "hidden_act", "gelu");
  shape.tied = config.flag("tie_word_embeddings", false);
}

struct FamilyEntry {
  std::string_view name;
  int start;  ///< where config.json has neither id
  void (*read)(Fields& config, DecoderShape& shape);
};
// By the values of Family.
constexpr std::array<FamilyEntry, 6> kFamilies = {{{"llama", 1, read_llama},
                                                   {"mistral", 1, read_mistral},
                                                   {"qwen2", 151643, read_qwen2},
                                                   {"gpt2", 50256, read_gpt2},
                                                   {"gpt_neo", 50256, read_gpt_neo},
                                                   {"gpt_neox", 0, read_gpt_neox}}};

/// Ids are numbers or, of ends that have several, lists of them.
int start_of(Fields& config, int otherwise, int vocabulary) {
  for (const std::string_view name : {"bos_token_id", "eos_token_id"}) {
    if (!config.has(name)) continue;
    const nlohmann::json& field = config.at(name);
    const nlohmann::json& id = field.is_array() && !field.empty() ? field.front() : field;
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= static_cast<uint64_t>(vocabulary)) {
      config.fail(name, fmt::format("is no id below vocab_size, which is {}", vocabulary));
    }
    return static_cast<int>(id.get<uint64_t>());
  }
  return otherwise < vocabulary ? otherwise : 0;
}

}  // namespace

HuggingFaceConfig parse_hugging_face_config(std::string_view json) {
  const nlohmann::json parsed = parse_json(json, HuggingFaceConfig::kMaxText, "config");
  Fields fields(parsed, "config");
  HuggingFaceConfig config;
  if (!fields.has("model_type")) fields.fail("model_type", "is missing");
  config.model_type = fields.text("model_type", "");
  const auto family = std::ranges::find(kFamilies, config.model_type, &FamilyEntry::name);
  if (family == kFamilies.end()) {
    std::string known;
    for (const FamilyEntry& entry : kFamilies) known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.name);
    unsupported(fmt::format("the model type '{}' is not known (known: {})", shown(config.model_type), known));
  }
  if (fields.has("quantization_config")) {
    Fields method(fields.at("quantization_config"), "config: quantization_config");
    unsupported(fmt::format("weights quantised by '{}' are not known (known: F32, F16, BF16)",
                            shown(method.text("quant_method", "?"))));
  }
  config.family = static_cast<Family>(family - kFamilies.begin());
  family->read(fields, config.shape);
  check(config.shape);
  config.start = static_cast<Symbol>(start_of(fields, family->start, config.shape.vocabulary));
  return config;
}

}  // namespace lmzip::model
