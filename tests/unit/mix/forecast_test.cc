// SPDX-License-Identifier: Apache-2.0
#include "mix/forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "mix/logistic.h"
#include "mix/model.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

using Weights = std::array<uint32_t, 256>;

TEST(Log2, IsTheLogarithmToAThousandth) {
  int32_t last = -1;
  for (uint64_t x = 1; x < uint64_t{1} << 32; x += 1 + x / 777) {
    const int32_t found = log2_of(static_cast<uint32_t>(x));
    ASSERT_NEAR(found / 65536.0, std::log2(static_cast<double>(x)), 0.0015) << x;
    ASSERT_GE(found, last) << x;
    last = found;
  }
  EXPECT_EQ(log2_of(1), 0);
  EXPECT_EQ(log2_of(1u << 31), 31 << 16);
}

TEST(Forecast, PlainInputIsTheOddsOfEachBit) {
  Weights weights{};
  weights['a'] = 3 << 20;  // 01100001
  weights['b'] = 1 << 20;  // 01100010
  Forecast forecast;
  forecast.begin_byte(weights);
  std::array<int32_t, Forecast::kInputs> inputs;
  forecast.write_inputs(inputs.data(), 1);
  EXPECT_LT(inputs[Forecast::kPlainInput], -1500) << "no other byte begins with a one";
  forecast.write_inputs(inputs.data(), 0b1011000);
  EXPECT_NEAR(inputs[Forecast::kPlainInput] / 256.0, std::log(1.0 / 3), 0.01) << "the bit that tells b from a";
  EXPECT_EQ(forecast.likeliest(), 'a');
}

TEST(Forecast, DoubtGrowsWithTheChoice) {
  Forecast forecast;
  uint32_t last = 0;
  for (const unsigned bytes : {1u, 2u, 3u, 6u, 16u, 256u}) {
    Weights weights{};
    for (unsigned i = 0; i < bytes; ++i) weights[i] = 1 << 20;
    forecast.begin_byte(weights);
    EXPECT_GE(forecast.doubt(), last) << bytes;
    EXPECT_EQ(forecast.doubt() == 0, bytes == 1) << bytes;
    last = forecast.doubt();
  }
  EXPECT_EQ(last, Forecast::kDoubts - 1);
}

TEST(Forecast, InputsStayInTheMixersRangeWhateverTheWeights) {
  test::Lehmer random(1);
  Forecast forecast;
  std::array<int32_t, Forecast::kInputs> inputs;
  for (int round = 0; round < 500; ++round) {
    Weights weights{};
    for (uint32_t& weight : weights) {
      weight = static_cast<uint32_t>(random.below(1 << 24) >> random.below(25));
      if (random.below(4) == 0) weight = 0;
    }
    if (round % 5 == 0) weights = {}, weights[random.below(256)] = 0xFFFFFEFFu;
    forecast.begin_byte(weights);
    for (uint32_t partial = 1; partial < 256;) {
      forecast.write_inputs(inputs.data(), partial);
      for (const int32_t input : inputs) ASSERT_LE(std::abs(input), 4095);
      const auto bit = static_cast<int>(random.below(2));
      forecast.update(bit);
      partial = partial << 1 | static_cast<uint32_t>(bit);
    }
  }
}

double bits_of(GuidedModel& model, const std::vector<uint8_t>& text, double right) {
  double bits = 0;
  test::Lehmer random(2);
  for (const uint8_t byte : text) {
    Weights weights{};
    weights.fill(1000);
    const bool knows = static_cast<double>(random.below(1000)) < 1000 * right;
    weights[knows ? byte : random.below(256)] = 1 << 22;
    model.expect(weights);
    for (int shift = 7; shift >= 0; --shift) {
      const int bit = byte >> shift & 1;
      const double p1 = model.p1() / 65536.0;
      bits -= std::log2(bit ? p1 : 1 - p1);
      model.update(bit);
    }
  }
  return bits;
}

TEST(GuidedModel, TrustsANetworkAsFarAsItIsRight) {
  test::Lehmer random(3);
  std::vector<uint8_t> noise(20000);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(' ' + random.below(64));
  const auto bytes = static_cast<double>(noise.size());
  EXPECT_LT(bits_of(*make_guided_model(1), noise, 1.0) / bytes, 0.1);
  EXPECT_LT(bits_of(*make_guided_model(1), noise, 0.9) / bytes, 1.3) << "the entropy is 1.07";
  EXPECT_LT(bits_of(*make_guided_model(1), noise, 0.0) / bytes, 6.4) << "it does not pay for a liar";
}

TEST(GuidedModel, AsksNothingAboutWhatIsNotText) {
  const auto guided = make_guided_model(1);
  test::Lehmer random(4);
  size_t asked = 0;
  for (size_t i = 0; i < 4000; ++i) {
    const bool text = i < 1000 || i >= 2000;
    const auto byte = static_cast<uint8_t>(text ? 'a' + random.below(26) : random.below(256));
    if (guided->detector().text()) {
      Weights weights{};
      weights[byte] = 1 << 30;
      guided->expect(weights);
      ++asked;
    }
    for (int shift = 7; shift >= 0; --shift) guided->update(byte >> shift & 1);
    if (i == 1500) {
      EXPECT_FALSE(guided->detector().text());
    }
  }
  EXPECT_TRUE(guided->detector().text()) << "it listens again";
  EXPECT_LT(asked, 3000u);
}

}  // namespace
}  // namespace lmzip::mix
