// SPDX-License-Identifier: Apache-2.0
#include "model/gguf_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/checkpoint.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr std::string_view kArchitecture = "general.architecture";
constexpr std::string_view kRotaryFactors = "rope_freqs.weight";

/// What an architecture's name alone says. llama's rows of queries and keys stand in the order
/// that turns neighbours together.
struct Family {
  std::string_view name;
  enum class Rotary : uint8_t { kNone, kHalves, kNeighbours } rotary;
  Norm norm;
  bool gated;
  Activation activation;
};
constexpr std::array<Family, 4> kFamilies = {{
    {"llama", Family::Rotary::kNeighbours, Norm::kRms, true, Activation::kSilu},
    {"qwen2", Family::Rotary::kHalves, Norm::kRms, true, Activation::kSilu},
    {"gpt2", Family::Rotary::kNone, Norm::kLayer, false, Activation::kGeluTanh},
    {"gptneox", Family::Rotary::kHalves, Norm::kLayer, false, Activation::kGelu},
}};

// Keys of an architecture that change what is computed in ways that we do not know, unless they have this value.
struct Neutral {
  std::string_view key;
  double value;
};
constexpr std::array<Neutral, 10> kNeutral = {{{"expert_count", 0},
                                               {"logit_scale", 1},
                                               {"residual_scale", 1},
                                               {"embedding_scale", 1},
                                               {"attention.clamp_kqv", 0},
                                               {"attention.max_alibi_bias", 0},
                                               {"attention.scale", 0},
                                               {"attn_logit_softcapping", 0},
                                               {"rope.scaling.attn_factor", 1},
                                               {"rope.scaling.yarn_log_multiplier", 0}}};

// Our names of a layer's arrays and theirs; ".gain" and nothing are ".weight", ".offset" is ".bias".
struct Part {
  std::string_view ours, theirs;
};
constexpr std::array<Part, 9> kParts = {{{"attention_norm", "attn_norm"},
                                         {"query", "attn_q"},
                                         {"key", "attn_k"},
                                         {"value", "attn_v"},
                                         {"attention_output", "attn_output"},
                                         {"feed_norm", "ffn_norm"},
                                         {"feed.gate", "ffn_gate"},
                                         {"feed.up", "ffn_up"},
                                         {"feed.down", "ffn_down"}}};
constexpr std::array<Part, 4> kWhole = {{{"embedding", "token_embd"},
                                         {"positions", "position_embd"},
                                         {"output_norm", "output_norm"},
                                         {"output", "output"}}};

Error unsupported(const std::string& message) { return Error(ErrorKind::kUnsupported, message); }

const GgufTensor& need(const Gguf& file, std::string_view name) {
  const GgufTensor* tensor = file.find(name);
  if (tensor == nullptr) throw Error(ErrorKind::kCorrupt, fmt::format("tensor {} is missing", shown(name)));
  return *tensor;
}

const Family& family_of(const Gguf& file) {
  const std::string_view name = file.text(kArchitecture);
  const auto found = std::ranges::find(kFamilies, name, &Family::name);
  if (found != kFamilies.end()) return *found;
  throw unsupported(
      fmt::format("models of the architecture '{}' cannot be read (known: llama, qwen2, gpt2, gptneox)", shown(name)));
}

/// The keys of one architecture, which begin with its name.
class Keys {
 public:
  Keys(const Gguf& file, std::string_view architecture) : file_(file), prefix_(fmt::format("{}.", architecture)) {}

  std::string full(std::string_view key) const { return prefix_ + std::string(key); }
  bool has(std::string_view key) const { return file_.has(full(key)); }
  int integer(std::string_view key, int highest) const {
    return static_cast<int>(file_.integer(full(key), 1, highest));
  }
  int integer(std::string_view key, int highest, int otherwise) const {
    return has(key) ? integer(key, highest) : otherwise;
  }
  double number(std::string_view key) const { return file_.number(full(key)); }
  bool boolean(std::string_view key) const { return file_.boolean(full(key)); }
  std::string_view text(std::string_view key) const { return file_.text(full(key)); }
  [[noreturn]] void fail(std::string_view key, const std::string& complaint) const { file_.fail(full(key), complaint); }

