// SPDX-License-Identifier: Apache-2.0
#include "model/vocabulary_merging.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>

#include "base/utf8.h"
#include "lmzip/error.h"
#include "model/split.h"

namespace lmzip::model {
namespace {

/// Longer pieces are cut, so that what merging needs beside the text stays below 64 MB.
constexpr size_t kMaxPiece = size_t{1} << 20;
constexpr size_t kMaxAddedBytes = 256;

std::string_view view(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

class MergingVocabulary final : public Vocabulary {
 public:
  explicit MergingVocabulary(MergingTokens made);

  Symbol size() const override { return static_cast<Symbol>(made_.tokens.size()); }
  ByteSpan bytes(Symbol id) const override { return made_.tokens[id]; }
  Symbol start() const override { return made_.start; }
  const MergingTokens* parts() const override { return &made_; }
  std::vector<Symbol> encode(ByteSpan text) const override;

 private:
  friend class Encoder;

  /// The merge of two symbols, or null.
  const PairMerge* find_merge(Symbol left, Symbol right) const;
  /// The longest added token that text starts with, or kNoToken.
  Symbol added_at(ByteSpan text) const;
  bool may_join(uint8_t left, uint8_t right) const { return joinable_[static_cast<size_t>(left << 8 | right)]; }
  size_t piece_at(ByteSpan text) const;

  MergingTokens made_;            ///< merges by left, then right; added by their bytes
  std::vector<uint32_t> firsts_;  ///< of each left symbol in made_.merges; one more at the end
  std::array<Symbol, 256> byte_ids_{};
  std::bitset<256> added_first_;     ///< first bytes of added tokens
  std::bitset<256 * 256> joinable_;  ///< bytes that stand side by side in a token
};

MergingVocabulary::MergingVocabulary(MergingTokens made) : made_(std::move(made)) {
  if (made_.start >= size()) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("vocabulary: {}, where texts start, is none of its {} ids", made_.start, size()));
  }
  if (made_.merges.size() > kMaxMerges) {
    throw Error(ErrorKind::kLimit, fmt::format("vocabulary: more than {} merges", kMaxMerges));
  }
  auto& merges = made_.merges;
  std::ranges::sort(merges, {}, [](const PairMerge& m) { return std::tuple(m.left, m.right, m.rank); });
  const auto same_pair = [](const PairMerge& a, const PairMerge& b) { return a.left == b.left && a.right == b.right; };
  merges.erase(std::unique(merges.begin(), merges.end(), same_pair), merges.end());
  firsts_.assign(size() + size_t{1}, 0);
  for (const PairMerge& merge : merges) ++firsts_[merge.left + size_t{1}];
  for (size_t i = 1; i < firsts_.size(); ++i) firsts_[i] += firsts_[i - 1];

  for (size_t byte = 0; byte < 256; ++byte) {
    const auto spelt = static_cast<uint8_t>(byte);
    const Symbol id = made_.index.find({&spelt, 1});
    byte_ids_[byte] = id == kNoToken ? static_cast<Symbol>(size() + byte) : id;
  }
  for (const Bytes& token : made_.tokens) {
    for (size_t i = 1; i < token.size(); ++i) joinable_.set(static_cast<size_t>(token[i - 1] << 8 | token[i]));
  }

