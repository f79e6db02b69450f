// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace lmzip::kernels {
namespace {

using Floats = std::vector<float>;

Floats noise(size_t size, float spread, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, spread);
  Floats numbers(size);
  for (float& number : numbers) number = normal(random);
  return numbers;
}

bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// Every operation on `width` elements drawn with `seed`, their results behind each other.
Floats all_results(const Elementwise& kernel, int width, unsigned seed) {
  const auto size = static_cast<size_t>(width);
  Floats results;
  const auto keep = [&results](const Floats& part) { results.insert(results.end(), part.begin(), part.end()); };
  const float spread = seed % 3 == 0 ? 1e-3f : seed % 3 == 1 ? 2.0f : 300.0f;
  const Floats x = noise(3 * size, spread, seed);
  const Floats y = noise(4 * size, 1.0f, seed + 1000);
  Floats out(size);
  kernel.rms_norm(x.data(), y.data(), width, out.data());
  keep(out);
  kernel.layer_norm(x.data(), y.data(), y.data() + size, width, out.data());
  keep(out);
  kernel.add(x.data(), width, out.data());
  keep(out);
  std::vector<int8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), static_cast<int8_t>(-64));
  kernel.dequantise(bytes.data(), spread, width, out.data());
  keep(out);
  kernel.convolve(y.data(), x.data(), y.data(), width, out.data());
  keep(out);
  Floats state(x.begin(), x.begin() + width);
  kernel.recur(x.data(), width, state.data(), out.data());
  keep(state);
  keep(out);
  out.assign(x.begin(), x.begin() + width);
  kernel.gelu(width, out.data());
  keep(out);
  out.assign(x.begin(), x.begin() + width);
  kernel.squared_relu(width, out.data());
  keep(out);
  kernel.swiglu(x.data(), y.data(), width, out.data());
  keep(out);
  kernel.rotate(y.data(), y.data() + size, width, 0.25f, out.data());
  keep(out);
  for (const auto activation : {kernel.gelu_exact, kernel.silu, kernel.relu}) {
    out.assign(x.begin(), x.begin() + width);
    activation(width, out.data());
    keep(out);
  }
  kernel.multiply(y.data(), width, out.data());
  keep(out);
  kernel.clamp(0.5f * spread, width, out.data());
  keep(out);
  const int pairs = width / 6;  // with numbers that are not turned, and remainders
  kernel.turn({.cosines = y.data(),
               .sines = y.data() + size,
               .pairs = pairs,
               .heads = 2,
               .width = width / 2,
               .factor = 0.3f,
               .z = out.data()});
  keep(out);
  Floats row(x.begin(), x.begin() + width);
  std::fill_n(row.end() - 5, 5, 0.0f);
  const NormCall norm{.x = row.data(),
                      .gain = y.data(),
                      .offset = y.data() + size,
                      .width = width - 5,
                      .epsilon = 1e-5f,
                      .y = out.data()};
  kernel.rms_norm_of(norm);
  keep(out);
  kernel.layer_norm_of(norm);
  keep(out);
  return results;
}

TEST(Elementwise, EveryInstructionSetGivesTheBitsOfTheScalarLoops) {
  for (const Elementwise& kernel : available_elementwise()) {
    for (unsigned seed = 0; seed < 30; ++seed) {
      for (const int width : {16, 48, 224, 256}) {
        EXPECT_TRUE(same_bits(all_results(kernel, width, seed), all_results(available_elementwise()[0], width, seed)))
            << isa_name(kernel.isa) << " width " << width << " seed " << seed;
      }
    }
  }
}

/// The largest distance between what `kernel` makes of numbers around zero and `exact`, relative to 1 + |exact|.
double worst_error(const std::function<void(int, float*)>& kernel, const std::function<double(double)>& exact) {
  Floats z(4096);
  for (size_t i = 0; i < z.size(); ++i) z[i] = (static_cast<float>(i) - 2048) / 64;
  const Floats x = z;
  kernel(static_cast<int>(z.size()), z.data());
  double worst = 0;
  for (size_t i = 0; i < z.size(); ++i) {
    const double expected = exact(x[i]);
    worst = std::max(worst, std::abs(z[i] - expected) / (1 + std::abs(expected)));
  }
  return worst;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST(Elementwise, FunctionsAreGoodToAFewUnitsOfTheLastPlace) {
  const Elementwise& kernel = elementwise();
  EXPECT_LT(worst_error(kernel.gelu,
                        [](double x) {
                          return x / 2 * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
                        }),
            1e-6);
  EXPECT_LT(worst_error(kernel.squared_relu, [](double x) { return x > 0 ? x * x : 0; }), 1e-7);
  const auto silu = [&kernel](int width, float* z) {
    const Floats ones(static_cast<size_t>(width), 1.0f);
    kernel.swiglu(z, ones.data(), width, z);
  };
  EXPECT_LT(worst_error(silu, [](double x) { return x * sigmoid(x); }), 1e-6);
  EXPECT_LT(worst_error(kernel.silu, [](double x) { return x * sigmoid(x); }), 1e-6);
  EXPECT_LT(worst_error(kernel.relu, [](double x) { return x > 0 ? x : 0; }), 1e-9);
  EXPECT_LT(worst_error(kernel.gelu_exact, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }), 1e-6);
}

