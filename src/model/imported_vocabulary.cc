// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "lmzip/error.h"
#include "model/imported.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxText = 4096;
constexpr std::string_view kBytes = "vocabulary.bytes", kLengths = "vocabulary.lengths", kMerges = "vocabulary.merges",
                           kAdded = "vocabulary.added";

// By the values of the enumerations.
constexpr std::array<std::string_view, 2> kUnits = {"bytes", "characters"};
constexpr std::array<std::string_view, 9> kSplits = {"none",   "gpt2",      "llama3",         "qwen2", "digits",
                                                     "tekken", "deepseek3", "deepseek-coder", "spaces"};
static_assert(kSplits.size() == static_cast<size_t>(Split::kSpaces) + 1);
constexpr std::array<std::string_view, 2> kPieces = {"merged", "whole-first"};

Error corrupt(std::string_view tensor, const std::string& complaint) {
  return Error(ErrorKind::kCorrupt, fmt::format("tensor {}: {}", tensor, complaint));
}

void append(Bytes& data, int64_t number) {
  for (int i = 0; i < 4; ++i) data.push_back(static_cast<uint8_t>(number >> 8 * i));
}

int32_t number_at(const Tensor& tensor, size_t index) {
  uint32_t bits = 0;
  for (size_t i = 4; i-- > 0;) bits = bits << 8 | tensor.data[index * 4 + i];
  return static_cast<int32_t>(bits);
}

template <typename Enum, size_t kCount>
Enum named(JsonFields& fields, std::string_view field, const std::array<std::string_view, kCount>& names) {
  const auto found = std::ranges::find(names, fields.text(field));
  if (found == names.end()) fields.fail(field, "is not known");
  return static_cast<Enum>(found - names.begin());
}

/// The tensor, which is taken out. Its shape: so many rows as it has, of `columns` if it is no vector.
Tensor take(std::map<std::string, Tensor, std::less<>>& tensors, std::string_view name, Dtype dtype,
            uint64_t columns = 0) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw corrupt(name, "is missing");
  const Tensor tensor = std::move(found->second);
  tensors.erase(found);
  const bool fits = columns == 0 ? tensor.shape.size() == 1 : tensor.shape.size() == 2 && tensor.shape[1] == columns;
  if (tensor.dtype != dtype || !fits) throw corrupt(name, "is of another type or shape");
  return tensor;
}

std::vector<Bytes> read_tokens(std::map<std::string, Tensor, std::less<>>& tensors) {
  const Tensor bytes = take(tensors, kBytes, Dtype::kU8), lengths = take(tensors, kLengths, Dtype::kI32);
  if (lengths.shape[0] > kMaxTokens) throw Error(ErrorKind::kLimit, fmt::format("more than {} tokens", kMaxTokens));
  std::vector<Bytes> tokens(lengths.shape[0]);
  ByteSpan rest = bytes.data;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const int32_t length = number_at(lengths, i);
    if (length < 0 || static_cast<size_t>(length) > rest.size()) throw corrupt(kLengths, "more bytes than there are");
    const ByteSpan token = rest.first(static_cast<size_t>(length));
    tokens[i].assign(token.begin(), token.end());
    rest = rest.subspan(token.size());
  }
  if (!rest.empty()) throw corrupt(kLengths, "fewer bytes than there are");
  return tokens;
}

std::vector<PairMerge> read_merges(const Tensor& tensor, const std::vector<Bytes>& tokens, const TokenIndex& index) {
  if (tensor.shape[0] > kMaxMerges) throw Error(ErrorKind::kLimit, fmt::format("more than {} merges", kMaxMerges));
  std::vector<PairMerge> merges;
  merges.reserve(tensor.shape[0]);
  uint32_t rank = 0;
  for (size_t i = 0; i < tensor.shape[0]; ++i) {
    const int32_t left = number_at(tensor, 2 * i), right = number_at(tensor, 2 * i + 1);
    const auto first = static_cast<Symbol>(left < 0 ? -1 - left : left), second = static_cast<Symbol>(right);
    if (first >= tokens.size() || second >= tokens.size()) throw corrupt(kMerges, "names an id that is none");
    if (left >= 0 && i > 0) ++rank;
    const size_t before = merges.size();
    index.add_merge(tokens[first], tokens[second], rank, merges);
    if (merges.size() == before) throw corrupt(kMerges, "names two tokens that do not make a third");
  }
  return merges;
}

}  // namespace

