// SPDX-License-Identifier: Apache-2.0
// Small vocabularies of both kinds, and texts that they must give back.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/vocabulary_readers.h"
#include "unit/codec/adversarial_inputs.h"

namespace lmzip::test {

using Ids = std::vector<Symbol>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr model::Split kSplits[] = {
    model::Split::kNone,      model::Split::kGpt2,          model::Split::kLlama3,
    model::Split::kQwen2,     model::Split::kDigits,        model::Split::kTekken,
    model::Split::kDeepSeek3, model::Split::kDeepSeekCoder, model::Split::kSpaces};

/// Ids 0 to 255 are the bytes but those of `missing`, 256 on what the pairs make, the last nothing: texts start there.
inline model::ByteLevelTokens byte_level(const Pairs& pairs, std::string_view missing = "") {
  model::ByteLevelTokens made;
  for (int byte = 0; byte < 256; ++byte) {
    const bool absent = missing.find(static_cast<char>(byte)) != std::string_view::npos;
    made.tokens.push_back(absent ? Bytes() : Bytes{static_cast<uint8_t>(byte)});
  }
  for (const auto& [left, right] : pairs) {
    made.merges.emplace_back(bytes_of(left), bytes_of(right));
    made.tokens.push_back(bytes_of(left + right));
  }
  made.start = static_cast<Symbol>(made.tokens.size());
  made.tokens.emplace_back();
  return made;
}

/// Ids 0 to 2 are nothing; with bytes, 3 to 258 are <0x00> to <0xFF>; then come the tokens.
inline model::ScoredTokens scored(const std::vector<std::pair<std::string, float>>& tokens, bool with_bytes = true) {
  model::ScoredTokens made;
  const auto add = [&](Bytes bytes, float score, bool is_byte) {
    made.tokens.push_back(std::move(bytes));
    made.scores.push_back(score);
    made.is_byte.push_back(is_byte);
  };
  for (int i = 0; i < 3; ++i) add({}, 0, false);
  for (int byte = 0; with_bytes && byte < 256; ++byte) add({static_cast<uint8_t>(byte)}, 0, true);
  for (const auto& [token, score] : tokens) add(bytes_of(token), score, false);
  return made;
}

/// What ids spell, escapes included. Every one must stand for something.
inline Bytes spelt(const model::Vocabulary& vocabulary, const Ids& ids) {
  Bytes text;
  for (const Symbol id : ids) {
    EXPECT_LT(id, vocabulary.size() + 256);
    if (id >= vocabulary.size()) {
      text.push_back(static_cast<uint8_t>(id - vocabulary.size()));
      continue;
    }
    const ByteSpan bytes = vocabulary.bytes(id);
    EXPECT_FALSE(bytes.empty()) << id;
    text.insert(text.end(), bytes.begin(), bytes.end());
  }
  return text;
}

inline Ids encode(const model::Vocabulary& vocabulary, std::string_view text) {
  return vocabulary.encode(bytes_of(text));
}

/// Any bytes, and what text tools like to change.
inline std::vector<Bytes> difficult_texts() {
  std::vector<Bytes> texts = {{}, random_bytes(5000, 1)};
  for (int byte = 0; byte < 256; ++byte) texts.push_back({static_cast<uint8_t>(byte)});
  for (const std::string_view text :
       {std::string_view("\xE2\x96\x81"), std::string_view(" \xE2\x96\x81the\xE2\x96\x81 "),
        std::string_view("\0a\0", 3), std::string_view("e\xCC\x81 \xCC\x81 \xCC\x81\xCC\x81"), std::string_view("\xC3"),
        std::string_view("\xE2\x96"), std::string_view("\xE2\x96 \xF0\x9F\x98"),
        std::string_view("\xED\xA0\x80\xC0\x80\xF4\x90\x80\x80\xFF\xFE"), std::string_view("\xE2\x84\xAA\xE2\x84\xA6"),
        std::string_view("<|endoftext|><s></s><unk><0x0A>"),
        std::string_view("\xEF\xBB\xBFtext\r\n\r\n\t  \x85\xC2\x85  x")}) {
    texts.push_back(bytes_of(text));
  }
  std::mt19937_64 random(2);
  Bytes mixture;
  while (mixture.size() < (1 << 16)) {
    const Bytes& piece = texts[random() % texts.size()];
    mixture.insert(mixture.end(), piece.begin(), piece.begin() + static_cast<ptrdiff_t>(random() % (piece.size() + 1)));
    const Bytes words = text(1 + random() % 60);
    mixture.insert(mixture.end(), words.begin(), words.end());
  }
  texts.push_back(std::move(mixture));
  return texts;
}

inline void expect_all_come_back(const model::Vocabulary& vocabulary, const std::string& name) {
  for (const Bytes& text : difficult_texts()) {
    EXPECT_TRUE(spelt(vocabulary, vocabulary.encode(text)) == text) << name << ", " << text.size() << " bytes";
  }
}

}  // namespace lmzip::test
