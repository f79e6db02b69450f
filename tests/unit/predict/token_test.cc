// SPDX-License-Identifier: Apache-2.0
// Tokens as two symbols each: TokenCode, and the session over a network of tokens.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "lmzip/error.h"
#include "predict/token_code.h"
#include "predict/token_session.h"

namespace lmzip::predict {
namespace {

/// All bytes of `known` are tokens, and pairs of letters; every seventh id stands for nothing. The longest match wins.
class TestVocabulary final : public model::Vocabulary {
 public:
  explicit TestVocabulary(size_t known, size_t pairs = 676) {
    for (size_t byte = 0; byte < known; ++byte) add({static_cast<uint8_t>(byte)});
    for (size_t i = 0; i < pairs; ++i) {
      add({static_cast<uint8_t>('a' + i / 26 % 26), static_cast<uint8_t>('a' + i % 26)});
    }
  }
  Symbol size() const override { return static_cast<Symbol>(tokens_.size()); }
  ByteSpan bytes(Symbol id) const override { return tokens_[id]; }
  std::vector<Symbol> encode(ByteSpan text) const override {
    std::vector<Symbol> ids;
    while (!text.empty()) {
      size_t length = std::min<size_t>(2, text.size());
      auto found = ids_.find(std::string(text.begin(), text.begin() + static_cast<ptrdiff_t>(length)));
      if (found == ids_.end()) found = ids_.find(std::string(1, static_cast<char>(text[0]))), length = 1;
      ids.push_back(found != ids_.end() ? found->second : size() + text[0]);
      text = text.subspan(length);
    }
    return ids;
  }
  Symbol start() const override { return 3; }

 private:
  void add(Bytes bytes) {
    if (tokens_.size() % 7 == 5) tokens_.emplace_back();
    ids_.emplace(std::string(bytes.begin(), bytes.end()), size());
    tokens_.push_back(std::move(bytes));
  }
  std::vector<Bytes> tokens_;
  std::map<std::string, Symbol> ids_;  // of Bytes GCC 12 warns falsely
};

/// Logits that depend on all that was read since the last restart.
class HashingNetwork final : public SequenceNetwork {
 public:
  explicit HashingNetwork(size_t symbols, size_t ahead = 1, float spread = 12)
      : symbols_(symbols), ahead_(ahead), spread_(spread) {}
  std::unique_ptr<SequenceLane> open_lane() const override { return std::make_unique<Lane>(); }
  size_t symbols() const override { return symbols_; }
  size_t ahead() const override { return ahead_; }
  void forward(std::span<const SequenceInput> inputs, std::span<float> logits) override {
    for (size_t i = 0; i < inputs.size(); ++i) {
      uint64_t& hash = static_cast<Lane&>(*inputs[i].lane).hash;
      hash = (hash + inputs[i].symbol + 1) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 29;
      if (logits.empty()) continue;
      std::mt19937_64 random(hash);
      for (float& one : logits.subspan(i * symbols_, symbols_))
        one = spread_ * static_cast<float>(random() % 1000) / 1000;
    }
  }

