// SPDX-License-Identifier: Apache-2.0
#include "mix/mixer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "kernels/mixing.h"
#include "mix/logistic.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

using test::Lehmer;

Mixer::Options options(int inputs, std::vector<size_t> group_sizes) {
  Mixer::Options made;
  made.inputs = inputs;
  made.group_sizes = std::move(group_sizes);
  made.final_sets = 2;
  made.initial_weights.assign(static_cast<size_t>(inputs), 65536 / inputs);
  made.rate = 7000;
  made.first_rate = 20000;
  made.final_rate = 4000;
  return made;
}

double cost(int32_t stretched, int bit) {
  const int32_t p1 = squash(stretched);
  return -std::log2((bit ? p1 : kProbabilityOne - p1) / static_cast<double>(kProbabilityOne));
}

/// Bits per bit, after learning, of random bits that the first input tells, among `noise` inputs that tell nothing.
double cost_with_noise(int noise, int32_t strength) {
  Mixer mixer(options(1 + noise, {1}));
  Lehmer random(1);
  double bits = 0;
  constexpr int kLearning = 5000, kMeasured = 2000;
  for (int i = 0; i < kLearning + kMeasured; ++i) {
    const int bit = static_cast<int>(random.below(2));
    mixer.inputs()[0] = bit ? strength : -strength;
    for (int n = 1; n <= noise; ++n) mixer.inputs()[n] = random.below(2) ? strength : -strength;
    mixer.select(0, 0);
    const int32_t mixed = mixer.mix(0);
    if (i >= kLearning) bits += cost(mixed, bit);
    mixer.update(bit);
  }
  return bits / kMeasured;
}

TEST(Mixer, LearnsToTrustAnInputThatTells) {
  EXPECT_LT(cost_with_noise(0, 500), 0.02);
  EXPECT_LT(cost_with_noise(0, 100), 0.2) << "a weak voice that is always right";
}

TEST(Mixer, LearnsToIgnoreNoise) { EXPECT_LT(cost_with_noise(15, 500), 0.05); }

TEST(Mixer, AnInputThatTellsNothingCostsNothing) {
  Mixer mixer(options(16, {1}));
  Lehmer random(2);
  double bits = 0;
  for (int i = 0; i < 20000; ++i) {
    const int bit = static_cast<int>(random.below(2));
    for (int n = 0; n < 16; ++n) mixer.inputs()[n] = static_cast<int32_t>(random.below(1000)) - 500;
    mixer.select(0, 0);
    const int32_t mixed = mixer.mix(0);
    if (i >= 10000) bits += cost(mixed, bit);
    mixer.update(bit);
  }
  EXPECT_LT(bits / 10000, 1.03);
}

TEST(Mixer, TurnsAnInputThatAlwaysLiesAround) {
  Mixer mixer(options(2, {1}));
  Lehmer random(3);
  for (int i = 0; i < 5000; ++i) {
    const int bit = static_cast<int>(random.below(2));
    mixer.inputs()[0] = bit ? -500 : 500;
    mixer.inputs()[1] = 0;
    mixer.select(0, 0);
    const int32_t mixed = mixer.mix(0);
    if (i > 4000) {
      ASSERT_LT(cost(mixed, bit), 0.1) << i;
    }
    mixer.update(bit);
  }
}

TEST(Mixer, EachSetLearnsForItself) {
  Mixer mixer(options(1, {2}));
  for (int i = 0; i < 4000; ++i) {  // in set 0 the input is right, in set 1 wrong
    const int bit = i >> 1 & 1;
    const size_t set = static_cast<size_t>(i & 1);
    mixer.inputs()[0] = (bit == 1) == (set == 0) ? 500 : -500;
    mixer.select(0, set);
    mixer.mix(set);
    mixer.update(bit);
  }
  mixer.inputs()[0] = 500;
  mixer.select(0, 0);
  EXPECT_GT(squash(mixer.mix(0)), kProbabilityOne * 0.95);
  mixer.select(0, 1);
  EXPECT_LT(squash(mixer.mix(1)), kProbabilityOne * 0.05);
}

TEST(Mixer, TheSecondLayerPrefersTheGroupThatKnows) {
  // Set 1 of the second group is selected when the bit is 1, set 0 when it is 0; the first group knows nothing.
  Mixer mixer(options(1, {1, 2}));
  Lehmer random(4);
  double bits = 0;
  for (int i = 0; i < 6000; ++i) {
    const int bit = static_cast<int>(random.below(2));
    mixer.inputs()[0] = kStretchOne;
    mixer.select(0, 0);
    mixer.select(1, static_cast<size_t>(bit));
    const int32_t mixed = mixer.mix(0);
    if (i >= 5000) bits += cost(mixed, bit);
    mixer.update(bit);
  }
  EXPECT_LT(bits / 1000, 0.05);
}

TEST(Mixer, NothingOverflowsAtTheLimitsOfEverything) {
  Mixer::Options extreme = options(kernels::kMixingMaxInputs, {1, 2, 3, 4, 5, 6, 7});
  extreme.rate = extreme.first_rate = extreme.final_rate = 65535;
  Mixer mixer(extreme);
  Lehmer random(5);
  for (int i = 0; i < 6000; ++i) {
    for (int n = 0; n < kernels::kMixingMaxInputs; ++n) {
      mixer.inputs()[n] = i < 2000 ? 4095 : i < 4000 ? -4095 : random.below(2) ? 4095 : -4095;
    }
    for (size_t group = 0; group < 7; ++group) mixer.select(group, random.below(static_cast<uint32_t>(group) + 1));
    const int32_t mixed = mixer.mix(random.below(2));
    ASSERT_LE(std::abs(mixed), kStretchLimit);
    mixer.update(i / 100 & 1);
  }
}

TEST(Mixer, EveryInstructionSetMixesAlike) {
  std::vector<uint64_t> digests;
  for (const kernels::Isa isa : kernels::available_isas()) {
    ASSERT_TRUE(kernels::force_isa(kernels::isa_name(isa)));
    Mixer mixer(options(37, {3, 5}));
    Lehmer random(6);
    test::Digest digest;
    for (int i = 0; i < 5000; ++i) {
      for (int n = 0; n < 37; ++n) mixer.inputs()[n] = static_cast<int32_t>(random.below(8191)) - 4095;
      mixer.select(0, random.below(3));
      mixer.select(1, random.below(5));
      digest.add(static_cast<uint32_t>(mixer.mix(random.below(2))));
      mixer.update(static_cast<int>(random.below(2)));
    }
    digests.push_back(digest.value());
  }
  for (const uint64_t digest : digests) EXPECT_EQ(digest, digests[0]);
}

}  // namespace
}  // namespace lmzip::mix