  std::erase_if(made_.added, [&](Symbol id) { return bytes(id).empty() || bytes(id).size() > kMaxAddedBytes; });
  std::ranges::sort(made_.added, {}, [&](Symbol id) { return view(bytes(id)); });
  made_.added.erase(std::unique(made_.added.begin(), made_.added.end()), made_.added.end());
  for (const Symbol id : made_.added) added_first_.set(bytes(id)[0]);
}

const PairMerge* MergingVocabulary::find_merge(Symbol left, Symbol right) const {
  if (left >= size()) return nullptr;
  const PairMerge* first = made_.merges.data() + firsts_[left];
  const PairMerge* last = made_.merges.data() + firsts_[left + size_t{1}];
  const PairMerge* found = std::ranges::lower_bound(first, last, right, {}, &PairMerge::right);
  return found != last && found->right == right ? found : nullptr;
}

Symbol MergingVocabulary::added_at(ByteSpan text) const {
  if (!added_first_[text[0]]) return kNoToken;
  Symbol longest = kNoToken;
  auto first = made_.added.begin(), last = made_.added.end();
  // They are sorted and distinct: of those that agree with the text so far, one that ends here comes first.
  for (size_t i = 0; first != last; ++i) {
    if (bytes(*first).size() == i) longest = *first++;
    if (i == text.size()) break;
    const auto byte = [&](Symbol id) { return bytes(id)[i]; };
    first = std::ranges::lower_bound(first, last, text[i], {}, byte);
    last = std::ranges::upper_bound(first, last, text[i], {}, byte);
  }
  return longest;
}

/// Length of the piece that text starts with. Where the model does not split, text is cut where no token has the two
/// bytes beside the cut side by side: nothing is merged across it, so that the ids are the same.
size_t MergingVocabulary::piece_at(ByteSpan text) const {
  const ByteSpan near = text.first(std::min(text.size(), kMaxPiece));
  if (made_.split != Split::kNone) return piece_length(made_.split, near);
  size_t length = 1;
  while (length < near.size() && may_join(near[length - 1], near[length])) ++length;
  return length;
}

/// One text on its way to ids.
class Encoder {
 public:
  Encoder(const MergingVocabulary& vocabulary, ByteSpan text)
      : vocabulary_(vocabulary), text_(text), seen_(std::bit_ceil(std::clamp<size_t>(text.size() / 8, 16, 1 << 14))) {}

  std::vector<Symbol> encode() {
    size_t from = 0;
    for (size_t at = 0; !vocabulary_.made_.added.empty() && at < text_.size();) {
      const Symbol id = vocabulary_.added_at(text_.subspan(at));
      if (id == kNoToken) {
        ++at;
        continue;
      }
      encode_pieces(from, at);
      ids_.push_back(id);
      from = at += vocabulary_.bytes(id).size();
    }
    encode_pieces(from, text_.size());
    return std::move(ids_);
  }

 private:
  /// A symbol of the piece, linked to those that are left around it.
  struct Node {
    Symbol symbol;
    uint32_t previous;
    uint32_t next;
  };
  struct Candidate {
    uint32_t rank;
    uint32_t at;  ///< of the left node
    const PairMerge* merge;
    /// For the heap, whose first is the largest.
    bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
  };
  /// A piece that came before, and its ids.
  struct Seen {
    size_t text_at = 0;
    size_t ids_at = 0;
    uint32_t length = 0;
    uint32_t ids = 0;
  };
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr size_t kMaxSeen = 32;

  void encode_pieces(size_t from, size_t to) {
    while (from < to) {
      const size_t length = vocabulary_.piece_at(text_.subspan(from, to - from));
      if (length == 1 || length > kMaxSeen) {
        encode_piece(text_.subspan(from, length));
      } else {
        encode_word(from, length);
      }
      from += length;
    }
  }

  /// Words come again: what became of them is remembered by where it stands.
  void encode_word(size_t from, size_t length) {
    uint64_t hash = length;
    for (size_t i = 0; i < length; ++i) hash = (hash ^ text_[from + i]) * 0x9E3779B97F4A7C15u;
    Seen& seen = seen_[(hash >> 32) & (seen_.size() - 1)];
    if (seen.length != length || std::memcmp(&text_[seen.text_at], &text_[from], length) != 0) {
      const size_t before = ids_.size();
      encode_piece(text_.subspan(from, length));
      seen = {from, before, static_cast<uint32_t>(length), static_cast<uint32_t>(ids_.size() - before)};
    } else {
      for (uint32_t i = 0; i < seen.ids; ++i) ids_.push_back(ids_[seen.ids_at + i]);
    }
  }

  void encode_piece(ByteSpan piece) {
    if (vocabulary_.made_.pieces == Pieces::kWholeFirst) {
      const Symbol whole = vocabulary_.made_.index.find(piece);
      if (whole != kNoToken) {
        ids_.push_back(whole);
        return;
      }
    }
    take_apart(piece);
    merge();
    for (uint32_t at = 0; at != kNone; at = nodes_[at].next) ids_.push_back(nodes_[at].symbol);
  }