 private:
  const Gguf& file_;
  std::string prefix_;
};

void refuse_unknown_ways(const Gguf& file, const Keys& keys) {
  if (file.has("split.count") && file.integer("split.count", 0, INT32_MAX) > 1) {
    throw unsupported("one of several parts of a model (join them with llama-gguf-split --merge)");
  }
  for (const Neutral& neutral : kNeutral) {
    if (!keys.has(neutral.key)) continue;
    if (const double value = keys.number(neutral.key); value != neutral.value && value != 0) {
      throw unsupported(fmt::format("key {}: {} (only {} is known)", keys.full(neutral.key), value, neutral.value));
    }
  }
  if (keys.has("attention.causal") && !keys.boolean("attention.causal")) {
    throw unsupported(fmt::format("key {}: not a model that predicts", keys.full("attention.causal")));
  }
  if (keys.has("rope.scaling.type")) {
    const std::string_view type = keys.text("rope.scaling.type");
    if (type != "none" && type != "linear") {
      throw unsupported(fmt::format("key {}: '{}'", keys.full("rope.scaling.type"), shown(type)));
    }
  }
}

/// What Llama 3.1's stretching divides the frequency of the pair `k` by.
double stretching(const DecoderShape& shape, int k) {
  const double turns = shape.rotary_original_context * std::pow(shape.rotary_base, -2.0 * k / shape.rotary_width) /
                       (2 * std::numbers::pi);
  if (turns < shape.rotary_low_factor) return shape.rotary_factor;
  if (turns > shape.rotary_high_factor) return 1;
  const double kept = (turns - shape.rotary_low_factor) / (shape.rotary_high_factor - shape.rotary_low_factor);
  return 1 / ((1 - kept) / shape.rotary_factor + kept);
}

/// Files hold the divisors of the frequencies and not what they were made with. Llama 3.1 and 3.2 differ in the factor
/// only, which is the last divisor; others than theirs are refused.
void read_stretching(const Gguf& file, const Keys& keys, DecoderShape& shape) {
  const GgufTensor* tensor = file.find(kRotaryFactors);
  if (tensor == nullptr) return;
  const std::string where = fmt::format("tensor {}", kRotaryFactors);
  const int pairs = shape.rotary_width / 2;
  if (tensor->rows != 1 || tensor->columns != pairs) {
    throw Error(ErrorKind::kCorrupt, fmt::format("{}: not {} numbers", where, pairs));
  }
  std::vector<float> divisors(static_cast<size_t>(pairs));
  tensor->read(0, divisors);
  shape.rotary_factor = divisors.back();
  shape.rotary_original_context =
      keys.integer("rope.scaling.original_context_length", DecoderShape::kMaxContext, shape.rotary_original_context);
  for (int k = 0; k < pairs; ++k) {
    const double expected = stretching(shape, k);
    if (!(std::abs(divisors[static_cast<size_t>(k)] - expected) <= 1e-3 * expected)) {
      throw unsupported(where + ": not the frequencies of Llama 3.1");
    }
  }
}

/// Positions that are divided by a factor, which the type "linear" does, and files that name no type.
void read_linear(const Keys& keys, DecoderShape& shape) {
  if (keys.has("rope.scaling.type") && keys.text("rope.scaling.type") == "none") return;
  for (const std::string_view key : {"rope.scaling.factor", "rope.scale_linear"}) {  // the second was before the first
    const double factor = keys.has(key) ? keys.number(key) : 0;
    if (factor == 0 || factor == 1) continue;  // none
    if (shape.rotary_factor != 1) {
      throw unsupported(fmt::format("key {}: {}, and a tensor {}", keys.full(key), factor, kRotaryFactors));
    }
    shape.stretch_all(factor);
    return;
  }
}

