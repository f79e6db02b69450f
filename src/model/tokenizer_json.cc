// SPDX-License-Identifier: Apache-2.0
// Hugging Face's tokenizer.json. What is read of it: model (vocab, merges, byte_fallback, ignore_merges), added_tokens,
// and of pre_tokenizer and decoder what tells how text is split and spelt.
#include "model/tokenizer_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lmzip/error.h"
#include "model/json.h"
#include "model/vocabulary_merging.h"

namespace lmzip::model {
namespace {

using nlohmann::json;

Error failure(ErrorKind kind, std::string_view complaint) { return Error(kind, std::string(complaint)); }

/// The field of an object; null where there is none.
const json& field(const json& object, std::string_view name) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

bool truth(const json& value, bool otherwise) { return value.is_boolean() ? value.get<bool>() : otherwise; }

/// How the text is spelt and split, as far as pre-tokenizers and decoders say it.
struct Manner {
  bool byte_level = false;
  bool spaces = false;  ///< U+2581 for spaces
  bool cut_spaces = false;
  bool digits = false;
  bool regex = false;  ///< GPT-2's own, which comes with ByteLevel
  std::string pattern;
  std::string unknown;  ///< the name of a part that is neither of them
};

/// What one part says, or each part of a sequence.
void learn(const json& part, std::string_view list, Manner& manner) {
  const std::string type = text_of(field(part, "type"));
  if (type == "Sequence") {
    const json& parts = field(part, list);
    if (!parts.is_array()) throw failure(ErrorKind::kCorrupt, fmt::format("a sequence without '{}'", list));
    for (const json& each : parts) learn(each, list, manner);
  } else if (type == "ByteLevel") {
    manner.byte_level = true;
    manner.regex |= truth(field(part, "use_regex"), true);
  } else if (type == "Digits") {
    manner.digits |= truth(field(part, "individual_digits"), false);
  } else if (type == "Split") {
    const std::string pattern = text_of(field(field(part, "pattern"), "Regex"));
    manner.pattern += pattern + '\n';
  } else if (type == "Metaspace") {
    const json& sign = field(part, "replacement");
    if (!sign.is_null() && text_of(sign) != "\u2581") {
      throw failure(ErrorKind::kUnsupported, fmt::format("'{}' for spaces; known: U+2581", shown(text_of(sign))));
    }
    manner.spaces = true;
    manner.cut_spaces |= truth(field(part, "split"), true);
  } else if (type == "ByteFallback" || (type == "Replace" && text_of(field(part, "content")) == "\u2581")) {
    manner.spaces = true;
  } else if (!type.empty()) {
    manner.unknown = type;
  }
}

/// The splitter that is nearest to all that was learnt. Expressions are told apart by what they do with capitals,
/// marks, digits and lines, which is what most texts show.
Split nearest(const Manner& manner) {
  if (!manner.byte_level) return manner.cut_spaces ? Split::kSpaces : Split::kNone;
  const auto has = [&](std::string_view part) { return manner.pattern.find(part) != std::string::npos; };
  if (has(R"(\p{Lu})")) return Split::kTekken;
  if (has(R"([\p{P}\p{S}]+)")) return Split::kDeepSeek3;
  if (manner.digits && (has(R"(\s?\p{L}+)") || has(R"(\s?[A-Za-z)"))) return Split::kDeepSeekCoder;
  if (has(R"(\p{N}{1,3})")) return Split::kLlama3;
  if (has(R"([\r\n])")) return Split::kQwen2;
  if (manner.digits) return Split::kDigits;
  return manner.regex || !manner.pattern.empty() ? Split::kGpt2 : Split::kNone;
}

Symbol id_of(const json& value) {
  if (!value.is_number_unsigned()) throw failure(ErrorKind::kCorrupt, "an id is no whole number");
  const auto id = value.get<uint64_t>();
  if (id >= kMaxTokens) throw failure(ErrorKind::kLimit, fmt::format("an id above {}", kMaxTokens - 1));
  return static_cast<Symbol>(id);
}

/// One tokenizer.json on its way to a vocabulary.
class Reader {
 public:
  /// Added tokens from `rows` on are left out.
  Reader(const json& root, Symbol rows) : root_(root), model_(field(root, "model")), rows_(rows) {
    if (!model_.is_object()) throw failure(ErrorKind::kCorrupt, "there is no model");
    const std::string type = text_of(field(model_, "type"));
    if (type != "BPE" && !(type.empty() && field(model_, "merges").is_array())) {
      throw failure(ErrorKind::kUnsupported, fmt::format("the model '{}'; known: BPE", shown(type)));
    }
    for (const std::string_view name : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!text_of(field(model_, name)).empty()) {
        throw failure(ErrorKind::kUnsupported, fmt::format("a model with a {}", name));
      }
    }
    learn(field(root_, "pre_tokenizer"), "pretokenizers", manner_);
    Manner around;
    learn(field(root_, "normalizer"), "normalizers", around);
    learn(field(root_, "decoder"), "decoders", around);
    manner_.byte_level |= around.byte_level;
    manner_.spaces |= around.spaces || truth(field(model_, "byte_fallback"), false);
    if (!manner_.byte_level && !manner_.spaces) {
      const std::string name = manner_.unknown.empty() ? "none" : manner_.unknown;
      throw failure(ErrorKind::kUnsupported,
                    fmt::format("the pre-tokenizer '{}'; known: ByteLevel, or byte fallback", shown(name)));
    }
  }