 private:
  struct Lane final : SequenceLane {
    void restart() override { hash = 0; }
    uint64_t hash = 0;
  };
  size_t symbols_, ahead_;
  float spread_;
};

Bytes random_text(size_t size, uint64_t seed, unsigned top = 256) {
  std::mt19937_64 random(seed);
  Bytes text;
  while (text.size() < size)
    text.push_back(static_cast<uint8_t>(random() % 3 == 0 ? random() % top : 'a' + random() % 26));
  return text;
}

TEST(TokenCode, SpellsWhatItEncoded) {
  for (const size_t known : {0, 1, 100, 255, 256}) {
    const TokenCode code(std::make_shared<TestVocabulary>(known));
    EXPECT_EQ(code.escaped().size(), 256 - known);
    const Bytes text = random_text(5000, known);
    const std::vector<Symbol> symbols = code.encode(text);
    const auto speller = code.speller();
    Bytes spelt;
    for (const Symbol symbol : symbols) {
      ASSERT_LT(symbol, code.size());
      const ByteSpan bytes = speller->spell(symbol);
      spelt.insert(spelt.end(), bytes.begin(), bytes.end());
    }
    EXPECT_EQ(spelt, text);
  }
}

TEST(TokenCode, GroupsAreEvenAndNeverOfOne) {
  for (const size_t pairs : {0, 1, 2, 255, 256, 257, 600}) {
    const TokenCode code(std::make_shared<TestVocabulary>(4, pairs));
    size_t least = code.ids().size(), most = 0;
    for (size_t group = 0; group < code.groups(); ++group) {
      least = std::min(least, code.start(group + 1) - code.start(group));
      most = std::max(most, code.start(group + 1) - code.start(group));
    }
    EXPECT_GE(code.groups(), 2u);
    EXPECT_GE(least, 2u);
    EXPECT_LE(most, least + 1);
    EXPECT_LE(most, TokenCode::kGroup);
  }
  EXPECT_THROW(TokenCode(std::make_shared<TestVocabulary>(3, 0)), Error);
}

TEST(TokenCode, RefusesSymbolsThatNoTokenHas) {
  const TokenCode whole(std::make_shared<TestVocabulary>(256)), partial(std::make_shared<TestVocabulary>(200));
  EXPECT_THROW(whole.speller()->spell(whole.escape()), Error) << "there is nothing to escape";
  EXPECT_THROW(partial.speller()->spell(partial.escape() + 1), Error);
  const auto speller = partial.speller();
  speller->spell(0);
  EXPECT_THROW(speller->spell(255 + 2), Error);
  const auto escaping = partial.speller();
  escaping->spell(partial.escape());
  EXPECT_THROW(escaping->spell(56), Error);
}

/// Digests of all forecasts of a stream.
std::vector<uint64_t> trace(Session& session, const std::vector<Symbol>& symbols, int lane = 0) {
  std::vector<uint64_t> forecasts;
  std::vector<Symbol> next(static_cast<size_t>(session.lanes()), kIdle);
  for (const Symbol symbol : symbols) {
    const FrequencyTable& table = session.forecast(lane);
    uint64_t digest = table.size();
    for (Symbol s = 0; s < table.size(); ++s) digest = digest * 0x9E3779B97F4A7C15 + table.high(s);
    forecasts.push_back(digest);
    next[static_cast<size_t>(lane)] = symbol;
    session.advance(next);
  }
  return forecasts;
}

TEST(TokenSession, ForecastsAreTheSoftmaxOfTheLogits) {
  const auto vocabulary = std::make_shared<TestVocabulary>(256);
  const TokenCode code(vocabulary);
  const auto session = open_tokens(std::make_unique<HashingNetwork>(vocabulary->size()), code, 1, {});
  HashingNetwork twin(vocabulary->size());
  const auto lane = twin.open_lane();
  std::vector<float> logits(vocabulary->size());
  Symbol before = vocabulary->start();
  for (const Symbol id : vocabulary->encode(random_text(60, 1))) {
    const SequenceInput input{lane.get(), before};
    twin.forward({&input, 1}, logits);
    double sum = 0;
    for (const Symbol other : code.ids()) sum += std::exp(static_cast<double>(logits[other]));
    double bits = 0;
    for (const Symbol symbol : code.encode(vocabulary->bytes(id))) {
      bits += session->forecast(0).bits(symbol);
      session->advance({&symbol, 1});
    }
    const double ideal = -std::log2(std::exp(static_cast<double>(logits[id])) / sum);
    EXPECT_NEAR(bits, ideal, 2e-3 + std::exp2(ideal - 25)) << "weights are whole numbers";
    before = id;
  }
}

TEST(TokenSession, LanesForesightAndRestartsDoNotChangeForecasts) {
  const auto vocabulary = std::make_shared<TestVocabulary>(200);
  const TokenCode code(vocabulary);
  const std::vector<Symbol> symbols = code.encode(random_text(400, 2)), others = code.encode(random_text(300, 3));
  for (const uint64_t top : {0, 1, 100}) {
    const TokenRules rules{.restart = {.after = 64, .overlap = 16}, .top = top};
    const auto open = [&](size_t ahead, int lanes) {
      return open_tokens(std::make_unique<HashingNetwork>(vocabulary->size(), ahead), code, lanes, rules);
    };
    const auto one = open(1, 1);
    const auto expected = trace(*one, symbols);
    const auto foreseen = open(32, 1);
    foreseen->foresee(0, symbols);
    EXPECT_EQ(trace(*foreseen, symbols), expected);
    const auto three = open(32, 3);
    trace(*three, others, 2);
    EXPECT_EQ(trace(*three, symbols, 1), expected);
    EXPECT_EQ(three->counts(1), one->counts(0));
    EXPECT_EQ(three->counts(0), TokenCounts());
    EXPECT_NE(trace(*three, symbols, 1), expected) << "the lane goes on";
  }
}

/// The `top` likeliest of `ids`, of equals those with the lowest.
std::vector<Symbol> likeliest(std::span<const Symbol> ids, const std::vector<float>& logits, size_t top) {
  std::vector<Symbol> order(ids.begin(), ids.end());
  std::ranges::stable_sort(order, [&](Symbol a, Symbol b) { return logits[a] > logits[b]; });
  order.resize(top);
  return order;
}

TEST(TokenSession, OnlyTheTopHasTheProbabilitiesOfTheNetwork) {
  const auto vocabulary = std::make_shared<TestVocabulary>(256);
  const TokenCode code(vocabulary);
  for (const size_t top : {1, 20, 300, 931}) {
    const auto session =
        open_tokens(std::make_unique<HashingNetwork>(vocabulary->size()), code, 1, {.restart = {}, .top = top});
    HashingNetwork twin(vocabulary->size());
    const auto lane = twin.open_lane();
    std::vector<float> logits(vocabulary->size());
    Symbol before = vocabulary->start();
    std::mt19937_64 random(top);
    double misses = 0, tokens = 0;
    for (; tokens < 200; ++tokens) {
      const SequenceInput input{lane.get(), before};
      twin.forward({&input, 1}, logits);
      const std::vector<Symbol> best = likeliest(code.ids(), logits, top);
      // Often one of the last that belong to the top: there is where ties are.
      const Symbol id = random() % 2 == 0 ? best[top - 1 - random() % std::min<size_t>(top, 3)]
                                          : code.ids()[random() % code.ids().size()];
      const bool missed = std::ranges::find(best, id) == best.end();
      const double miss = (2 * misses + 1) / (2 * tokens + 64);
      double sum = 0;
      for (const Symbol other : best) sum += std::exp(static_cast<double>(logits[other]));
      const double chance = missed ? miss / static_cast<double>(code.ids().size() - top)
                                   : (1 - miss) * std::exp(static_cast<double>(logits[id])) / sum;
      double bits = 0;
      for (const Symbol symbol : code.encode(vocabulary->bytes(id))) {
        bits += session->forecast(0).bits(symbol);
        session->advance({&symbol, 1});
      }
      ASSERT_NEAR(bits, -std::log2(chance), 0.03 - 0.01 * std::log2(chance) + 0x1p-24 / chance)
          << top << ' ' << missed << ' ' << tokens;
      misses += missed ? 1 : 0;
      before = id;
    }
    EXPECT_EQ(session->counts(0), (TokenCounts{.tokens = 200, .escapes = 0, .misses = static_cast<uint64_t>(misses)}));
    EXPECT_GT(misses, 0);
  }
}

TEST(TokenSession, ATopOfAllTokensIsNone) {
  const auto vocabulary = std::make_shared<TestVocabulary>(250);
  const TokenCode code(vocabulary);
  const std::vector<Symbol> symbols = code.encode(random_text(200, 8));
  const auto with = [&](uint64_t top) {
    const auto session =
        open_tokens(std::make_unique<HashingNetwork>(vocabulary->size()), code, 1, {.restart = {}, .top = top});
    const auto forecasts = trace(*session, symbols);
    EXPECT_EQ(session->counts(0).misses > 0, top != 0 && top < code.ids().size()) << top;
    EXPECT_GT(session->counts(0).escapes, 0u);
    EXPECT_EQ(session->counts(0).tokens + session->counts(0).escapes, symbols.size() / 2);
    return forecasts;
  };
  const auto all = with(0);
  EXPECT_EQ(with(code.ids().size()), all);
  EXPECT_EQ(with(1u << 17), all);
  EXPECT_NE(with(code.ids().size() / 2), all);
}

TEST(TokenSession, TheNetworkNeverSeesAnEscapedByte) {
  const auto vocabulary = std::make_shared<TestVocabulary>(128);
  const TokenCode code(vocabulary);
  const auto plain = open_tokens(std::make_unique<HashingNetwork>(vocabulary->size()), code, 1, {});
  const auto escaping = open_tokens(std::make_unique<HashingNetwork>(vocabulary->size()), code, 1, {});
  const Bytes word = {'a', 'b'}, foreign = {200};
  trace(*plain, code.encode(word));
  trace(*escaping, code.encode(word));
  trace(*escaping, code.encode(foreign));
  const FrequencyTable &a = plain->forecast(0), &b = escaping->forecast(0);
  ASSERT_EQ(a.size(), b.size());
  for (Symbol s = 0; s + 1 < a.size(); ++s) EXPECT_NEAR(a.bits(s), b.bits(s), 0.01);
  EXPECT_LT(b.bits(code.escape()), a.bits(code.escape())) << "but the next escape is likelier";
}

TEST(TokenSession, ExtremeLogitsLeaveEverythingCodable) {
  const auto vocabulary = std::make_shared<TestVocabulary>(255);
  const TokenCode code(vocabulary);
  for (const float spread : {0.0f, 1e6f}) {
    for (const uint64_t top : {0, 1, 100, 900}) {
      const auto session = open_tokens(std::make_unique<HashingNetwork>(vocabulary->size(), 1, spread), code, 1,
                                       {.restart = {}, .top = top});
      for (const Symbol symbol : code.encode(random_text(200, 5))) {
        const FrequencyTable& table = session->forecast(0);
        ASSERT_LT(symbol, table.size());
        ASSERT_LE(table.bits(symbol), 24.01);
        session->advance({&symbol, 1});
      }
    }
  }
}

}  // namespace
}  // namespace lmzip::predict
