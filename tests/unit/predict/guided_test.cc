// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>

#include "lmzip/error.h"
#include "portability/forecast_digest.h"
#include "predict/guided_predictor.h"
#include "unit/predict/lm_shapes.h"
#include "unit/predict/trace.h"

namespace lmzip::test {
namespace {

std::shared_ptr<const Predictor> guided(int level = 1) {
  return predict::make_guided(random_lm(lm_shapes().front()), {.level = level, .name = "a"});
}

TEST(GuidedPredictor, InfoNamesLevelAndModel) {
  const auto predictor = guided(7);
  EXPECT_EQ(predictor->info().spec, "mix:7,model=a");
  EXPECT_EQ(predictor->info().alphabet, 2u);
  EXPECT_EQ(predictor->info().model_digest, random_lm(lm_shapes().front())->digest());
  EXPECT_GT(predictor->info().parameter_bytes, 0u);
  EXPECT_EQ(predictor->info().numerics, Numerics::kPortable);
}

TEST(GuidedPredictor, WhatTheNetworkSaysCounts) {
  const Stream bits = learnable_stream(2, 1600, 1);
  const auto other = predict::make_guided(random_lm(lm_shapes()[4]), {.level = 1, .name = "a"});
  EXPECT_NE(run_alone(*guided(), bits), run_alone(*other, bits));
}

TEST(GuidedPredictor, RefusesTokensAndOtherLevels) {
  EXPECT_THROW(predict::make_guided(random_lm(token_shapes().front()), {.level = 5, .name = "a"}), Error);
  EXPECT_THROW(guided(0), Error);
  EXPECT_THROW(guided(10), Error);
}

TEST(GuidedPredictor, GoesBackWithinAByte) {
  const auto predictor = guided();
  const Stream bits = learnable_stream(2, 800, 2);
  const Trace expected = run_alone(*predictor, bits);
  const auto session = predictor->open(1);
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i % 8 < 7) {
      session->mark(0);
      for (size_t tried = i % 8; tried < 7; ++tried) {
        const Symbol bit = (i >> tried) & 1;
        session->advance({&bit, 1});
        session->forecast(0);
      }
      session->rewind(0);
    }
    ASSERT_EQ(digest(session->forecast(0)), expected[i]) << i;
    session->advance({&bits[i], 1});
  }
}

TEST(GuidedPredictor, ForesightKnowsWhereTheNetworkSleeps) {
  Lehmer random(5);
  Stream bits;
  for (size_t i = 0; i < 5000; ++i) {
    const bool text = i < 700 || (i >= 1500 && i < 4000);
    const auto byte = static_cast<uint32_t>(text ? 'a' + random.below(4) : random.below(256));
    for (int shift = 7; shift >= 0; --shift) bits.push_back(byte >> shift & 1);
  }
  const auto predictor = guided();
  const Trace expected = run_alone(*predictor, bits);
  const auto session = predictor->open(1);
  constexpr size_t kPiece = 8 * 300;
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i % kPiece == 0) session->foresee(0, std::span(bits).subspan(i, std::min(kPiece, bits.size() - i)));
    ASSERT_EQ(digest(session->forecast(0)), expected[i]) << i;
    session->advance({&bits[i], 1});
  }
}

}  // namespace
}  // namespace lmzip::test
