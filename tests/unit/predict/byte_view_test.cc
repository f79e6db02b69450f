// SPDX-License-Identifier: Apache-2.0
#include "predict/byte_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "lmzip/error.h"
#include "portability/forecast_digest.h"
#include "predict/mix_predictor.h"
#include "predict/order_predictor.h"
#include "unit/predict/trace.h"

namespace lmzip::predict {
namespace {

using test::Stream;

Stream bits_of(ByteSpan bytes) {
  Stream bits;
  for (const uint8_t byte : bytes) {
    for (int shift = 7; shift >= 0; --shift) bits.push_back(byte >> shift & 1);
  }
  return bits;
}

/// Text, records, a picture and sound, one after the other.
Bytes mixture(size_t size) {
  Bytes all = test::text_bytes(size, 1);
  for (const Bytes& part :
       {test::record_bytes(size, 2), test::picture_bytes(3 * size, 3), test::sound_bytes(3 * size, 4)}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

class ByteView : public testing::TestWithParam<int> {
 protected:
  std::shared_ptr<const Predictor> bits_ = make_mix(GetParam());
  std::shared_ptr<const Predictor> bytes_ = make_byte_view(bits_);
};

TEST_P(ByteView, ProbabilityIsTheProductOfTheBits) {
  const Bytes input = mixture(500);
  const auto view = bytes_->open(1);
  size_t compared = 0;
  for (size_t at = 0; at < input.size(); ++at) {
    if (at % 400 == 250 || at == 0) {
      const FrequencyTable& table = view->forecast(0);
      for (const uint32_t byte : {uint32_t{input[at]}, 0u, 255u, uint32_t{'e'}, 0x80u, 0x7Fu}) {
        // What a session says that is fed the history and then this byte.
        const auto plain = bits_->open(1);
        for (const Symbol bit : bits_of(ByteSpan(input).first(at))) plain->advance({&bit, 1});
        double p = 1;
        for (int shift = 7; shift >= 0; --shift) {
          const Symbol bit = byte >> shift & 1;
          const FrequencyTable& forecast = plain->forecast(0);
          p *= static_cast<double>(forecast.high(bit) - forecast.low(bit)) / forecast.total();
          plain->advance({&bit, 1});
        }
        const double expected = 1 + p * (FrequencyTable::kMaxTotal - 256);
        const double frequency = table.high(byte) - table.low(byte);
        EXPECT_NEAR(frequency, expected, 1.001) << "byte " << byte << " at " << at;
        ++compared;
      }
      EXPECT_GT(table.total(), FrequencyTable::kMaxTotal - 512);  // nothing was lost
    }
    const Symbol symbol = input[at];
    view->advance({&symbol, 1});
  }
  EXPECT_GT(compared, 50u);
}

TEST_P(ByteView, LookingLeavesNoTraceInTheBits) {
  const Bytes input = mixture(300);
  const auto looking = bytes_->open(2), blind = bytes_->open(2);
  // Whatever was looked at on the way, in the end both see the same.
  for (size_t at = 0; at < input.size(); ++at) {
    const Stream next = {input[at], at % 3 == 0 ? kIdle : input[input.size() - 1 - at]};
    if (at % 5 == 0) looking->forecast(0);
    if (at % 7 == 0) looking->forecast(1);
    if (at % 211 == 210) {
      ASSERT_EQ(test::digest(looking->forecast(0)), test::digest(blind->forecast(0))) << at;
      ASSERT_EQ(test::digest(looking->forecast(1)), test::digest(blind->forecast(1))) << at;
    }
    looking->advance(next);
    blind->advance(next);
  }
}

INSTANTIATE_TEST_SUITE_P(Mix, ByteView, testing::Values(1, 3, 5),
                         [](const auto& one) { return std::to_string(one.param); });

TEST(ByteViewInfo, IsThatOfTheBitsButOverBytes) {
  const auto bits = make_mix(2);
  const PredictorInfo info = make_byte_view(bits)->info();
  EXPECT_EQ(info.spec, "mix:2");
  EXPECT_EQ(info.alphabet, 256u);
  EXPECT_EQ(info.context_length, 0u);
  EXPECT_EQ(info.numerics, Numerics::kPortable);
  EXPECT_GE(info.lane_bytes, bits->info().lane_bytes);
}

TEST(ByteViewForecast, IsTheSameOnEveryMachine) {
  const auto view = make_byte_view(make_mix(1))->open(1);
  test::Digest digest;
  for (const uint8_t byte : mixture(60)) {
    const FrequencyTable& table = view->forecast(0);
    for (Symbol symbol = 0; symbol < 256; ++symbol) digest.add(table.high(symbol));
    const Symbol next = byte;
    view->advance({&next, 1});
  }
  EXPECT_EQ(digest.value(), 15999055478848966915u);  // as were made when this was written
}

TEST(ByteViewOf, WhatAlreadyPredictsBytesIsRefused) {
  try {
    make_byte_view(make_order(2));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace lmzip::predict
