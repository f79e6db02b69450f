// SPDX-License-Identifier: Apache-2.0
#include "explain/costs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string_view>

#include "codec/predictive_compressor.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::explain {
namespace {

constexpr uint64_t kWhole = uint64_t{1} << 20;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

Bytes prose() { return bytes_of("she sells sea shells by the sea shore, and the shells she sells are sea shells. "); }

TEST(Costs, AreEightBitsWhereNothingIsKnown) {
  ProgressSink progress;
  const Costs costs = costs_of(*make_predictor("uniform"), prose(), kWhole, {0, 10}, 3, progress);
  ASSERT_EQ(costs.shown.size(), 10u);
  for (const double bits : costs.shown) EXPECT_DOUBLE_EQ(bits, 8);
  EXPECT_DOUBLE_EQ(costs.bits, 8.0 * static_cast<double>(prose().size()));
  ASSERT_EQ(costs.alternatives[0].size(), 3u);
  EXPECT_DOUBLE_EQ(costs.alternatives[0][0].probability, 1.0 / 256);
}

TEST(Costs, AddUpToWhatCodingTakes) {
  for (const char* const spec : {"mix:1", "mix:5", "order2", "samples,bits=16,head=3"}) {
    const std::shared_ptr<const Predictor> predictor = make_predictor(spec);
    const Bytes text = prose();
    for (const uint64_t block : {kWhole, uint64_t{30}}) {
      ProgressSink progress;
      const Costs costs = costs_of(*predictor, text, block, {0, text.size()}, 0, progress);
      double wanted = 0;
      for (size_t at = 0; at < text.size(); at += block) {
        const ByteSpan piece = ByteSpan(text).subspan(at, std::min<size_t>(block, text.size() - at));
        wanted += codec::PredictiveCompressor(predictor).ideal_bits({&piece, 1}, progress)[0];
      }
      EXPECT_NEAR(costs.bits, wanted, 1e-6) << spec;
      EXPECT_NEAR(std::accumulate(costs.shown.begin(), costs.shown.end(), 0.0), costs.bits, 1e-6) << spec;
    }
  }
}

TEST(Costs, AreTheSameWhetherAlternativesAreLookedAtOrNot) {
  const Bytes text = prose();
  for (const char* const spec : {"mix:3", "order2"}) {
    ProgressSink progress;
    const auto predictor = make_predictor(spec);
    const Costs with = costs_of(*predictor, text, kWhole, {5, 40}, 256, progress);
    const Costs without = costs_of(*predictor, text, kWhole, {5, 40}, 0, progress);
    EXPECT_EQ(with.shown, without.shown) << spec;
    EXPECT_TRUE(without.alternatives.empty());
    ASSERT_EQ(with.alternatives.size(), 35u);
    for (size_t i = 0; i < 35; ++i) {
      double sum = 0, last = 1;
      for (const Alternative& one : with.alternatives[i]) {
        EXPECT_LE(one.probability, last);
        sum += last = one.probability;
        if (one.byte != text[5 + i]) continue;
        EXPECT_NEAR(-std::log2(one.probability), with.shown[i], 1e-6) << spec;
      }
      EXPECT_NEAR(sum, 1, 1e-9);
    }
  }
}

TEST(Costs, OfAnEmptyTextAreNothing) {
  ProgressSink progress;
  const Costs costs = costs_of(*make_predictor("mix:1"), {}, kWhole, {0, 0}, 5, progress);
  EXPECT_EQ(costs.bits, 0);
  EXPECT_TRUE(costs.shown.empty());
}

TEST(Costs, StopWhenAsked) {
  ProgressSink progress;
  progress.request_stop();
  EXPECT_THROW(costs_of(*make_predictor("mix:1"), Bytes(5000), kWhole, {0, 0}, 0, progress), Error);
}

}  // namespace
}  // namespace lmzip::explain
