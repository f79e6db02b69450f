// SPDX-License-Identifier: Apache-2.0
// Makes tokenizers: the merges of byte pair encoding that texts ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/progress.h"
#include "model/tokenizer.h"

namespace lmzip::train {

/// How often each word (model::word_length()) occurs. The texts are read once, front to back; what is kept of them are
/// the words, in bounded memory: whenever there are more than `most_words` distinct ones (about 100 bytes of memory
/// each), the rarest are forgotten, those that occurred once, then twice, and so on, until no more than half as many
/// are left. So counts of rare words of very large texts are too small; those of frequent ones are exact.
class WordCounts {
 public:
  static constexpr size_t kMostWords = 2'000'000;

  explicit WordCounts(size_t most_words = kMostWords) : most_words_(most_words) {}

  /// `text` must stay as long as this object: words point into it. Progress is told of its bytes.
  void add(ByteSpan text, ProgressSink& progress);

  const std::unordered_map<std::string_view, uint64_t>& words() const { return words_; }

 private:
  void forget_rare();

  const size_t most_words_;
  std::unordered_map<std::string_view, uint64_t> words_;
};

/// The merges for an alphabet of `symbols` (256..BpeTokenizer::kMaxSymbols): again and again the pair of neighbouring
/// symbols inside words that occurs most often; of several, the smallest (left, then right). The result depends on the
/// counts alone. There are fewer merges when no pair occurs twice any more. `made` is told, now and then, how many
/// symbols there are. Errors: kCancelled.
std::vector<model::Merge> train_merges(const WordCounts& counts, size_t symbols, const ProgressSink& progress,
                                       const std::function<void(size_t)>& made);

}  // namespace lmzip::train
