// SPDX-License-Identifier: Apache-2.0
// The contract of Session (include/lmzip/predictor.h), written once for every predictor. A test program includes this
// (in one source file) and names its predictors:
//   INSTANTIATE_TEST_SUITE_P(Orders, SessionContract, ::testing::Values(ContractCase{"order2", ..., 2000}), case_name);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "lmzip/predictor.h"
#include "unit/predict/streams.h"
#include "unit/predict/trace.h"

namespace lmzip::test {

struct ContractCase {
  std::string name;                                        ///< letters and digits
  std::function<std::shared_ptr<const Predictor>()> make;  ///< each test makes its own
  size_t symbols;                                          ///< length of the streams; more finds more, slower
};

inline std::ostream& operator<<(std::ostream& out, const ContractCase& each) { return out << each.name; }
inline std::string case_name(const ::testing::TestParamInfo<ContractCase>& info) { return info.param.name; }

class SessionContract : public ::testing::TestWithParam<ContractCase> {
 protected:
  Stream stream(uint64_t seed) const { return learnable_stream(predictor_->info().alphabet, GetParam().symbols, seed); }

  std::shared_ptr<const Predictor> predictor_ = GetParam().make();
};

TEST_P(SessionContract, InfoDescribesThePredictor) {
  const PredictorInfo& info = predictor_->info();
  EXPECT_FALSE(info.spec.empty());
  EXPECT_LE(info.spec.size(), 255u);
  if (predictor_->tokenizer() != nullptr) {
    EXPECT_EQ(info.alphabet, predictor_->tokenizer()->size());
  } else {
    EXPECT_TRUE(info.alphabet == 2 || info.alphabet == 256) << info.alphabet;
  }
  EXPECT_GT(info.lane_bytes, 0u);
}

TEST_P(SessionContract, SessionHasTheLanesAskedFor) {
  for (const int lanes : {1, 2, 5}) EXPECT_EQ(predictor_->open(lanes)->lanes(), lanes);
}

TEST_P(SessionContract, ForecastsAreValidTablesOverTheAlphabet) {
  const auto session = predictor_->open(1);
  for (const Symbol symbol : stream(1)) {
    const FrequencyTable& table = session->forecast(0);
    ASSERT_EQ(table.size(), predictor_->info().alphabet);
    ASSERT_EQ(table.low(0), 0u);
    for (Symbol s = 0; s < table.size(); ++s) ASSERT_LT(table.low(s), table.high(s));
    ASSERT_EQ(table.high(table.size() - 1), table.total());
    ASSERT_LE(table.total(), FrequencyTable::kMaxTotal);
    session->advance({&symbol, 1});
  }
}

TEST_P(SessionContract, ForecastMayBeAskedAgainOrNotAtAll) {
  const Stream symbols = stream(2);
  const Trace expected = run_alone(*predictor_, symbols);
  const auto session = predictor_->open(1);
  for (size_t i = 0; i < symbols.size(); ++i) {
    for (size_t asked = 0; asked < i % 3; ++asked) ASSERT_EQ(digest(session->forecast(0)), expected[i]) << i;
    session->advance({&symbols[i], 1});
  }
  EXPECT_EQ(digest(session->forecast(0)), expected.back());
}

TEST_P(SessionContract, LaneDoesNotDependOnOtherLanes) {
  const Stream symbols = stream(3);
  const Trace alone = run_alone(*predictor_, symbols);
  const Stream half(symbols.begin(), symbols.begin() + symbols.size() / 2);
  const Stream other = stream(4), another = stream(5);
  const struct {
    const char* what;
    std::vector<Stream> streams;
  } neighbourhoods[] = {
      {"different neighbours", {other, another, half, symbols, other}},
      {"equal neighbours", {symbols, symbols, symbols, symbols, symbols}},
      {"idle neighbours", {{}, {}, {}, symbols, {}}},
  };
  for (const auto& [what, streams] : neighbourhoods) {
    EXPECT_EQ(run_lanes(*predictor_->open(5), streams)[3], alone) << what;
  }
}

TEST_P(SessionContract, ForesightChangesNothing) {
  for (const size_t lanes : {1, 3, 4}) {
    std::vector<Stream> streams;
    for (uint64_t seed = 13; streams.size() < lanes; ++seed) streams.push_back(stream(seed));
    std::vector<Stream> upcoming = streams;
    if (lanes == 4) {
      upcoming[1].resize(upcoming[1].size() / 2);  // of the other half nothing is said
      upcoming[3].clear();
    }
    const auto session = predictor_->open(static_cast<int>(lanes));
    for (size_t lane = 0; lane < lanes; ++lane) {
      if (lanes != 4 || lane != 2) session->foresee(static_cast<int>(lane), upcoming[lane]);
    }
    EXPECT_EQ(run_lanes(*session, streams), run_lanes(*predictor_->open(static_cast<int>(lanes)), streams)) << lanes;
  }
}

TEST_P(SessionContract, ForesightMayComeInPieces) {
  const Stream symbols = stream(16);
  const auto session = predictor_->open(1);
  Trace trace;
  for (size_t at = 0; at < symbols.size(); ++at) {
    const size_t length = 1 + symbols.size() / 3;
    if (at % length == 0) session->foresee(0, std::span(symbols).subspan(at, std::min(length, symbols.size() - at)));
    trace.push_back(digest(session->forecast(0)));
    session->advance({&symbols[at], 1});
  }
  trace.push_back(digest(session->forecast(0)));
  EXPECT_EQ(trace, run_alone(*predictor_, symbols));
}

TEST_P(SessionContract, IdlingChangesNothing) {
  const Stream symbols = stream(6);
  const Trace expected = run_alone(*predictor_, symbols);
  const auto session = predictor_->open(2);
  for (size_t i = 0; i < symbols.size(); ++i) {
    for (size_t idle = 0; idle < i % 3; ++idle) session->advance(Stream{kIdle, kIdle});
    ASSERT_EQ(digest(session->forecast(1)), expected[i]) << i;
    session->advance(Stream{kIdle, symbols[i]});
  }
}

TEST_P(SessionContract, SessionsOfOnePredictorDoNotMeet) {
  const Stream symbols = stream(7), others = stream(8);
  const Trace expected = run_alone(*predictor_, symbols), other_expected = run_alone(*predictor_, others);
  const auto session = predictor_->open(1), other_session = predictor_->open(1);
  for (size_t i = 0; i < symbols.size(); ++i) {
    ASSERT_EQ(digest(session->forecast(0)), expected[i]) << i;
    ASSERT_EQ(digest(other_session->forecast(0)), other_expected[i]) << i;
    session->advance({&symbols[i], 1});
    other_session->advance({&others[i], 1});
  }
}

TEST_P(SessionContract, SessionsOnThreadsGiveTheSame) {
  const std::vector<Stream> streams = {stream(9), stream(10), stream(11)};
  std::vector<Trace> traces(streams.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < streams.size(); ++i) {
    threads.emplace_back([&, i] { traces[i] = run_alone(*predictor_, streams[i]); });
  }
  for (auto& thread : threads) thread.join();
  for (size_t i = 0; i < streams.size(); ++i) EXPECT_EQ(traces[i], run_alone(*predictor_, streams[i]));
}

TEST_P(SessionContract, PredictorsOfBitsGoBackToAMarkAndOthersRefuse) {
  const auto session = predictor_->open(2);
  if (predictor_->info().alphabet != 2) {
    EXPECT_THROW(session->mark(0), Error);
    EXPECT_THROW(session->rewind(1), Error);
    return;
  }
  const Stream symbols = stream(17), others = stream(18);
  const Trace expected = run_alone(*predictor_, symbols), other_expected = run_alone(*predictor_, others);
  std::mt19937_64 random(19);
  for (size_t i = 0; i < symbols.size(); ++i) {
    std::vector<uint64_t> marked;  // what was forecast at each open mark
    // From here on at most the rest of the byte, short of its last bit; the other lane goes its own way meanwhile.
    for (size_t fed = i % 8; i % 3 == 0 && fed < 7; ++fed) {
      if (random() % 2 == 0) {
        marked.push_back(digest(session->forecast(1)));
        session->mark(1);
      }
      if (!marked.empty()) session->advance(Stream{kIdle, static_cast<Symbol>(random() % 2)});
    }
    ASSERT_EQ(digest(session->forecast(0)), other_expected[i]) << i;
    session->advance(Stream{others[i], kIdle});
    for (; !marked.empty(); marked.pop_back()) {
      session->rewind(1);
      ASSERT_EQ(digest(session->forecast(1)), marked.back()) << i;
    }
    ASSERT_EQ(digest(session->forecast(1)), expected[i]) << i;
    session->advance(Stream{kIdle, symbols[i]});
  }
}

TEST_P(SessionContract, AnotherObjectOfTheSameMakeGivesTheSame) {
  const Stream symbols = stream(12);
  EXPECT_EQ(run_alone(*GetParam().make(), symbols), run_alone(*predictor_, symbols));
}

}  // namespace lmzip::test