TEST(Elementwise, NormsOfAnyWidthLeaveOutWhatWasPadded) {
  Floats x = noise(32, 3.0f, 8);
  std::fill(x.begin() + 21, x.end(), 0.0f);
  Floats gain(32, 1.0f), offset(32, 0.0f), y(32, 9.0f);
  std::fill(gain.begin() + 21, gain.end(), 0.0f);
  const NormCall call{
      .x = x.data(), .gain = gain.data(), .offset = offset.data(), .width = 21, .epsilon = 0.5f, .y = y.data()};
  for (const bool layer : {false, true}) {
    double mean = 0, square = 0;
    for (int i = 0; i < 21; ++i) mean += layer ? static_cast<double>(x[i]) / 21 : 0;
    for (int i = 0; i < 21; ++i) square += (x[i] - mean) * (x[i] - mean) / 21;
    layer ? elementwise().layer_norm_of(call) : elementwise().rms_norm_of(call);
    for (int i = 0; i < 32; ++i) {
      EXPECT_NEAR(y[i], i < 21 ? (x[i] - mean) / std::sqrt(square + 0.5) : 0, 1e-6) << i;
    }
  }
}

TEST(Elementwise, ExtremeNumbersSaturate) {
  const Elementwise& kernel = elementwise();
  Floats z(16, -3e4f);
  z[0] = 3e4f;
  kernel.gelu(16, z.data());
  EXPECT_EQ(z[0], 3e4f);
  EXPECT_NEAR(z[1], 0.0f, 1e-30f);
  // Forgetting everything and nothing.
  Floats input(48, 5.0f);
  std::fill_n(input.begin() + 16, 8, 1e6f);
  std::fill_n(input.begin() + 24, 8, -1e6f);
  Floats state(16, 7.0f);
  Floats out(16);
  kernel.recur(input.data(), 16, state.data(), out.data());
  EXPECT_EQ(state[0], 7.0f);
  EXPECT_EQ(state[8], 5.0f);
}

TEST(Elementwise, NormsHaveMeanZeroAndUnitVariance) {
  const Floats x = noise(256, 40.0f, 5);
  const Floats ones(256, 1.0f);
  const Floats zeros(256, 0.0f);
  Floats y(256);
  elementwise().layer_norm(x.data(), ones.data(), zeros.data(), 256, y.data());
  double sum = 0;
  double square = 0;
  for (const float v : y) sum += v, square += v * v;
  EXPECT_NEAR(sum, 0, 1e-3);
  EXPECT_NEAR(square / 256, 1, 1e-4);
  elementwise().rms_norm(x.data(), ones.data(), 256, y.data());
  square = 0;
  for (const float v : y) square += v * v;
  EXPECT_NEAR(square / 256, 1, 1e-4);
}

/// How many symbols, and how unlike each other.
class Frequencies : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(Frequencies, AreProportionalToTheSoftmaxAndFitTheCoder) {
  const auto [symbols, spread] = GetParam();
  const auto count = static_cast<size_t>(symbols);
  const Floats logits = noise(count, static_cast<float>(spread) / 4, static_cast<unsigned>(spread));
  double sum = 0;
  const float largest = *std::max_element(logits.begin(), logits.end());
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);

  for (const Elementwise& kernel : available_elementwise()) {
    std::vector<uint32_t> frequencies(count);
    kernel.frequencies(logits.data(), symbols, frequencies.data());
    const auto total = std::accumulate(frequencies.begin(), frequencies.end(), uint64_t{0});
    EXPECT_GE(*std::min_element(frequencies.begin(), frequencies.end()), 1u);
    EXPECT_LE(total, uint64_t{1} << 24);
    EXPECT_GE(total, uint64_t{1} << 22);
    // The price of finite frequencies: bits lost on average, if the model is right.
    double lost = 0;
    for (size_t i = 0; i < count; ++i) {
      const double p = std::exp(static_cast<double>(logits[i]) - largest) / sum;
      if (p > 0) lost += p * std::log2(p * static_cast<double>(total) / frequencies[i]);
    }
    // A certain symbol loses what the others' floor takes of 2^23 and more.
    EXPECT_LT(lost, 3e-4 + 1.5 * symbols / (1 << 23)) << isa_name(kernel.isa);
    std::vector<uint32_t> scalar(count);
    available_elementwise()[0].frequencies(logits.data(), symbols, scalar.data());
    EXPECT_EQ(frequencies, scalar) << isa_name(kernel.isa);
  }
}
INSTANTIATE_TEST_SUITE_P(FromFlatToCertain, Frequencies,
                         testing::Combine(testing::Values(16, 256, 272, 20480, 1 << 17),
                                          testing::Values(0, 1, 4, 16, 64, 400, 100000)));

TEST(Frequencies, OfBytesAreThoseThatFilesDependOn) {
  Floats logits(256);
  for (size_t i = 0; i < 256; ++i) logits[i] = static_cast<float>(i * 37 % 256) / 16;
  std::vector<uint32_t> frequencies(256);
  elementwise().frequencies(logits.data(), 256, frequencies.data());
  uint32_t hash = 0;
  for (const uint32_t frequency : frequencies) hash = hash * 0x9E3779B1u + frequency;
  EXPECT_EQ(hash, 0x2D2DFC2Du);
}

}  // namespace
}  // namespace lmzip::kernels
