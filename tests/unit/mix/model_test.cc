// SPDX-License-Identifier: Apache-2.0
#include "mix/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "kernels/mixing.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMemoryIsOurs = false;
#elif defined(__has_feature)
constexpr bool kMemoryIsOurs = !__has_feature(address_sanitizer);
#else
constexpr bool kMemoryIsOurs = true;
#endif

/// Bits that a coder would spend on `bytes`; fails where a forecast is not codable.
double code(Model& model, ByteSpan bytes) {
  double bits = 0;
  for (const uint8_t byte : bytes) {
    for (int i = 7; i >= 0; --i) {
      const uint32_t p1 = model.p1();
      if (p1 < 1 || p1 > 65535) {
        ADD_FAILURE() << "P(1) is " << p1;
        return 0;
      }
      const int bit = byte >> i & 1;
      bits -= std::log2((bit ? p1 : 65536 - p1) / 65536.0);
      model.update(bit);
    }
  }
  return bits;
}

/// Bytes of this process in memory, from the kernel.
uint64_t resident_bytes() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * 4096;
}

class EveryLevel : public testing::TestWithParam<int> {
 protected:
  std::unique_ptr<Model> model_ = make_model(GetParam());
};

TEST_P(EveryLevel, StartsUndecided) {
  EXPECT_GT(model_->p1(), 65536u / 4);
  EXPECT_LT(model_->p1(), 65536u * 3 / 4);
}

TEST_P(EveryLevel, EveryForecastCanBeCoded) {
  const std::vector<Bytes> inputs = {Bytes(3000, 0),
                                     Bytes(3000, 0xFF),
                                     Bytes(3000, 0x55),
                                     test::random_bytes(2000, 1),
                                     test::text_bytes(3000, 1),
                                     Bytes(1, 0),
                                     test::record_bytes(3000, 1),
                                     test::picture_bytes(8000, 1),
                                     test::sound_bytes(8000, 1),
                                     Bytes(100, '\n')};
  for (const Bytes& input : inputs) code(*model_, input);  // one after the other, through the same model
}

TEST_P(EveryLevel, TheSameBitsGiveTheSameForecastsOnEveryInstructionSet) {
  const Bytes input = test::portability_input(2000);
  const uint64_t digest = test::forecast_digest(GetParam(), input);
  for (const kernels::Isa isa : kernels::available_isas()) {
    ASSERT_TRUE(kernels::force_isa(kernels::isa_name(isa)));
    EXPECT_EQ(test::forecast_digest(GetParam(), input), digest) << kernels::isa_name(isa);
  }
}

TEST_P(EveryLevel, RepetitionBecomesNearlyFree) {
  code(*model_, Bytes(2000, 'a'));
  EXPECT_LT(code(*model_, Bytes(2000, 'a')) / 2000, 0.03) << "a run";
  const Bytes part = test::random_bytes(1000, 2);
  for (int i = 0; i < 3; ++i) code(*model_, part);
  EXPECT_LT(code(*model_, part) / 1000, 0.3) << "the fourth copy of noise";
}

TEST_P(EveryLevel, NoiseCostsLittleMoreThanItself) {
  code(*model_, test::random_bytes(4000, 3));
  EXPECT_LT(code(*model_, test::random_bytes(4000, 4)) / 4000, 8.3);
}

TEST_P(EveryLevel, TextAndRecordsAreLearned) {
  code(*model_, test::text_bytes(8000, 5));
  EXPECT_LT(code(*model_, test::text_bytes(4000, 6)) / 4000, 1.2);
  code(*model_, test::record_bytes(8000, 5));
  EXPECT_LT(code(*model_, test::record_bytes(4000, 6)) / 4000, 3.0);
}

TEST_P(EveryLevel, PicturesAndSoundCostLittleMoreThanTheirNoise) {
  code(*model_, test::picture_bytes(20000, 5));
  EXPECT_LT(code(*model_, test::picture_bytes(8640, 6)) / 8640, 2.0 + 1.0);
  code(*model_, test::sound_bytes(20000, 5));
  EXPECT_LT(code(*model_, test::sound_bytes(8000, 6)) / 8000, 3.0 + 2.0);
}

TEST_P(EveryLevel, ModelsDoNotShareWhatTheyLearn) {
  const Bytes input = test::text_bytes(500, 7);
  const uint64_t digest = test::forecast_digest(GetParam(), input);
  code(*model_, test::text_bytes(1000, 8));
  EXPECT_EQ(test::forecast_digest(GetParam(), input), digest);
}

TEST_P(EveryLevel, TakesNoMoreMemoryThanItSays) {
  if (!kMemoryIsOurs || resident_bytes() == 0) GTEST_SKIP() << "memory cannot be measured here";
  model_.reset();
  const uint64_t before = resident_bytes();
  const auto model = make_model(GetParam());
  // Random bytes fill tables fastest. Every table of the smaller levels has grown to its full size by then.
  constexpr size_t kBytes = size_t{48} << 10;
  code(*model, test::random_bytes(kBytes, 9));
  const uint64_t after = resident_bytes();
  constexpr uint64_t kHistory = 2 * kBytes, kHugePage = uint64_t{2} << 20;  // rounding
  EXPECT_LE(after, before + model_bytes(GetParam()) + kHistory + kHugePage);
}

INSTANTIATE_TEST_SUITE_P(Model, EveryLevel, testing::Range(kMinLevel, kMaxLevel + 1),
                         [](const auto& one) { return std::to_string(one.param); });

TEST(Model, HigherLevelsTakeMoreMemoryAndAreNoWorseOnText) {
  Bytes text = test::text_bytes(15000, 10);
  double before = 1e9;
  for (const int level : {1, 3, 5}) {
    const double bits = code(*make_model(level), text);
    EXPECT_LT(bits, before * 1.01) << level;
    before = bits;
  }
  for (int level = kMinLevel; level < kMaxLevel; ++level) EXPECT_LE(model_bytes(level), model_bytes(level + 1));
}

}  // namespace
}  // namespace lmzip::mix
