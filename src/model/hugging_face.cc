// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "base/file_io.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/checkpoint.h"
#include "model/hugging_face_config.h"
#include "model/hugging_face_tensors.h"
#include "model/hugging_face_vocabulary.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

/// How query, key and value share one array.
enum class Fusion : uint8_t {
  kNone,
  kSideBySide,  ///< gpt2: all of query, all of key, all of value
  kByHead,      ///< gpt_neox: of each head its query, key and value
};

enum class Storage : uint8_t { kRows, kTransposed };  // [outputs, inputs] or [inputs, outputs]

/// What a family calls our arrays; in layers behind "layers.I." or "h.I.".
struct Names {
  std::string_view prefix;  ///< of all but the head; bare decoders are written without it
  std::string_view layers;
  Fusion fusion = Fusion::kNone;
  Storage storage = Storage::kRows;  ///< of the layers' matrices
  std::map<std::string_view, std::string_view> stems;
  std::vector<std::string_view> ignored;  ///< ends of names of constants that old versions wrote
};

Names llama_names() {
  return {"model.",
          "layers",
          Fusion::kNone,
          Storage::kRows,
          {{"embedding", "embed_tokens"},
           {"attention_norm", "input_layernorm"},
           {"query", "self_attn.q_proj"},
           {"key", "self_attn.k_proj"},
           {"value", "self_attn.v_proj"},
           {"attention_output", "self_attn.o_proj"},
           {"feed_norm", "post_attention_layernorm"},
           {"feed.gate", "mlp.gate_proj"},
           {"feed.up", "mlp.up_proj"},
           {"feed.down", "mlp.down_proj"},
           {"output_norm", "norm"},
           {"output", "lm_head"}},
          {"rotary_emb.inv_freq"}};
}

Names gpt2_names() {
  return {"transformer.",
          "h",
          Fusion::kSideBySide,
          Storage::kTransposed,
          {{"embedding", "wte"},
           {"positions", "wpe"},
           {"attention_norm", "ln_1"},
           {"query", "attn.c_attn"},
           {"key", "attn.c_attn"},
           {"value", "attn.c_attn"},
           {"attention_output", "attn.c_proj"},
           {"feed_norm", "ln_2"},
           {"feed.up", "mlp.c_fc"},
           {"feed.down", "mlp.c_proj"},
           {"output_norm", "ln_f"},
           {"output", "lm_head"}},
          {".attn.bias", ".attn.masked_bias"}};
}

Names gpt_neo_names() {
  Names names = gpt2_names();
  names.fusion = Fusion::kNone;
  names.storage = Storage::kRows;
  names.stems["query"] = "attn.attention.q_proj";
  names.stems["key"] = "attn.attention.k_proj";
  names.stems["value"] = "attn.attention.v_proj";
  names.stems["attention_output"] = "attn.attention.out_proj";
  names.ignored = {".attn.attention.bias", ".attn.attention.masked_bias"};
  return names;
}

Names gpt_neox_names() {
  return {"gpt_neox.",
          "layers",
          Fusion::kByHead,
          Storage::kRows,
          {{"embedding", "embed_in"},
           {"attention_norm", "input_layernorm"},
           {"query", "attention.query_key_value"},
           {"key", "attention.query_key_value"},
           {"value", "attention.query_key_value"},
           {"attention_output", "attention.dense"},
           {"feed_norm", "post_attention_layernorm"},
           {"feed.up", "mlp.dense_h_to_4h"},
           {"feed.down", "mlp.dense_4h_to_h"},
           {"output_norm", "final_layer_norm"},
           {"output", "embed_out"}},
          {".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"}};
}

Names names_of(Family family) {
  switch (family) {
    case Family::kGpt2:
      return gpt2_names();
    case Family::kGptNeo:
      return gpt_neo_names();
    case Family::kGptNeoX:
      return gpt_neox_names();
    default:
      return llama_names();
  }
}

/// One of our names, taken apart: "layers.3.query.bias" is layer "3", part "query", suffix "bias".
struct OurName {
  std::string_view layer, part, suffix;

  explicit OurName(std::string_view name) {
    constexpr std::string_view kLayers = "layers.";
    if (name.starts_with(kLayers)) {
      name.remove_prefix(kLayers.size());
      const size_t dot = name.find('.');
      layer = name.substr(0, dot);
      name.remove_prefix(dot + 1);
    }
    part = name;
    for (const std::string_view end : {"gain", "offset", "bias"}) {
      if (!name.ends_with(end)) continue;
      part.remove_suffix(end.size() + 1);
      suffix = end;
    }
  }
};

/// A folder's arrays by our names.
class Reader {
 public:
  Reader(const FolderTensors& files, const HuggingFaceConfig& config)
      : files_(files), shape_(config.shape), names_(names_of(config.family)) {
    prefix_ = files.tensors.contains(fmt::format("{}{}.weight", names_.prefix, names_.stems.at("embedding")))
                  ? names_.prefix
                  : "";
  }