  std::shared_ptr<const Vocabulary> read(Symbol start) {
    read_vocab();
    read_added();
    for (Symbol id = 0; id < tokens_.size(); ++id) {
      if (!named_[id]) better_.push_back(id);
    }
    TokenIndex index(tokens_, better_);
    std::vector<PairMerge> merges = read_merges(index);
    const bool whole = truth(field(model_, "ignore_merges"), false);
    return make_merging({std::move(tokens_), std::move(index), std::move(merges), std::move(added_),
                         manner_.byte_level ? Unit::kBytes : Unit::kCharacters, nearest(manner_),
                         whole ? Pieces::kWholeFirst : Pieces::kMerged, start});
  }

 private:
  /// What a token of the vocabulary stands for; nothing if that cannot be told.
  Bytes spelt(const std::string& token) const {
    if (!manner_.byte_level) return spelt_with_spaces(token);
    Bytes bytes;
    if (!byte_level_bytes(token, bytes)) bytes.clear();
    return bytes;
  }

  void put(Symbol id, Bytes bytes, bool named) {
    if (id >= tokens_.size()) {
      tokens_.resize(id + size_t{1});
      named_.resize(tokens_.size());
    }
    tokens_[id] = std::move(bytes);
    named_[id] = named;
  }

  void read_vocab() {
    const json& vocab = field(model_, "vocab");
    if (!vocab.is_object()) throw failure(ErrorKind::kCorrupt, "the model has no vocabulary");
    for (const auto& [token, id] : vocab.items()) {
      const int byte = manner_.byte_level ? -1 : named_byte(token);
      put(id_of(id), byte < 0 ? spelt(token) : Bytes{static_cast<uint8_t>(byte)}, byte >= 0);
    }
    // What stands for anything unknown stands for nothing here.
    const json& unknown = field(vocab, text_of(field(model_, "unk_token")));
    if (!unknown.is_null()) put(id_of(unknown), {}, false);
  }

  void read_added() {
    const json& added = field(root_, "added_tokens");
    if (added.is_null()) return;
    if (!added.is_array()) throw failure(ErrorKind::kCorrupt, "'added_tokens' is not a list");
    for (const json& token : added) {
      const Symbol id = id_of(field(token, "id"));
      if (id >= rows_) continue;
      const bool special = truth(field(token, "special"), false);
      const std::string content = special ? std::string() : text_of(field(token, "content"));
      put(id, Bytes(content.begin(), content.end()), false);
      const bool anywhere = std::ranges::none_of(std::array{"single_word", "lstrip", "rstrip"},
                                                 [&](const char* name) { return truth(field(token, name), false); });
      if (!content.empty() && anywhere) added_.push_back(id);
    }
    better_ = added_;
  }

  std::vector<PairMerge> read_merges(const TokenIndex& index) const {
    const json& list = field(model_, "merges");
    if (!list.is_array()) throw failure(ErrorKind::kCorrupt, "the model has no merges");
    if (list.size() > kMaxMerges) throw failure(ErrorKind::kLimit, fmt::format("more than {} merges", kMaxMerges));
    std::vector<PairMerge> merges;
    merges.reserve(list.size());
    uint32_t rank = 0;
    for (const json& each : list) {
      std::string left, right;
      if (each.is_array() && each.size() == 2) {
        left = text_of(each[0]);
        right = text_of(each[1]);
      } else if (each.is_string()) {
        const auto& both = each.get_ref<const std::string&>();
        const size_t space = std::min(both.find(' '), both.size());
        left = both.substr(0, space);
        right = both.substr(std::min(space + 1, both.size()));
      }
      if (left.empty() || right.empty()) {
        throw failure(ErrorKind::kCorrupt, fmt::format("merge {} is no pair of tokens", rank));
      }
      index.add_merge(spelt(left), spelt(right), rank++, merges);
    }
    return merges;
  }

  const json& root_;
  const json& model_;
  Symbol rows_;
  Manner manner_;
  std::vector<Bytes> tokens_;
  std::vector<bool> named_;  ///< of each id: a byte by its name, used where nothing else stands for it
  std::vector<Symbol> added_;
  std::vector<Symbol> better_;
};

}  // namespace

std::shared_ptr<const Vocabulary> read_tokenizer(const json& root, Symbol start, Symbol rows) {
  return Reader(root, rows).read(start);
}

std::shared_ptr<const Vocabulary> read_tokenizer_json(std::string_view text, Symbol start, Symbol rows) {
  constexpr std::string_view kWhat = "tokenizer.json";
  const json root = parse_json(text, kMaxTokenizerFile, kWhat);
  try {
    return read_tokenizer(root, start, rows);
  } catch (const Error& error) {
    throw error.within(std::string(kWhat));
  }
}

}  // namespace lmzip::model
