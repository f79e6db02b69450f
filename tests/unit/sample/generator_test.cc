// SPDX-License-Identifier: Apache-2.0
#include "sample/generator.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

#include "codec/code_length_predictor.h"
#include "lmzip/registry.h"
#include "predict/mix_predictor.h"
#include "predict/order_predictor.h"
#include "unit/sample/chi_square.h"

namespace lmzip::sample {
namespace {

ByteSpan bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string text_of(const Continuation& one) { return {one.bytes.begin(), one.bytes.end()}; }

constexpr std::string_view kVerse =
    "the quick brown fox jumps over the lazy dog; the lazy dog sleeps on, the quick brown fox jumps again. ";

std::vector<Continuation> continued(const std::shared_ptr<const Predictor>& predictor,
                                    const std::vector<std::string_view>& prompts, const GeneratorOptions& options) {
  std::vector<ByteSpan> spans;
  for (const std::string_view prompt : prompts) spans.push_back(bytes_of(prompt));
  ProgressSink progress;
  return continue_prompts(predictor, spans, options, progress);
}

/// Symbols in twos: what a tokenizer may do to a byte stream.
class Pairs final : public Tokenizer {
 public:
  Pairs() {
    for (unsigned i = 0; i < 256; ++i) strings_.push_back({static_cast<uint8_t>(i)});
    for (unsigned i = 0; i < 256; ++i) strings_.push_back({static_cast<uint8_t>(i), static_cast<uint8_t>(i ^ 1)});
  }
  Symbol size() const override { return 512; }
  std::unique_ptr<Speller> speller() const override { return std::make_unique<Spelling>(strings_); }
  std::vector<Symbol> encode(ByteSpan text) const override {
    std::vector<Symbol> symbols;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool pair = i + 1 < text.size() && text[i + 1] == (text[i] ^ 1);
      symbols.push_back(pair ? 256u + text[i] : text[i]);
      i += pair ? 1 : 0;
    }
    return symbols;
  }

 private:
  class Spelling final : public Speller {
   public:
    explicit Spelling(const std::vector<Bytes>& strings) : strings_(strings) {}
    ByteSpan spell(Symbol symbol) override { return strings_[symbol]; }

   private:
    const std::vector<Bytes>& strings_;
  };
  std::vector<Bytes> strings_;
};

/// All tokens equally likely; remembers what it was fed.
class TokenPredictor final : public Predictor {
 public:
  explicit TokenPredictor(std::vector<Symbol>* fed) : fed_(fed) { info_.alphabet = 512; }
  const PredictorInfo& info() const override { return info_; }
  const Tokenizer* tokenizer() const override { return &tokenizer_; }
  std::unique_ptr<Session> open(int) const override { return std::make_unique<Uniform>(fed_); }

 private:
  class Uniform final : public Session {
   public:
    explicit Uniform(std::vector<Symbol>* fed) : fed_(fed) {}
    int lanes() const override { return 1; }
    const FrequencyTable& forecast(int) override { return table_; }
    void advance(std::span<const Symbol> next) override { fed_->push_back(next[0]); }

