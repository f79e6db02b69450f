// SPDX-License-Identifier: Apache-2.0
#include "predict/order_predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string_view>

#include "lmzip/error.h"
#include "predict/uniform_predictor.h"
#include "unit/predict/streams.h"

namespace lmzip::test {
namespace {

using predict::kMaxOrder;
using predict::make_order;
using predict::make_uniform;

void feed(Session& session, std::string_view text) {
  for (const char c : text) {
    const Symbol symbol = static_cast<uint8_t>(c);
    session.advance({&symbol, 1});
  }
}

double probability(Session& session, char symbol) {
  return std::exp2(-session.forecast(0).bits(static_cast<uint8_t>(symbol)));
}

double bits_per_symbol(const Predictor& predictor, const Stream& stream) {
  const auto session = predictor.open(1);
  double bits = 0;
  for (const Symbol symbol : stream) {
    bits += session->forecast(0).bits(symbol);
    session->advance({&symbol, 1});
  }
  return bits / static_cast<double>(stream.size());
}

TEST(UniformPredictor, EveryByteCostsEightBits) {
  EXPECT_DOUBLE_EQ(bits_per_symbol(*make_uniform(), learnable_stream(256, 1000, 1)), 8.0);
}

TEST(OrderPredictor, RefusesOrdersItDoesNotHave) {
  EXPECT_THROW(make_order(-1), Error);
  EXPECT_THROW(make_order(kMaxOrder + 1), Error);
}

TEST(OrderPredictor, KnowsNothingBeforeTheFirstByte) {
  for (int order = 0; order <= kMaxOrder; ++order) {
    const auto session = make_order(order)->open(1);
    EXPECT_NEAR(probability(*session, 'x'), 1.0 / 256, 1e-9);
  }
}

TEST(OrderPredictor, OrderZeroGivesWittenAndBellsProbabilities) {
  // After "aab": N = 3, d = 2, so a context of no bytes is believed with 3/5 and the even spread gets 2/5.
  const auto session = make_order(0)->open(1);
  feed(*session, "aab");
  EXPECT_NEAR(probability(*session, 'a'), 2.0 / 5 + 2.0 / 5 / 256, 1e-4);
  EXPECT_NEAR(probability(*session, 'b'), 1.0 / 5 + 2.0 / 5 / 256, 1e-4);
  EXPECT_NEAR(probability(*session, 'c'), 2.0 / 5 / 256, 1e-4);
}

TEST(OrderPredictor, OrderOneBlendsItsContextWithTheEmptyOne) {
  // After "abacab": the context b has seen a once (N = 1, d = 1: believed by half); the empty one abacab (N = 6, d =
  // 3).
  const auto session = make_order(1)->open(1);
  feed(*session, "abacab");
  const double rest = 1.0 / 3;  // 3 / (6 + 3)
  EXPECT_NEAR(probability(*session, 'a'), 0.5 + 0.5 * (3.0 / 9 + rest / 256), 1e-4);
  EXPECT_NEAR(probability(*session, 'b'), 0.5 * (2.0 / 9 + rest / 256), 1e-4);
  EXPECT_NEAR(probability(*session, 'z'), 0.5 * (rest / 256), 1e-4);
}

TEST(OrderPredictor, ContextOfLengthKNeedsOrderK) {
  // Each byte of this cycle is determined by the k before it and by no fewer: "0 ... 0 1" with k zeros.
  for (int order = 1; order <= kMaxOrder; ++order) {
    Stream cycle;
    for (int i = 0; i < 6000; ++i) cycle.push_back(i % (order + 1) == order ? '1' : '0');
    EXPECT_LT(bits_per_symbol(*make_order(order), cycle), 0.05) << order;
    EXPECT_GT(bits_per_symbol(*make_order(order - 1), cycle), 0.2) << order;
  }
}

TEST(OrderPredictor, RandomBytesCostLittleMoreThanEightBits) {
  std::mt19937_64 random(1);
  Stream noise(30000);
  for (auto& symbol : noise) symbol = static_cast<Symbol>(random() % 256);
  for (int order = 0; order <= kMaxOrder; ++order) EXPECT_LT(bits_per_symbol(*make_order(order), noise), 8.9) << order;
}

TEST(OrderPredictor, LearnsAgainWhenItsMemoryWasFull) {
  // 7 new nodes per random byte fill the tree several times over; what comes then must be learnt as well as ever.
  std::mt19937_64 random(2);
  const auto session = make_order(kMaxOrder)->open(1);
  for (int i = 0; i < 500'000; ++i) {
    const auto symbol = static_cast<Symbol>(random() % 256);
    session->advance({&symbol, 1});
  }
  for (int i = 0; i < 1000; ++i) feed(*session, "again ");
  EXPECT_GT(probability(*session, 'a'), 0.9);
}

TEST(OrderPredictor, FullTreeOfOrderOneIsNeverForgotten) {
  const auto session = make_order(1)->open(1);
  for (int pass = 0; pass < 3; ++pass) {
    for (int a = 0; a < 256; ++a) {
      for (int b = 0; b < 256; ++b) feed(*session, std::string{static_cast<char>(a), static_cast<char>(b)});
    }
  }
  feed(*session, "q");
  for (int i = 0; i < 200; ++i) feed(*session, "xq");
  // q has been followed by about 1500 other bytes and 200 x: more than chance, less than if only the x were remembered.
  EXPECT_GT(probability(*session, 'x'), 0.05);
  EXPECT_LT(probability(*session, 'x'), 0.3);
}

}  // namespace
}  // namespace lmzip::test