  DecoderWeight read(const TensorShape& array) {
    const OurName name(array.name);
    const std::string theirs = their_name(name);
    const auto found = files_.tensors.find(theirs);
    if (found == files_.tensors.end()) refuse(theirs, "is missing");
    used_.insert(found->first);
    try {
      return weight_in(found->second, array, origin_of(name, array), cache_);
    } catch (const Error& error) {
      throw error.within(fmt::format("tensor {}", theirs));
    }
  }

  /// The embedding's type, which is nearly always that of all.
  std::string_view numbers() const { return dtype_name(files_.tensors.at(their_name(OurName("embedding"))).dtype); }

  /// Refuses arrays that nothing has read: the network would be another one.
  void finish() const {
    const std::string head = fmt::format("{}.weight", names_.stems.at("output"));
    for (const auto& [name, tensor] : files_.tensors) {
      const auto ends_so = [&name = name](std::string_view end) { return name.ends_with(end); };
      const bool harmless = std::ranges::any_of(names_.ignored, ends_so) || (shape_.tied && name == head);
      if (!used_.contains(name) && !harmless) refuse(name, "does not belong to the network of config.json");
    }
  }

 private:
  [[noreturn]] static void refuse(std::string_view name, std::string_view complaint) {
    throw Error(ErrorKind::kCorrupt, fmt::format("tensor {} {}", shown(name), complaint));
  }

  std::string their_name(const OurName& name) const {
    const std::string_view end = name.suffix.empty() || name.suffix == "gain" ? "weight" : "bias";
    const std::string_view prefix = name.part == "output" ? "" : prefix_;
    const std::string layer = name.layer.empty() ? "" : fmt::format("{}.{}.", names_.layers, name.layer);
    return fmt::format("{}{}{}.{}", prefix, layer, names_.stems.at(name.part), end);
  }

  Origin origin_of(const OurName& name, const TensorShape& array) const {
    Origin origin;
    origin.transposed = array.matrix && !name.layer.empty() && names_.storage == Storage::kTransposed;
    constexpr std::array<std::string_view, 3> kFused = {"query", "key", "value"};
    const auto* const part = std::ranges::find(kFused, name.part);
    if (part == kFused.end() || names_.fusion == Fusion::kNone) return origin;
    origin.parts = kFused.size();
    const int64_t head = shape_.head_width;
    if (names_.fusion == Fusion::kByHead) {
      origin.lines = {(part - kFused.begin()) * head, head, origin.parts * head};
    } else {
      origin.lines.first = (part - kFused.begin()) * shape_.heads * head;
    }
    return origin;
  }

  const FolderTensors& files_;
  const DecoderShape& shape_;
  Names names_;
  std::string_view prefix_;
  std::shared_ptr<ColumnCache> cache_ = make_column_cache();
  std::set<std::string_view> used_;
};

std::string_view text_of(const base::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

HuggingFaceConfig read_config(const std::string& path) {
  const base::MappedFile file(path);
  try {
    return parse_hugging_face_config(text_of(file));
  } catch (const Error& error) {
    throw error.within(path);
  }
}

void add_sources(const std::filesystem::path& folder, const FolderTensors& tensors, Decoder& decoder) {
  for (const std::string_view name :
       {"config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json", "merges.txt",
        "added_tokens.json", "special_tokens_map.json", "model.safetensors.index.json"}) {
    std::string path = (folder / name).string();
    if (base::file_exists(path)) decoder.sources.push_back(std::move(path));
  }
  for (const auto& file : tensors.files) decoder.file_bytes += file->bytes().size();
  decoder.sources.insert(decoder.sources.end(), tensors.paths.begin(), tensors.paths.end());
}

/// What the YAML at the head of README.md says; empty if it says nothing.
std::string read_licence(const std::filesystem::path& folder) {
  const std::string path = (folder / "README.md").string();
  if (!base::file_exists(path)) return "";
  const base::MappedFile file(path);
  std::string_view rest = text_of(file);
  constexpr std::string_view kKey = "license:";
  for (bool first = true; !rest.empty(); first = false) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (first != (line == "---")) break;  // it begins with such a line and ends before the next
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    const size_t begin = line.find_first_not_of(" '\"");
    return begin == line.npos ? "" : std::string(line.substr(begin, line.find_last_not_of(" '\"") + 1 - begin));
  }
  return "";
}

}  // namespace

Decoder open_hugging_face(const std::string& folder) {
  const std::filesystem::path path(folder);
  const HuggingFaceConfig config = read_config((path / "config.json").string());
  const auto files = std::make_shared<const FolderTensors>(open_folder_tensors(folder));
  Decoder decoder;
  decoder.shape = config.shape;
  decoder.vocabulary = read_folder_vocabulary(folder, config);
  try {
    Reader reader(*files, config);
    for (const TensorShape& array : tensors_of(config.shape)) decoder.weights[array.name] = reader.read(array);
    reader.finish();
    check(decoder);
    decoder.format = fmt::format("Hugging Face, {}, {}", config.model_type, reader.numbers());
  } catch (const Error& error) {
    throw error.within(folder);
  }
  add_sources(path, *files, decoder);
  decoder.licence = read_licence(path);
  decoder.files = files;
  return decoder;
}

}  // namespace lmzip::model