   private:
    FrequencyTable table_ = FrequencyTable::uniform(512);
    std::vector<Symbol>* fed_;
  };
  Pairs tokenizer_;
  PredictorInfo info_;
  std::vector<Symbol>* fed_;
};

TEST(Generator, FollowsTheForecast) {
  constexpr size_t kPrompts = 20000;
  const auto order = predict::make_order(2);
  const std::string_view prompt = "abracadabra ab";
  const auto session = order->open(1);
  for (const char c : prompt) {
    const Symbol symbol = static_cast<uint8_t>(c);
    session->advance({&symbol, 1});
  }
  const FrequencyTable& forecast = session->forecast(0);
  std::vector<double> probabilities;
  for (Symbol s = 0; s < 256; ++s) {
    probabilities.push_back(static_cast<double>(forecast.high(s) - forecast.low(s)) / forecast.total());
  }
  std::map<uint32_t, size_t> counts;
  for (const Continuation& one :
       continued(order, std::vector<std::string_view>(kPrompts, prompt), {.bytes = 1, .seed = 5})) {
    ++counts[one.bytes[0]];
  }
  EXPECT_LT(std::abs(test::deviation(counts, probabilities, kPrompts)), 3.5);
}

TEST(Generator, SaysWhatThePredictorItselfGaveEachByte) {
  for (const Shaping& shaping : {Shaping{}, Shaping{.temperature = 0.6, .top_k = 12}}) {
    for (const auto& predictor : {predict::make_order(3), predict::make_mix(1)}) {
      const Continuation made = continued(predictor, {kVerse}, {.bytes = 40, .shaping = shaping})[0];
      ASSERT_EQ(made.bytes.size(), 40u);
      ASSERT_EQ(made.bits.size(), 40u);
      const auto session = predictor->open(1);
      const int symbols = predictor->info().alphabet == 2 ? 8 : 1;
      const std::string all = std::string(kVerse) + text_of(made);
      for (size_t i = 0; i < all.size(); ++i) {
        double bits = 0;
        for (int part = symbols - 1; part >= 0; --part) {
          const auto byte = static_cast<uint8_t>(all[i]);
          const Symbol symbol = symbols == 1 ? byte : byte >> part & 1;
          bits += session->forecast(0).bits(symbol);
          session->advance({&symbol, 1});
        }
        // A byte view's frequencies are rounded.
        if (i < kVerse.size()) continue;
        EXPECT_NEAR(made.bits[i - kVerse.size()], bits, 0.01 + bits * 0.01) << i;
      }
    }
  }
}

TEST(Generator, TheSeedDecidesAndNothingElse) {
  const std::vector<std::string_view> prompts = {kVerse, "a", "", kVerse.substr(40), "to be, or not to be"};
  for (const auto& predictor : {predict::make_order(2), predict::make_mix(1)}) {
    const auto first = continued(predictor, prompts, {.bytes = 60, .seed = 9, .threads = 1});
    const auto second = continued(predictor, prompts, {.bytes = 60, .seed = 9, .threads = 4});
    const auto other = continued(predictor, prompts, {.bytes = 60, .seed = 10, .threads = 1});
    size_t different = 0;
    for (size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(first[i].bytes, second[i].bytes) << i;
      EXPECT_EQ(first[i].bits, second[i].bits) << i;
      different += first[i].bytes != other[i].bytes ? 1 : 0;
    }
    EXPECT_GE(different, prompts.size() - 1) << "one may be so likely that every seed draws it";
  }
}

TEST(Generator, PromptsDoNotKnowEachOther) {
  const auto predictor = predict::make_order(2);
  const auto together = continued(predictor, {kVerse, "abc", ""}, {.bytes = 30});
  const auto alone = continued(predictor, {kVerse}, {.bytes = 30});
  EXPECT_EQ(together[0].bytes, alone[0].bytes);
  const auto others = continued(predictor, {"", "abc", kVerse}, {.bytes = 30});
  EXPECT_EQ(together[1].bytes, others[1].bytes);
}

TEST(Generator, EqualPromptsAreContinuedDifferently) {
  const auto made = continued(predict::make_order(1), {kVerse, kVerse}, {.bytes = 40});
  EXPECT_NE(made[0].bytes, made[1].bytes);
}

TEST(Generator, NothingAskedForIsNothing) {
  const auto made = continued(predict::make_order(1), {kVerse, ""}, {.bytes = 0});
  ASSERT_EQ(made.size(), 2u);
  EXPECT_TRUE(made[0].bytes.empty() && made[1].bytes.empty());
  EXPECT_TRUE(continued(predict::make_order(1), {}, {.bytes = 5}).empty());
}

TEST(Generator, AnEmptyPromptIsContinued) {
  for (const auto& predictor : {predict::make_order(1), predict::make_mix(1), make_predictor("gzip")}) {
    EXPECT_EQ(continued(predictor, {""}, {.bytes = 3})[0].bytes.size(), 3u);
  }
}

TEST(Generator, CutsActOnWholeBytesOfPredictorsOfBits) {
  const auto made = continued(predict::make_mix(1), {kVerse}, {.bytes = 20, .shaping = {.temperature = 0}})[0];
  EXPECT_EQ(made.bytes, continued(predict::make_mix(1), {kVerse}, {.bytes = 20, .shaping = {.top_k = 1}})[0].bytes);
}

TEST(Generator, PromptsOfTokensAreFedAsTokensAndTheirBytesCounted) {
  std::vector<Symbol> fed;
  const auto predictor = std::make_shared<TokenPredictor>(&fed);
  const std::string_view prompt = "``aabb";  // 0x60 0x60 0x61 0x61 0x62 0x62
  for (const size_t bytes : {1, 2, 7, 30}) {
    fed.clear();
    const Continuation made = continued(predictor, {prompt}, {.bytes = bytes, .seed = bytes})[0];
    EXPECT_EQ(made.bytes.size(), bytes);
    EXPECT_EQ(made.bits.size(), bytes);
    const std::vector<Symbol> read = predictor->tokenizer()->encode(bytes_of(prompt));
    ASSERT_GE(fed.size(), read.size());
    EXPECT_TRUE(std::equal(read.begin(), read.end(), fed.begin()));
    for (const float bits : made.bits) EXPECT_TRUE(bits == 9.0F || bits == 4.5F);
  }
}

TEST(Generator, TheListenerHearsEverythingInOrder) {
  const std::vector<ByteSpan> prompts = {bytes_of(kVerse), bytes_of("a")};
  std::map<size_t, Bytes> heard;
  ProgressSink progress;
  const auto made = continue_prompts(predict::make_order(2), prompts, {.bytes = 50, .threads = 2}, progress,
                                     [&](size_t prompt, ByteSpan bytes, std::span<const float> bits) {
                                       EXPECT_EQ(bytes.size(), bits.size());
                                       heard[prompt].insert(heard[prompt].end(), bytes.begin(), bytes.end());
                                     });
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(heard[i], made[i].bytes);
  EXPECT_EQ(progress.raw_bytes(), kVerse.size() + 1 + 2 * 50);
}

TEST(Generator, StopsWhenAsked) {
  ProgressSink progress;
  const ByteSpan prompt = bytes_of(kVerse);
  size_t heard = 0;
  try {
    continue_prompts(predict::make_order(2), {&prompt, 1}, {.bytes = 1000}, progress,
                     [&](size_t, ByteSpan bytes, std::span<const float>) {
                       heard += bytes.size();
                       if (heard >= 10) progress.request_stop();
                     });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_LT(heard, 20u);
}

TEST(Generator, WhatTheListenerThrowsComesOut) {
  ProgressSink progress;
  const std::vector<ByteSpan> prompts(5, bytes_of(kVerse));
  EXPECT_THROW(continue_prompts(
                   predict::make_order(2), prompts, {.bytes = 1000, .threads = 2}, progress,
                   [](size_t, ByteSpan, std::span<const float>) { throw Error(ErrorKind::kIo, "the disk is full"); }),
               Error);
  EXPECT_FALSE(progress.stop_requested()) << "only this job was stopped";
}

TEST(Generator, GzipGoesOnWithWhatRepeats) {
  std::string verse;
  for (int i = 0; i < 6; ++i) verse += kVerse;
  const auto gzip = make_predictor("gzip", {}, {.unit = LengthUnit::kBits});
  const Continuation made = continued(gzip, {verse}, {.bytes = 20, .shaping = {.temperature = 0}})[0];
  EXPECT_EQ(text_of(made), kVerse.substr(0, 20));
}

}  // namespace
}  // namespace lmzip::sample
