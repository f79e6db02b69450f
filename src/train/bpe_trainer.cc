// SPDX-License-Identifier: Apache-2.0
#include "train/bpe_trainer.h"

#include <algorithm>
#include <queue>

namespace lmzip::train {
namespace {

using model::Merge;

/// A distinct word as the symbols it consists of by now, in Merger::symbols_.
struct Word {
  uint32_t start = 0;
  uint32_t length = 0;
  uint64_t count = 0;
};

struct PairUse {
  uint64_t count = 0;           ///< in all texts
  std::vector<uint32_t> words;  ///< all that contain it, rising; some may have lost it
};

uint64_t key_of(Symbol left, Symbol right) { return uint64_t{left} << 32 | right; }
Merge merge_of(uint64_t key) { return {static_cast<Symbol>(key >> 32), static_cast<Symbol>(key)}; }

class Merger {
 public:
  explicit Merger(const WordCounts& counts) {
    // In one order everywhere, for the lists of words; what is merged does not depend on it.
    std::vector<std::pair<std::string_view, uint64_t>> sorted;
    for (const auto& [text, count] : counts.words()) {
      if (text.size() > 1) sorted.emplace_back(text, count);
    }
    std::ranges::sort(sorted);
    for (const auto& [text, count] : sorted) {
      const Word word{static_cast<uint32_t>(symbols_.size()), static_cast<uint32_t>(text.size()), count};
      for (const char letter : text) symbols_.push_back(static_cast<uint8_t>(letter));
      const auto index = static_cast<uint32_t>(words_.size());
      words_.push_back(word);
      for (uint32_t i = word.start; i + 1 < word.start + word.length; ++i) add(symbols_[i], symbols_[i + 1], index);
    }
    push_fresh();
  }

  /// The next merge, done; false when no pair occurs twice.
  bool step(Symbol made, Merge& merge) {
    while (!heap_.empty()) {
      const auto [count, pair] = heap_.top();
      heap_.pop();
      const auto found = pairs_.find(pair);
      const uint64_t present = found->second.count;
      if (present == count) {
        merge = merge_of(pair);
        const std::vector<uint32_t> words = std::move(found->second.words);  // pairs_ grows below
        for (const uint32_t word : words) replace(word, merge, made);
        pairs_.erase(pair);
        push_fresh();
        return true;
      }
      // Counts only fall once a pair has been pushed: it is due later than it stood.
      if (present > 1) {
        heap_.push({present, pair});
      } else {
        pairs_.erase(found);
      }
    }
    return false;
  }

 private:
  struct Due {
    uint64_t count;
    uint64_t pair;
    bool operator<(const Due& other) const { return count != other.count ? count < other.count : pair > other.pair; }
  };

  /// One more place of a pair, in a word that is no earlier one than those before.
  void add(Symbol left, Symbol right, uint32_t word) {
    const auto [entry, is_new] = pairs_.try_emplace(key_of(left, right));
    if (is_new) fresh_.push_back(entry->first);
    entry->second.count += words_[word].count;
    std::vector<uint32_t>& in = entry->second.words;
    if (in.empty() || in.back() != word) in.push_back(word);
  }

  void remove(Symbol left, Symbol right, uint32_t word) {
    const auto found = pairs_.find(key_of(left, right));
    if (found != pairs_.end()) found->second.count -= words_[word].count;
  }

  /// All places of `merge` in a word, leftmost first; after each, the counts are those of the word as it is then.
  void replace(uint32_t index, Merge merge, Symbol made) {
    Word& word = words_[index];
    Symbol* const from = symbols_.data() + word.start;
    uint32_t out = 0;
    for (uint32_t in = 0; in < word.length; ++in) {
      if (from[in] != merge.left || in + 1 == word.length || from[in + 1] != merge.right) {
        from[out++] = from[in];
        continue;
      }
      remove(merge.left, merge.right, index);
      if (out > 0) {
        remove(from[out - 1], merge.left, index);
        add(from[out - 1], made, index);
      }
      if (in + 2 < word.length) {
        remove(merge.right, from[in + 2], index);
        add(made, from[in + 2], index);
      }
      from[out++] = made;
      ++in;
    }
    word.length = out;
  }

  /// Every pair in pairs_ is in heap_ once. One that occurs once only is forgotten: a pair gets no new places after
  /// the merge that made its younger symbol.
  void push_fresh() {
    for (const uint64_t pair : fresh_) {
      const uint64_t count = pairs_.at(pair).count;
      if (count > 1) {
        heap_.push({count, pair});
      } else {
        pairs_.erase(pair);
      }
    }
    fresh_.clear();
  }

  std::vector<Symbol> symbols_;
  std::vector<Word> words_;
  std::unordered_map<uint64_t, PairUse> pairs_;
  std::vector<uint64_t> fresh_;  ///< pairs that came up since the last merge
  std::priority_queue<Due> heap_;
};

}  // namespace

void WordCounts::add(ByteSpan text, ProgressSink& progress) {
  constexpr size_t kTell = size_t{1} << 20;
  size_t told = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t length = model::word_length(text.subspan(at));
    ++words_[{reinterpret_cast<const char*>(text.data()) + at, length}];
    if (words_.size() > most_words_) forget_rare();
    at += length;
    if (at - told >= kTell || at == text.size()) {
      progress.advance(at - told);
      told = at;
    }
  }
}

void WordCounts::forget_rare() {
  for (uint64_t rare = 1; words_.size() > most_words_ / 2; ++rare) {
    std::erase_if(words_, [&](const auto& word) { return word.second <= rare; });
  }
}

std::vector<Merge> train_merges(const WordCounts& counts, size_t symbols, const ProgressSink& progress,
                                const std::function<void(size_t)>& made) {
  constexpr size_t kTell = 16;
  Merger merger(counts);
  std::vector<Merge> merges;
  for (Merge merge; 256 + merges.size() < symbols; merges.push_back(merge)) {
    if (merges.size() % kTell == 0) {
      progress.check();
      made(256 + merges.size());
    }
    if (!merger.step(static_cast<Symbol>(256 + merges.size()), merge)) break;
  }
  return merges;
}

}  // namespace lmzip::train
