// SPDX-License-Identifier: Apache-2.0
#include "train/bpe_trainer.h"

#include <gmock/gmock.h>

#include <map>

#include "unit/train/fixtures.h"

namespace lmzip::train {
namespace {

using model::BpeTokenizer;
using model::Merge;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::vector<Merge> merges_of(const WordCounts& counts, size_t symbols) {
  return train_merges(counts, symbols, ProgressSink(), [](size_t) {});
}

std::vector<Merge> merges_of(ByteSpan text, size_t symbols) {
  ProgressSink sink;
  WordCounts counts;
  counts.add(text, sink);
  return merges_of(counts, symbols);
}

/// What the header promises, counted anew for every merge.
std::vector<Merge> merges_by_counting(ByteSpan text, size_t symbols) {
  std::vector<std::vector<Symbol>> words;
  for (; !text.empty(); text = text.subspan(words.back().size())) {
    words.emplace_back(text.begin(), text.begin() + static_cast<ptrdiff_t>(model::word_length(text)));
  }
  std::vector<Merge> merges;
  while (256 + merges.size() < symbols) {
    std::map<std::pair<Symbol, Symbol>, int> pairs;
    for (const auto& word : words) {
      for (size_t i = 0; i + 1 < word.size(); ++i) ++pairs[{word[i], word[i + 1]}];
    }
    const auto best =
        std::max_element(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == pairs.end() || best->second < 2) break;
    const auto [left, right] = best->first;
    for (auto& word : words) {
      for (size_t i = 0; i + 1 < word.size(); ++i) {
        if (word[i] != left || word[i + 1] != right) continue;
        word[i] = static_cast<Symbol>(256 + merges.size());
        word.erase(word.begin() + static_cast<ptrdiff_t>(i) + 1);
      }
    }
    merges.push_back({left, right});
  }
  return merges;
}

TEST(BpeTrainer, MergesAreThoseThatCountingAnewFinds) {
  EXPECT_EQ(merges_of(test::words(5000, 3), 400), merges_by_counting(test::words(5000, 3), 400));
  // Runs of equal letters, whose pairs overlap.
  Bytes runs;
  for (uint64_t state = 7; runs.size() < 3000; state = state * 6364136223846793005 + 1442695040888963407) {
    runs.insert(runs.end(), 1 + (state >> 60), static_cast<uint8_t>(" ab"[state >> 40 & 1 ? 2 : state >> 41 & 1]));
  }
  EXPECT_EQ(merges_of(runs, 320), merges_by_counting(runs, 320));
}

TEST(BpeTrainer, OfEquallyFrequentPairsTheSmallestComesFirst) {
  EXPECT_THAT(merges_of(bytes_of("dc\nba\nba\ndc"), 300), testing::ElementsAre(Merge{'b', 'a'}, Merge{'d', 'c'}));
}

TEST(BpeTrainer, StopsWhenNoPairOccursTwice) {
  EXPECT_THAT(merges_of(bytes_of("abcdef ghijkl"), 1000), testing::IsEmpty());
  EXPECT_THAT(merges_of(bytes_of("abab"), 1000), testing::ElementsAre(Merge{'a', 'b'}));
}

TEST(BpeTrainer, WhatItMakesIsATokenizerWithSymbolsOfBoundedLength) {
  Bytes text = test::words(20000, 5);
  text.insert(text.end(), 5000, 'x');
  const std::vector<Merge> merges = merges_of(text, 600);
  const BpeTokenizer tokenizer(merges);
  size_t longest = 0;
  for (Symbol symbol = 0; symbol < tokenizer.size(); ++symbol) {
    longest = std::max(longest, tokenizer.bytes(symbol).size());
  }
  EXPECT_EQ(longest, BpeTokenizer::kMaxSymbolBytes);
  EXPECT_LT(tokenizer.encode(text).size(), text.size() / 3);
}

TEST(WordCounts, HowTextsAreHandedOverDoesNotMatter) {
  const Bytes text = test::words(20000, 2);
  const auto space = static_cast<size_t>(std::find(text.begin() + 10000, text.end(), ' ') - text.begin());
  ProgressSink sink;
  WordCounts whole, parts;
  whole.add(text, sink);
  EXPECT_EQ(sink.raw_bytes(), 20000U);
  parts.add(ByteSpan(text).subspan(space), sink);
  parts.add(ByteSpan(text).first(space), sink);
  EXPECT_EQ(whole.words(), parts.words());
}

TEST(WordCounts, RareWordsAreForgottenBeforeThereAreTooMany) {
  ProgressSink sink;
  WordCounts counts(100);
  Bytes text;
  for (int i = 0; i < 5000; ++i) {
    for (const char c : "common\n" + std::to_string(i)) text.push_back(static_cast<uint8_t>(c));
    text.push_back('\n');
  }
  counts.add(text, sink);
  EXPECT_LE(counts.words().size(), 100U);
  EXPECT_EQ(counts.words().at("common"), 5000U);
}

TEST(BpeTrainer, AStopRequestEndsIt) {
  ProgressSink sink;
  WordCounts counts;
  const Bytes text = test::words(1000, 1);
  counts.add(text, sink);
  sink.request_stop();
  EXPECT_EQ(test::error_of([&] { train_merges(counts, 300, sink, [](size_t) {}); }).kind(), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace lmzip::train