VocabularyTensors vocabulary_tensors(const MergingTokens& parts) {
  VocabularyTensors result;
  Bytes bytes, lengths, pairs, added;
  for (const Bytes& token : parts.tokens) {
    bytes.insert(bytes.end(), token.begin(), token.end());
    append(lengths, static_cast<int64_t>(token.size()));
  }
  std::vector<PairMerge> merges = parts.merges;
  std::ranges::sort(merges, {}, [](const PairMerge& m) { return std::tuple(m.rank, m.left, m.right); });
  for (size_t i = 0; i < merges.size(); ++i) {
    const bool same_rank = i > 0 && merges[i].rank == merges[i - 1].rank;
    append(pairs, same_rank ? -1 - int64_t{merges[i].left} : int64_t{merges[i].left});
    append(pairs, merges[i].right);
  }
  for (const Symbol id : parts.added) append(added, id);
  const auto add = [&result](std::string_view name, Dtype dtype, std::vector<uint64_t> shape, Bytes data) {
    result.data.push_back(std::move(data));
    result.tensors.push_back({std::string(name), dtype, std::move(shape), result.data.back()});
  };
  result.data.reserve(4);
  add(kLengths, Dtype::kI32, {parts.tokens.size()}, std::move(lengths));
  add(kMerges, Dtype::kI32, {merges.size(), 2}, std::move(pairs));
  add(kAdded, Dtype::kI32, {parts.added.size()}, std::move(added));
  const uint64_t size = bytes.size();
  add(kBytes, Dtype::kU8, {size}, std::move(bytes));
  result.json = nlohmann::ordered_json{
      {"unit", kUnits.at(static_cast<size_t>(parts.unit))},
      {"split", kSplits.at(static_cast<size_t>(parts.split))},
      {"pieces", kPieces.at(static_cast<size_t>(parts.pieces))},
      {"start",
       parts.start}}.dump();
  return result;
}

std::shared_ptr<const Vocabulary> read_vocabulary_tensors(std::string_view json,
                                                          std::map<std::string, Tensor, std::less<>>& tensors) {
  const nlohmann::json parsed = parse_json(json, kMaxText, "vocabulary");
  JsonFields fields(parsed, "vocabulary");
  const Unit unit = named<Unit>(fields, "unit", kUnits);
  const Split split = named<Split>(fields, "split", kSplits);
  const Pieces pieces = named<Pieces>(fields, "pieces", kPieces);
  const auto start = static_cast<Symbol>(fields.integer("start", 0, INT32_MAX));
  fields.finish();
  std::vector<Bytes> tokens = read_tokens(tensors);
  const Tensor pairs = take(tensors, kMerges, Dtype::kI32, 2), ids = take(tensors, kAdded, Dtype::kI32);
  if (ids.shape[0] > tokens.size()) throw corrupt(kAdded, "has more ids than there are tokens");
  std::vector<Symbol> added(ids.shape[0]);
  for (size_t i = 0; i < added.size(); ++i) added[i] = static_cast<Symbol>(number_at(ids, i));
  check_added(added, tokens.size());
  TokenIndex index(tokens, {});
  std::vector<PairMerge> merges = read_merges(pairs, tokens, index);
  return make_merging(
      {std::move(tokens), std::move(index), std::move(merges), std::move(added), unit, split, pieces, start});
}

}  // namespace lmzip::model
