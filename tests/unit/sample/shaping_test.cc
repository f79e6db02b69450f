// SPDX-License-Identifier: Apache-2.0
#include "sample/shaping.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "unit/sample/chi_square.h"

namespace lmzip::sample {
namespace {

constexpr size_t kDraws = 50000;

FrequencyTable table_of(const std::vector<uint32_t>& frequencies) {
  FrequencyTable table;
  table.assign(frequencies);
  return table;
}

std::map<uint32_t, size_t> draws_of(const FrequencyTable& table, const Shaping& shaping, uint64_t seed = 1) {
  Sampler sampler(shaping);
  base::Random random(seed);
  std::map<uint32_t, size_t> counts;
  for (size_t i = 0; i < kDraws; ++i) ++counts[sampler.draw(table, random)];
  return counts;
}

/// The likelier symbols first; of equals, the lower.
std::vector<uint32_t> order_of(const std::vector<uint32_t>& frequencies) {
  std::vector<uint32_t> order(frequencies.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) { return frequencies[a] > frequencies[b]; });
  return order;
}

/// What `shaping` shall make of the frequencies, by libm and in the plainest way.
std::vector<double> expected(const std::vector<uint32_t>& frequencies, const Shaping& shaping) {
  std::vector<double> p;
  for (const uint32_t f : frequencies) p.push_back(std::pow(f, 1 / shaping.temperature));
  const auto normalise = [&] {
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& one : p) one /= sum;
  };
  const std::vector<uint32_t> order = order_of(frequencies);
  for (size_t i = 0; i < order.size(); ++i) {
    if (shaping.top_k > 0 && i >= shaping.top_k) p[order[i]] = 0;
  }
  normalise();
  double sum = 0;
  for (const uint32_t symbol : order) {
    const bool keep = sum < shaping.top_p;
    sum += p[symbol];
    if (!keep) p[symbol] = 0;
  }
  normalise();
  return p;
}

const std::vector<uint32_t> kSkewed = {1, 700, 3, 3, 90, 2000, 41, 90, 5, 900};

TEST(Shaping, AtTemperatureOneDrawsFollowTheForecast) {
  EXPECT_LT(std::abs(test::deviation(draws_of(table_of(kSkewed), {}), expected(kSkewed, {}), kDraws)), 3.5);
}

TEST(Shaping, DrawsFollowWhatTemperatureAndCutsMakeOfTheForecast) {
  for (const Shaping& shaping :
       {Shaping{.temperature = 0.5}, Shaping{.temperature = 1.7}, Shaping{.temperature = 100}, Shaping{.top_k = 3},
        Shaping{.top_p = 0.8}, Shaping{.temperature = 0.8, .top_k = 6, .top_p = 0.95}, Shaping{.top_k = 1},
        Shaping{.temperature = 2, .top_p = 0.5}}) {
    EXPECT_LT(test::deviation(draws_of(table_of(kSkewed), shaping), expected(kSkewed, shaping), kDraws), 3.5)
        << shaping.temperature << ' ' << shaping.top_k << ' ' << shaping.top_p;
  }
}

TEST(Shaping, LargeAlphabetsAreDrawnFromAlike) {
  std::vector<uint32_t> frequencies;
  for (uint32_t i = 0; i < 1000; ++i) frequencies.push_back(1 + i * 7919 % 1000);
  const Shaping shaping{.temperature = 0.7, .top_k = 400, .top_p = 0.9};
  EXPECT_LT(std::abs(test::deviation(draws_of(table_of(frequencies), shaping), expected(frequencies, shaping), kDraws)),
            3.5);
}

TEST(Shaping, TemperatureZeroIsTheLikeliestAndOfEqualsTheLower) {
  Sampler sampler({.temperature = 0});
  base::Random random(1);
  EXPECT_EQ(sampler.draw(table_of(kSkewed), random), 5u);
  EXPECT_EQ(sampler.draw(table_of({4, 9, 2, 9}), random), 1u);
}

TEST(Shaping, TopKKeepsTheLowerOfEquals) {
  const auto counts = draws_of(table_of({5, 9, 5, 5}), {.top_k = 2});
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_TRUE(counts.contains(0) && counts.contains(1));
}

TEST(Shaping, TopPKeepsTheSymbolThatReachesIt) {
  EXPECT_EQ(draws_of(table_of({50, 30, 20}), {.top_p = 0.5}).size(), 1u);
  EXPECT_EQ(draws_of(table_of({50, 30, 20}), {.top_p = 0.51}).size(), 2u);
  EXPECT_EQ(draws_of(table_of({50, 30, 20}), {.top_p = 1e-9}).size(), 1u);
}

TEST(Shaping, ExtremeForecastsAreDrawnFrom) {
  std::vector<uint32_t> frequencies(256, 1);
  frequencies[7] = FrequencyTable::kMaxTotal - 255;
  for (const double temperature : {0.01, 1.0, 100.0}) {
    const auto counts = draws_of(table_of(frequencies), {.temperature = temperature, .top_p = 0.999999});
    EXPECT_GT(counts.at(7), 0u) << temperature;
  }
  std::vector<uint32_t> most(FrequencyTable::kMaxSymbols, FrequencyTable::kMaxTotal / FrequencyTable::kMaxSymbols);
  base::Random random(3);
  EXPECT_LT(Sampler({.temperature = 0.3}).draw(table_of(most), random), FrequencyTable::kMaxSymbols);
}

// The same on every machine, so written down.
TEST(Shaping, ASeedDrawsTheseSymbolsEverywhere) {
  std::vector<uint32_t> frequencies;
  for (uint32_t i = 0; i < 256; ++i) frequencies.push_back(1 + i * i % 977);
  const FrequencyTable table = table_of(frequencies);
  Sampler sampler({.temperature = 0.73, .top_k = 200, .top_p = 0.97});
  base::Random random(42);
  uint64_t hash = 0;
  for (int i = 0; i < 10000; ++i) hash = hash * 0x9E3779B97F4A7C15 + sampler.draw(table, random);
  EXPECT_EQ(hash, 17915997788138663676u);
}

}  // namespace
}  // namespace lmzip::sample