  void take_apart(ByteSpan piece) {
    nodes_.clear();
    const auto add = [&](Symbol symbol) {
      const auto at = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({symbol, at - 1, at + 1});
    };
    for (size_t at = 0; at < piece.size();) {
      if (vocabulary_.made_.unit == Unit::kCharacters && piece[at] >= 0x80) {
        const int length = base::utf8_character(piece.subspan(at));
        const ByteSpan character = piece.subspan(at, static_cast<size_t>(std::max(0, length)));
        const Symbol id = vocabulary_.made_.index.find(character);
        if (id != kNoToken) {
          add(id);
          at += character.size();
          continue;
        }
      }
      add(vocabulary_.byte_ids_[piece[at++]]);
    }
    nodes_.back().next = kNone;
  }

  /// Best pairs first. Each merge removes a symbol and brings two candidates at most: n log n steps for n symbols.
  void merge() {
    heap_.clear();
    for (uint32_t at = 0; at + 1 < nodes_.size(); ++at) consider(at);
    std::make_heap(heap_.begin(), heap_.end());
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const Candidate best = heap_.back();
      heap_.pop_back();
      Node& left = nodes_[best.at];
      if (left.symbol != best.merge->left || left.next == kNone) continue;
      Node& right = nodes_[left.next];
      if (right.symbol != best.merge->right) continue;  // one of the two has become something else since
      left.symbol = best.merge->joined;
      left.next = right.next;
      right.symbol = kNoToken;
      if (left.next != kNone) nodes_[left.next].previous = best.at;
      for (const uint32_t at : {left.previous, best.at}) {
        const size_t before = heap_.size();
        if (at != kNone) consider(at);
        if (heap_.size() != before) std::push_heap(heap_.begin(), heap_.end());
      }
    }
  }

  void consider(uint32_t at) {
    const Node& left = nodes_[at];
    if (left.next == kNone) return;
    const PairMerge* merge = vocabulary_.find_merge(left.symbol, nodes_[left.next].symbol);
    if (merge != nullptr) heap_.push_back({merge->rank, at, merge});
  }

  const MergingVocabulary& vocabulary_;
  ByteSpan text_;
  std::vector<Seen> seen_;
  std::vector<Symbol> ids_;
  std::vector<Node> nodes_;
  std::vector<Candidate> heap_;
};

std::vector<Symbol> MergingVocabulary::encode(ByteSpan text) const { return Encoder(*this, text).encode(); }

}  // namespace

TokenIndex::TokenIndex(std::vector<Bytes>& tokens, std::span<const Symbol> better) {
  if (tokens.size() > kMaxTokens) {
    throw Error(ErrorKind::kLimit, fmt::format("vocabulary: {} tokens, more than {}", tokens.size(), kMaxTokens));
  }
  ids_.reserve(tokens.size());
  const auto add = [&](Symbol id) {
    if (tokens[id].size() > kMaxTokenBytes) {
      throw Error(ErrorKind::kLimit, fmt::format("vocabulary: token {} has more than {} bytes", id, kMaxTokenBytes));
    }
    if (tokens[id].empty()) return;
    if (ids_.emplace(view(tokens[id]), id).first->second != id) tokens[id].clear();
  };
  for (const Symbol id : better) add(id);
  for (Symbol id = 0; id < tokens.size(); ++id) add(id);
}

Symbol TokenIndex::find(ByteSpan bytes) const {
  const auto found = ids_.find(view(bytes));
  return found == ids_.end() ? kNoToken : found->second;
}

void TokenIndex::add_merge(ByteSpan left, ByteSpan right, uint32_t rank, std::vector<PairMerge>& merges) const {
  PairMerge merge = {find(left), find(right), rank, kNoToken};
  if (merge.left == kNoToken || merge.right == kNoToken) return;
  std::string joined(view(left));
  joined += view(right);
  const auto found = ids_.find(joined);
  if (found == ids_.end()) return;
  merge.joined = found->second;
  merges.push_back(merge);
}

void check_added(std::span<const Symbol> added, size_t size) {
  for (const Symbol id : added) {
    if (id >= size)
      throw Error(ErrorKind::kCorrupt, fmt::format("vocabulary: the added id {} is none of {}", id, size));
  }
}

std::shared_ptr<const Vocabulary> make_merging(MergingTokens tokens) {
  return std::make_shared<const MergingVocabulary>(std::move(tokens));
}

}  // namespace lmzip::model
