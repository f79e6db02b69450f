// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "lmzip/error.h"
#include "model/gguf_decoder.h"
#include "model/json.h"
#include "model/vocabulary_merging.h"

namespace lmzip::model {
namespace {

constexpr std::string_view kModel = "tokenizer.ggml.model";
constexpr std::string_view kTokens = "tokenizer.ggml.tokens";
constexpr std::string_view kTypes = "tokenizer.ggml.token_type";
constexpr std::string_view kScores = "tokenizer.ggml.scores";
constexpr std::string_view kMerges = "tokenizer.ggml.merges";

constexpr size_t kMaxAdded = 256;  // bytes, as vocabulary_readers.h has it

// Values of token_type.
constexpr int64_t kNormal = 1, kUserDefined = 4, kByte = 6;

/// The tokens as they are spelt, and of what type each is.
struct Spelt {
  std::vector<std::string_view> texts;
  std::vector<int64_t> types;
};

Spelt read_spelt(const Gguf& file) {
  Spelt spelt;
  spelt.texts = file.texts(kTokens, kMaxTokens);
  if (spelt.texts.empty()) file.fail(kTokens, "is empty");
  if (file.has(kTypes)) {
    spelt.types = file.integers(kTypes, kMaxTokens);
  } else {
    spelt.types.assign(spelt.texts.size(), kNormal);
  }
  if (spelt.types.size() != spelt.texts.size()) file.fail(kTypes, "is not as long as the tokens");
  return spelt;
}

/// Whether text is searched for the token before it is split.
bool is_added(const Spelt& spelt, size_t i) {
  return spelt.types[i] == kUserDefined && !spelt.texts[i].empty() && spelt.texts[i].size() <= kMaxAdded;
}

Symbol read_start(const Gguf& file, size_t tokens, Symbol otherwise) {
  for (const std::string_view key : {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id"}) {
    if (file.has(key)) return static_cast<Symbol>(file.integer(key, 0, static_cast<int64_t>(tokens) - 1));
  }
  return std::min(otherwise, static_cast<Symbol>(tokens - 1));
}

std::shared_ptr<const Vocabulary> read_scored(const Gguf& file) {
  Spelt spelt = read_spelt(file);
  const size_t count = spelt.texts.size();
  for (size_t i = 0; i < count && !file.has(kTypes); ++i) {
    if (named_byte(spelt.texts[i]) >= 0) spelt.types[i] = kByte;
  }
  // Without scores none is better than another.
  const std::vector<double> scores =
      file.has(kScores) ? file.numbers(kScores, kMaxTokens) : std::vector<double>(count, 0);
  if (scores.size() != count) file.fail(kScores, "is not as long as the tokens");
  ScoredTokens tokens;
  tokens.tokens.resize(count);
  tokens.is_byte.resize(count);
  for (const double score : scores) tokens.scores.push_back(static_cast<float>(score));
  for (size_t i = 0; i < count; ++i) {
    if (spelt.types[i] == kNormal || spelt.types[i] == kUserDefined)
      tokens.tokens[i] = spelt_with_spaces(spelt.texts[i]);
    if (is_added(spelt, i)) tokens.added.push_back(static_cast<Symbol>(i));
    if (spelt.types[i] != kByte) continue;
    const int byte = named_byte(spelt.texts[i]);
    if (byte < 0) file.fail(kTokens, fmt::format("token {} is no byte: {}", i, shown(spelt.texts[i])));
    tokens.tokens[i] = {static_cast<uint8_t>(byte)};
    tokens.is_byte[i] = 1;
  }
  tokens.start = read_start(file, count, 1);
  return make_scored(std::move(tokens));
}

/// A way of cutting text, by the name that llama.cpp gives it.
struct Cut {
  std::string_view name;
  Split split;
  Pieces pieces = Pieces::kMerged;
};
constexpr std::array<Cut, 33> kCuts = {{{"llama-bpe", Split::kLlama3, Pieces::kWholeFirst},
                                        {"llama3", Split::kLlama3, Pieces::kWholeFirst},
                                        {"llama-v3", Split::kLlama3, Pieces::kWholeFirst},
                                        {"falcon3", Split::kLlama3, Pieces::kWholeFirst},
                                        {"falcon-h1", Split::kLlama3, Pieces::kWholeFirst},
                                        {"pixtral", Split::kLlama3, Pieces::kWholeFirst},
                                        {"midm-2.0", Split::kLlama3, Pieces::kWholeFirst},
                                        {"lfm2", Split::kLlama3, Pieces::kWholeFirst},
                                        {"dbrx", Split::kLlama3},
                                        {"smaug-bpe", Split::kLlama3},
                                        {"qwen2", Split::kQwen2},
                                        {"deepseek-r1-qwen", Split::kQwen2},
                                        {"stablelm2", Split::kQwen2},
                                        {"hunyuan", Split::kQwen2},
                                        {"megrez", Split::kQwen2},
                                        {"smollm", Split::kDigits},
                                        {"starcoder", Split::kDigits},
                                        {"refact", Split::kDigits},
                                        {"command-r", Split::kDigits},
                                        {"codeshell", Split::kDigits},
                                        {"exaone", Split::kDigits},
                                        {"minerva-7b", Split::kDigits},
                                        {"glm4", Split::kLlama3},
                                        {"chatglm-bpe", Split::kLlama3},
                                        {"llama4", Split::kTekken},
                                        {"gpt-4o", Split::kTekken},
                                        {"tekken", Split::kTekken, Pieces::kWholeFirst},
                                        {"kormo", Split::kQwen2},
                                        {"deepseek-v3", Split::kDeepSeek3},
                                        {"deepseek-r1", Split::kDeepSeek3},
                                        {"hunyuan-dense", Split::kDeepSeek3},
                                        {"deepseek-coder", Split::kDeepSeekCoder},
                                        {"deepseek-llm", Split::kDeepSeekCoder}}};

Cut cut_of(const Gguf& file) {
  constexpr std::string_view kKey = "tokenizer.ggml.pre";
  const auto found = file.has(kKey) ? std::ranges::find(kCuts, file.text(kKey), &Cut::name) : kCuts.end();
  return found == kCuts.end() ? Cut{"gpt-2", Split::kGpt2} : *found;
}

std::shared_ptr<const Vocabulary> read_byte_level(const Gguf& file) {
  const Spelt spelt = read_spelt(file);
  const size_t count = spelt.texts.size();
  ByteLevelTokens tokens;
  tokens.tokens.resize(count);
  for (size_t i = 0; i < count; ++i) {
    // What users added stands there as it is; all else in the alphabet, or it stands for nothing.
    if (spelt.types[i] == kUserDefined) tokens.tokens[i].assign(spelt.texts[i].begin(), spelt.texts[i].end());
    if (is_added(spelt, i)) tokens.added.push_back(static_cast<Symbol>(i));
    if (spelt.types[i] == kNormal && !byte_level_bytes(spelt.texts[i], tokens.tokens[i])) tokens.tokens[i].clear();
  }
  const std::vector<std::string_view> merges = file.texts(kMerges, kMaxMerges);
  tokens.merges.reserve(merges.size());
  for (size_t i = 0; i < merges.size(); ++i) {
    const size_t space = merges[i].find(' ');
    std::pair<Bytes, Bytes> merge;
    if (space == std::string_view::npos || !byte_level_bytes(merges[i].substr(0, space), merge.first) ||
        !byte_level_bytes(merges[i].substr(space + 1), merge.second)) {
      file.fail(kMerges, fmt::format("merge {} is not two tokens: {}", i, shown(merges[i])));
    }
    tokens.merges.push_back(std::move(merge));
  }
  const Cut cut = cut_of(file);
  tokens.split = cut.split;
  tokens.pieces = cut.pieces;
  tokens.start = read_start(file, count, static_cast<Symbol>(count - 1));
  return make_byte_level(std::move(tokens));
}

}  // namespace

std::shared_ptr<const Vocabulary> read_gguf_vocabulary(const Gguf& file) {
  if (!file.has(kModel)) return nullptr;
  const std::string_view model = file.text(kModel);
  if (model == "llama") return read_scored(file);
  if (model == "gpt2") return read_byte_level(file);
  if (model == "none" || model == "no_vocab") return nullptr;
  throw Error(ErrorKind::kUnsupported,
              fmt::format("tokenizers of the model '{}' cannot be read (known: llama, gpt2)", shown(model)));
}

}  // namespace lmzip::model