DecoderShape read_shape(const Gguf& file, const Family& family) {
  using Shape = DecoderShape;
  const Keys keys(file, family.name);
  refuse_unknown_ways(file, keys);

  Shape shape;
  shape.width = keys.integer("embedding_length", Shape::kMaxWidth);
  shape.layers = keys.integer("block_count", Shape::kMaxLayers);
  shape.context = keys.integer("context_length", Shape::kMaxContext);
  const GgufTensor& embedding = need(file, "token_embd.weight");
  if (embedding.rows > Shape::kMaxVocabulary) throw Error(ErrorKind::kCorrupt, "token_embd.weight: too many rows");
  shape.vocabulary = static_cast<int>(embedding.rows);

  shape.heads = keys.integer("attention.head_count", Shape::kMaxHeads);
  shape.key_value_heads = keys.integer("attention.head_count_kv", Shape::kMaxHeads, shape.heads);
  if (!keys.has("attention.key_length") && shape.width % shape.heads != 0) {
    keys.fail("attention.head_count", "does not divide the width");
  }
  shape.head_width = keys.integer("attention.key_length", Shape::kMaxHeadWidth, shape.width / shape.heads);
  if (keys.integer("attention.value_length", Shape::kMaxHeadWidth, shape.head_width) != shape.head_width) {
    throw unsupported(fmt::format("key {}: not that of the keys", keys.full("attention.value_length")));
  }
  if (const std::string key = keys.full("attention.sliding_window"); file.has(key)) {
    shape.window = static_cast<int>(file.integer(key, 0, INT32_MAX));
    if (shape.window >= shape.context) shape.window = 0;
  }

  shape.learned_positions = family.rotary == Family::Rotary::kNone;
  if (!shape.learned_positions) {
    shape.rotary_width = keys.integer("rope.dimension_count", Shape::kMaxHeadWidth, shape.head_width);
    if (shape.rotary_width % 2 != 0) keys.fail("rope.dimension_count", "is odd");
    if (keys.has("rope.freq_base")) shape.rotary_base = keys.number("rope.freq_base");
    read_stretching(file, keys, shape);
    read_linear(keys, shape);
  }

  shape.norm = family.norm;
  shape.norm_epsilon = static_cast<float>(
      keys.number(family.norm == Norm::kRms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"));
  shape.parallel = keys.has("use_parallel_residual") ? keys.boolean("use_parallel_residual") : family.name == "gptneox";
  shape.feed_width = keys.integer("feed_forward_length", Shape::kMaxFeedWidth);
  shape.gated = family.gated;
  shape.activation = family.activation;

  const auto present = [&](std::string_view tensor) { return file.find(tensor) != nullptr; };
  shape.query_bias = present("blk.0.attn_q.bias") || present("blk.0.attn_qkv.bias");
  shape.attention_output_bias = present("blk.0.attn_output.bias");
  shape.feed_bias = present("blk.0.ffn_up.bias");
  shape.tied = !present("output.weight");
  check(shape);
  return shape;
}

/// Columns first .. first + count of a vector, or rows of a matrix.
GgufTensor slice(const GgufTensor& tensor, int64_t first, int64_t count) {
  GgufTensor part = tensor;
  const uint64_t unit = tensor.rank == 1 ? tensor.type->bytes : tensor.data.size() / static_cast<uint64_t>(tensor.rows);
  part.data = tensor.data.subspan(static_cast<uint64_t>(first) * unit, static_cast<uint64_t>(count) * unit);
  (tensor.rank == 1 ? part.columns : part.rows) = count;
  return part;
}

/// Finds the file's arrays by our names, and knows which of them were asked for.
class Arrays {
 public:
  Arrays(const Gguf& file, const DecoderShape& shape) : file_(file), shape_(shape) { used_.emplace(kRotaryFactors); }

  GgufTensor find(std::string_view ours) {
    std::string_view kind = ".weight";
    for (const Part& ending : {Part{".gain", ".weight"}, Part{".offset", ".bias"}, Part{".bias", ".bias"}}) {
      if (!ours.ends_with(ending.ours)) continue;
      ours.remove_suffix(ending.ours.size());
      kind = ending.theirs;
      break;
    }
    if (!ours.starts_with("layers.")) return take(fmt::format("{}{}", theirs(kWhole, ours), kind));
    ours.remove_prefix(std::string_view("layers.").size());
    const size_t dot = ours.find('.');
    const std::string block = fmt::format("blk.{}.", ours.substr(0, dot));
    ours.remove_prefix(dot + 1);
    if (const std::string fused = fmt::format("{}attn_qkv{}", block, kind);
        (ours == "query" || ours == "key" || ours == "value") && file_.find(fused) != nullptr) {
      return slice_of_fused(take(fused), ours);
    }
    return take(fmt::format("{}{}{}", block, theirs(kParts, ours), kind));
  }

  /// Arrays that nobody asked for would have changed what is computed.
  void refuse_unused() const {
    for (const auto& [name, tensor] : file_.tensors()) {
      if (!used_.contains(name)) throw unsupported(fmt::format("tensor {}: not known here", shown(name)));
    }
  }

 private:
  template <size_t kCount>
  static std::string_view theirs(const std::array<Part, kCount>& parts, std::string_view ours) {
    return std::ranges::find(parts, ours, &Part::ours)->theirs;
  }
  const GgufTensor& take(const std::string& name) {
    used_.insert(name);
    return need(file_, name);
  }
  /// Queries, keys and values stand one below the other, each with all its heads.
  GgufTensor slice_of_fused(const GgufTensor& fused, std::string_view part) const {
    const int64_t queries = int64_t{shape_.heads} * shape_.head_width;
    const int64_t keys = int64_t{shape_.key_value_heads} * shape_.head_width;
    if ((fused.rank == 1 ? fused.columns : fused.rows) != queries + 2 * keys ||
        (fused.rank == 1 && fused.type->block != 1)) {
      throw Error(ErrorKind::kCorrupt, fmt::format("attn_qkv does not have {} outputs", queries + 2 * keys));
    }
    if (part == "query") return slice(fused, 0, queries);
    return slice(fused, part == "key" ? queries : queries + keys, keys);
  }

  const Gguf& file_;
  const DecoderShape& shape_;
  std::set<std::string, std::less<>> used_;
};

/// Nothing for types of single numbers.
std::optional<PackedNumbers> packed(const GgufTensor& tensor) {
  if (tensor.type->block == 1) return std::nullopt;
  const uint64_t size = row_bytes(*tensor.type, static_cast<uint64_t>(tensor.columns));
  const auto row = [data = tensor.data, size](int64_t i) {
    return data.subspan(static_cast<uint64_t>(i) * size, size);
  };
  return PackedNumbers{tensor.type, tensor.rows, row};
}

/// The name of the type that most of the data have.
std::string_view main_type(const Gguf& file) {
  std::map<std::string_view, uint64_t> bytes;
  for (const auto& [name, tensor] : file.tensors()) bytes[tensor.type->name] += tensor.data.size();
  return std::ranges::max_element(bytes, {}, [](const auto& type) { return type.second; })->first;
}

}  // namespace

Decoder read_gguf(ByteSpan bytes) {
  const Gguf file(bytes);
  const Family& family = family_of(file);
  Decoder decoder;
  decoder.shape = read_shape(file, family);
  Arrays arrays(file, decoder.shape);
  for (const TensorShape& tensor : tensors_of(decoder.shape)) {
    const GgufTensor found = arrays.find(tensor.name);
    decoder.weights[tensor.name] = {
        found.rows, found.columns, [found](int64_t row, std::span<float> out) { found.read(row, out); }, packed(found)};
  }
  arrays.refuse_unused();
  decoder.vocabulary = read_gguf_vocabulary(file);
  if (decoder.vocabulary != nullptr && decoder.vocabulary->size() > static_cast<Symbol>(decoder.shape.vocabulary)) {
    file.fail("tokenizer.ggml.tokens", fmt::format("{} tokens, but the embedding has {} rows",
                                                   decoder.vocabulary->size(), decoder.shape.vocabulary));
  }
  decoder.format = fmt::format("GGUF, {}, {}", family.name, main_type(file));
  check(decoder);
  if (family.rotary == Family::Rotary::kNeighbours) unite_halves(decoder);
  decoder.file_bytes = bytes.size();
  if (file.has("general.license")) decoder.licence = file.text("general.license");
  return decoder;
}

Decoder open_gguf(const std::string& path) {
  const auto file = std::make_shared<const base::MappedFile>(path);
  try {
    Decoder decoder = read_gguf(file->bytes());
    decoder.sources = {path};
    decoder.files = file;
    return decoder;
  } catch (const Error& error) {
    throw error.within(path);
  }
}

}  // namespace lmzip::model
