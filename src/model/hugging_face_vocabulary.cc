// SPDX-License-Identifier: Apache-2.0
#include "model/hugging_face_vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "base/file_io.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/json.h"
#include "model/tokenizer_json.h"
#include "model/vocabulary_merging.h"

namespace lmzip::model {
namespace {

using nlohmann::json;

std::string_view text_of(const base::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

/// A folder whose tokenizer is spread over several files, which it puts together as one tokenizer.json.
class SpreadTokenizer {
 public:
  SpreadTokenizer(std::filesystem::path folder, Family family) : folder_(std::move(folder)), family_(family) {}

  bool is_there() const { return exists("vocab.json") && exists("merges.txt"); }

  json read() {
    const json config = parsed("tokenizer_config.json"), map = parsed("special_tokens_map.json");
    for (const json* file : {&config, &map}) learn_special(*file);
    json vocab = parsed("vocab.json");
    json added = read_added(config);
    for (const std::string& name : special_) {
      if (const auto found = vocab.find(name); found != vocab.end()) add(added, name, *found, true);
    }
    json root;
    root["pre_tokenizer"] = pre_tokenizer(config);
    root["added_tokens"] = std::move(added);
    root["model"] = {{"type", "BPE"}, {"merges", read_merges()}};
    root["model"]["vocab"] = std::move(vocab);
    return root;
  }

 private:
  std::string path(std::string_view name) const { return (folder_ / name).string(); }
  bool exists(std::string_view name) const { return base::file_exists(path(name)); }

  /// The file's object; an empty one where there is no such file.
  json parsed(std::string_view name) const {
    if (!exists(name)) return json::object();
    const base::MappedFile file(path(name));
    json value = parse_json(text_of(file), kMaxTokenizerFile, name);
    if (!value.is_object()) throw Error(ErrorKind::kCorrupt, fmt::format("{}: not an object", name));
    return value;
  }

  /// Tokens are texts, or objects that say more about them.
  static std::string content_of(const json& token) {
    if (token.is_object() && token.contains("content")) return content_of(token["content"]);
    return token.is_string() ? token.get<std::string>() : "";
  }

  void learn_special(const json& file) {
    for (const auto& [key, value] : file.items()) {
      if (key.ends_with("_token")) special_.insert(content_of(value));
      if (key != "additional_special_tokens" || !value.is_array()) continue;
      for (const json& token : value) special_.insert(content_of(token));
    }
  }

  static void add(json& list, const std::string& content, const json& id, bool special) {
    list.push_back({{"id", id}, {"content", content}, {"special", special}});
  }

  json read_added(const json& config) const {
    json added = json::array();
    if (const auto decoder = config.find("added_tokens_decoder"); decoder != config.end() && decoder->is_object()) {
      for (const auto& [key, token] : decoder->items()) {
        uint64_t id = 0;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
        if (error != std::errc() || end != key.data() + key.size() || !token.is_object()) {
          throw Error(ErrorKind::kCorrupt, "tokenizer_config.json: added_tokens_decoder has no ids");
        }
        added.push_back(token);
        added.back()["id"] = id;
      }
      return added;
    }
    const json tokens = parsed("added_tokens.json");
    for (const auto& [content, id] : tokens.items()) {
      add(added, content, id, special_.contains(content));
    }
    return added;
  }

  json read_merges() const {
    const base::MappedFile file(path("merges.txt"));
    std::string_view rest = text_of(file);
    json merges = json::array();
    for (bool first = true; !rest.empty(); first = false) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || (first && line.starts_with("#version"))) continue;
      if (merges.size() == kMaxMerges) {
        throw Error(ErrorKind::kLimit, fmt::format("merges.txt: more than {} merges", kMaxMerges));
      }
      merges.push_back(line);
    }
    return merges;
  }

  json pre_tokenizer(const json& config) const {
    const auto found = config.find("tokenizer_class");
    std::string name = found != config.end() ? content_of(*found) : "";
    if (name.ends_with("Fast")) name.resize(name.size() - 4);
    const bool qwen2 = name == "Qwen2Tokenizer" || (name != "GPT2Tokenizer" && family_ == Family::kQwen2);
    if (!qwen2) return {{"type", "ByteLevel"}};
    const json split = {{"type", "Split"}, {"pattern", {{"Regex", R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"}}}};
    const json bytes = {{"type", "ByteLevel"}, {"use_regex", false}};
    return {{"type", "Sequence"}, {"pretokenizers", json::array({split, bytes})}};
  }

  std::filesystem::path folder_;
  Family family_;
  std::set<std::string> special_ = {"<|endoftext|>"};  // the default of these classes
};

}  // namespace

std::shared_ptr<const Vocabulary> read_folder_vocabulary(const std::string& folder, const HuggingFaceConfig& config) {
  const std::filesystem::path path(folder);
  const auto rows = static_cast<Symbol>(config.shape.vocabulary);
  const auto use = [&](const std::filesystem::path& place, auto read) {
    try {
      return read();
    } catch (const Error& error) {
      throw error.within(place.string());
    }
  };
  if (const auto file = path / "tokenizer.json"; base::file_exists(file.string())) {
    const base::MappedFile bytes(file.string());
    return use(file, [&] { return read_tokenizer_json(text_of(bytes), config.start, rows); });
  }
  if (const auto file = path / "tokenizer.model"; base::file_exists(file.string())) {
    const base::MappedFile bytes(file.string());
    return use(file, [&] { return read_sentencepiece(bytes.bytes()); });
  }
  SpreadTokenizer spread(path, config.family);
  if (!spread.is_there()) return nullptr;
  return use(path, [&] { return read_tokenizer(spread.read(), config.start, rows); });
}

}  // namespace lmzip::model
