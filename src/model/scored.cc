// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <system_error>

#include "lmzip/error.h"
#include "model/vocabulary_merging.h"

namespace lmzip::model {
namespace {

/// Finding the pairs of a token takes time that grows with the square of its length; SentencePiece's own bound is 16
/// characters.
constexpr size_t kMaxMadeBytes = 256;

/// Of each id: how many scores are better.
std::vector<uint32_t> ranks_of(const std::vector<float>& scores) {
  std::vector<uint32_t> order(scores.size()), ranks(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, std::greater<>(), [&](uint32_t id) { return scores[id]; });
  for (uint32_t i = 0; i < order.size(); ++i) {
    ranks[order[i]] = i > 0 && scores[order[i]] == scores[order[i - 1]] ? ranks[order[i - 1]] : i;
  }
  return ranks;
}

}  // namespace

Bytes spelt_with_spaces(std::string_view token) {
  constexpr std::string_view kSpace = "\xE2\x96\x81";
  Bytes bytes;
  for (size_t i = 0; i < token.size();) {
    const bool space = token.substr(i).starts_with(kSpace);
    bytes.push_back(space ? uint8_t{' '} : static_cast<uint8_t>(token[i]));
    i += space ? kSpace.size() : 1;
  }
  return bytes;
}

int named_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int byte = 0;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
  return error == std::errc() && end == token.data() + 5 && token[3] != '-' ? byte : -1;
}

// SentencePiece looks up the text of two neighbours together. Neighbours are tokens (what is not is taken apart into
// bytes, which are never merged), so that the pairs that make a token are known beforehand: byte pair encoding again.
std::shared_ptr<const Vocabulary> make_scored(ScoredTokens tokens) {
  const size_t size = tokens.tokens.size();
  if (tokens.scores.size() != size || tokens.is_byte.size() != size) {
    throw Error(ErrorKind::kCorrupt, "vocabulary: not as many scores as tokens");
  }
  if (std::ranges::any_of(tokens.scores, [](float score) { return std::isnan(score); })) {
    throw Error(ErrorKind::kCorrupt, "vocabulary: a score is no number");
  }
  check_added(tokens.added, size);
  std::vector<Symbol> better = tokens.added;
  for (Symbol id = 0; id < size; ++id) {
    if (tokens.is_byte[id] == 0) better.push_back(id);
  }
  TokenIndex index(tokens.tokens, better);
  const std::vector<uint32_t> ranks = ranks_of(tokens.scores);
  std::vector<PairMerge> merges;
  for (Symbol id = 0; id < size; ++id) {
    const ByteSpan token = tokens.tokens[id];
    if (token.size() > kMaxMadeBytes) continue;
    for (size_t cut = 1; cut < token.size(); ++cut) {
      const Symbol left = index.find(token.first(cut));
      if (left == kNoToken || tokens.is_byte[left] != 0) continue;
      const Symbol right = index.find(token.subspan(cut));
      if (right != kNoToken && tokens.is_byte[right] == 0) merges.push_back({left, right, ranks[id], id});
    }
  }
  return make_merging({std::move(tokens.tokens), std::move(index), std::move(merges), std::move(tokens.added),
                       Unit::kCharacters, Split::kNone, Pieces::kMerged, tokens.start});
}

}  // namespace lmzip::model
