// SPDX-License-Identifier: Apache-2.0
// layout.h, linear_predictor.h, numeric_contexts.h.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "mix/layout.h"
#include "mix/linear_predictor.h"
#include "mix/numeric_contexts.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

Layout layout_of(const Bytes& bytes) {
  LayoutDetector detector;
  std::vector<uint8_t> history;
  for (const uint8_t byte : bytes) {
    history.push_back(byte);
    detector.byte_done(history);
  }
  return detector.layout();
}

Bytes shifted(const Bytes& bytes) {
  Bytes result(1, 0);
  result.insert(result.end(), bytes.begin(), bytes.end());
  return result;
}

TEST(Layout, OfAPictureIsItsPixelsAndRows) {
  const Layout layout = layout_of(test::picture_bytes(40000, 1));
  EXPECT_EQ(layout.step, 3u);
  EXPECT_EQ(layout.width, 1u);
  EXPECT_EQ(layout.pitch % 288, 0u);
  EXPECT_GT(layout.pitch, 0u);
}

TEST(Layout, OfStereoSoundIsItsSamples) {
  const Layout layout = layout_of(test::sound_bytes(40000, 1));
  EXPECT_EQ(layout.step, 4u);
  EXPECT_EQ(layout.width, 2u);
  EXPECT_EQ(layout.phase, 0u);
  EXPECT_EQ(layout_of(shifted(test::sound_bytes(40000, 1))).phase, 1u);
}

TEST(Layout, OfWhatIsNotNumericIsNone) {
  for (const Bytes& bytes :
       {test::text_bytes(20000, 1), test::random_bytes(20000, 1), Bytes(20000, 0), Bytes(100, 7)}) {
    EXPECT_FALSE(layout_of(bytes).numeric());
  }
}

TEST(Layout, IsForgottenWhenTheNumbersEnd) {
  Bytes bytes = test::picture_bytes(20000, 2);
  ASSERT_TRUE(layout_of(bytes).numeric());
  const Bytes noise = test::random_bytes(10000, 2);
  bytes.insert(bytes.end(), noise.begin(), noise.end());
  EXPECT_FALSE(layout_of(bytes).numeric());
}

TEST(LinearPredictor, LearnsALinearLaw) {
  // A sine, by x(n) = 1.8 x(n-1) - x(n-2), in 65536ths.
  LinearPredictor predictor(2, 16000);
  int64_t older = 0, newest = int64_t{5000} << 16;
  int64_t early = 0, late = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::array<int32_t, 2> inputs = {static_cast<int32_t>(newest >> 16), static_cast<int32_t>(older >> 16)};
    const int64_t next = newest * 9 / 5 - older;
    const auto truth = static_cast<int32_t>(next >> 16);
    const int error = std::abs(truth - predictor.predict(inputs));
    if (i < 10) early += error;
    if (i >= 4990) late += error;
    predictor.learn(truth);
    older = newest;
    newest = next;
  }
  EXPECT_GT(early, 10000);
  EXPECT_LT(late, 50);
}

TEST(LinearPredictor, NothingOverflowsAtTheLimitsOfEverything) {
  for (const int32_t rate : {1, 4000, 65536}) {
    LinearPredictor predictor(16, rate);
    test::Lehmer random(1);
    for (int i = 0; i < 50000; ++i) {
      std::array<int32_t, 16> inputs;
      const uint32_t scale = random.below(17);
      for (int32_t& input : inputs) input = (random.below(2) ? -32768 : 32767) >> scale;
      ASSERT_LE(std::abs(predictor.predict(inputs)), 65536);
      predictor.learn(i / 1000 % 2 == 0 ? 98304 : random.below(2) ? -98304 : 0);
    }
  }
}

/// Feeds `bytes`; the share of the numbers' upper four bits in the last quarter that the first input is wrong about.
double share_wrong(const Bytes& bytes, const Layout& layout, bool& within_limits) {
  NumericContexts numeric;
  std::vector<uint8_t> history;
  uint64_t wrong = 0, bits = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 7; i > 0 && bit >= 0; --bit) {
      std::array<int32_t, NumericContexts::kPredictors> inputs;
      numeric.write_inputs(inputs.data(), (bytes[i] | 256u) >> (bit + 1));
      for (const int32_t input : inputs) within_limits &= std::abs(input) <= 4095;
      within_limits &= numeric.activity() < 16 && numeric.predicted_byte() < 256;
      if (bit < 4 || i < bytes.size() * 3 / 4 || i % layout.width != layout.width - 1) continue;
      ++bits;
      wrong += (inputs[0] > 0) != (bytes[i] >> bit & 1);
    }
    history.push_back(bytes[i]);
    numeric.byte_done(history, layout);
  }
  return static_cast<double>(wrong) / static_cast<double>(bits);
}

TEST(NumericContexts, PredictTheUpperBitsOfNumbers) {
  bool within_limits = true;
  EXPECT_LT(share_wrong(test::picture_bytes(30000, 3), {.step = 3, .pitch = 288}, within_limits), 0.1);
  EXPECT_LT(share_wrong(test::sound_bytes(30000, 3), {.step = 4, .width = 2}, within_limits), 0.1);
  EXPECT_TRUE(within_limits);
}

TEST(NumericContexts, StayWithinTheirLimitsOnAnyBytes) {
  bool within_limits = true;
  const Bytes input = test::portability_input(1500);
  for (const uint32_t step : {1u, 2u, 3u, 4u, 6u, 8u}) {
    share_wrong(input, {.step = step}, within_limits);
    share_wrong(input, {.step = step, .pitch = 24}, within_limits);
    if (step % 2 == 0) share_wrong(input, {.step = step, .width = 2, .phase = step / 2 % 2}, within_limits);
  }
  EXPECT_TRUE(within_limits);
}

}  // namespace
}  // namespace lmzip::mix
