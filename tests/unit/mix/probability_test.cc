// SPDX-License-Identifier: Apache-2.0
// logistic.h, bit_history.h, adaptive_map.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <vector>

#include "mix/adaptive_map.h"
#include "mix/bit_history.h"
#include "mix/logistic.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

using test::Lehmer;

TEST(Squash, IsTheLogisticCurveRoundedToAUnit) {
  for (int32_t x = -kStretchLimit; x <= kStretchLimit; ++x) {
    const long double exact = 65536.0L / (1 + std::exp(-static_cast<long double>(x) / kStretchOne));
    const long double wanted = std::clamp(exact, 1.0L, 65535.0L);
    ASSERT_LE(std::abs(static_cast<long double>(squash(x)) - wanted), 0.51L) << x;
  }
}

TEST(Squash, RisesAndIsSymmetric) {
  for (int32_t x = -kStretchLimit; x < kStretchLimit; ++x) {
    ASSERT_LE(squash(x), squash(x + 1)) << x;
    ASSERT_EQ(squash(-x), kProbabilityOne - squash(x)) << x;
  }
}

TEST(Squash, NeverReachesCertaintyHoweverFarItIsPushed) {
  for (const int32_t x : {kStretchLimit, kStretchLimit + 1, 1 << 20, INT32_MAX}) {
    EXPECT_EQ(squash(x), squash(kStretchLimit));
    EXPECT_EQ(squash(-x), squash(-kStretchLimit));
  }
  EXPECT_GE(squash(INT32_MIN), 1);
  EXPECT_LE(squash(INT32_MAX), kProbabilityOne - 1);
}

TEST(Stretch, IsTheInverseOfSquashWithinItsResolution) {
  for (int32_t p = 0; p < kProbabilityOne; ++p) {
    const int32_t x = stretch(p);
    const int32_t half_a_cell = 8, one_step = squash(x + 1) - squash(x);
    ASSERT_LE(std::abs(squash(x) - p), half_a_cell + one_step) << p;
  }
}

TEST(Stretch, RisesWithinItsDocumentedRange) {
  for (int32_t p = 1; p < kProbabilityOne; ++p) ASSERT_GE(stretch(p), stretch(p - 1)) << p;
  EXPECT_EQ(stretch(0), -2308);
  EXPECT_EQ(stretch(kProbabilityOne - 1), 2308);
  EXPECT_NEAR(stretch(kProbabilityOne / 2), 0, 1);
}

BitHistory after(const std::vector<int>& bits) {
  BitHistory state = 0;
  for (const int bit : bits) state = kBitHistory.next[state][static_cast<size_t>(bit)];
  return state;
}

TEST(BitHistory, ItsStatesAreExactlyThoseThatCanBeReached) {
  std::set<int> reached{0};
  std::vector<int> open{0};
  while (!open.empty()) {
    const int state = open.back();
    open.pop_back();
    for (const BitHistory next : kBitHistory.next[static_cast<size_t>(state)]) {
      ASSERT_LT(next, kBitHistory.states) << "from " << state;
      if (reached.insert(next).second) open.push_back(next);
    }
  }
  EXPECT_EQ(static_cast<int>(reached.size()), kBitHistory.states);
  EXPECT_LE(kBitHistory.states, 256);
}

TEST(BitHistory, NothingSeenIsAStateOfItsOwn) {
  EXPECT_EQ(kBitHistory.confidence[0], 0);
  EXPECT_EQ(kBitHistory.start[0], kProbabilityOne / 2);
  EXPECT_EQ(kBitHistory.certain[0], 0);
  for (size_t state = 0; state < static_cast<size_t>(kBitHistory.states); ++state) {
    for (const BitHistory next : kBitHistory.next[state]) EXPECT_NE(next, 0) << "from " << state;
    EXPECT_EQ(kBitHistory.confidence[state] == 0, state == 0) << state;
  }
}

TEST(BitHistory, TheFirstThreeBitsAreRememberedExactly) {
  std::set<BitHistory> states;
  size_t sequences = 0;
  for (int length = 0; length <= 3; ++length) {
    for (int value = 0; value < 1 << length; ++value, ++sequences) {
      std::vector<int> bits;
      for (int i = 0; i < length; ++i) bits.push_back(value >> i & 1);
      states.insert(after(bits));
    }
  }
  EXPECT_EQ(states.size(), sequences);
}

TEST(BitHistory, CertainMeansOnlyOneKindOfBitWasEverSeen) {
  Lehmer random(1);
  for (int run = 0; run < 2000; ++run) {
    BitHistory state = 0;
    const uint32_t rarity = 1 + random.below(60);
    bool zeros = false, ones = false;
    for (int i = 0; i < 200; ++i) {
      const bool bit = random.below(rarity) == 0;
      (bit ? ones : zeros) = true;
      state = kBitHistory.next[state][bit];
      ASSERT_EQ(kBitHistory.certain[state], zeros != ones ? -1 : 0);
    }
  }
}

TEST(BitHistory, ABitNeverMovesTheGuessAwayFromIt) {
  for (size_t state = 0; state < static_cast<size_t>(kBitHistory.states); ++state) {
    const auto& [zero, one] = kBitHistory.next[state];
    EXPECT_LE(kBitHistory.start[zero], kBitHistory.start[state]) << state;
    EXPECT_GE(kBitHistory.start[one], kBitHistory.start[state]) << state;
    EXPECT_GT(kBitHistory.start[state], 0);
  }
}

TEST(BitHistory, ZerosAndOnesAreTreatedAlike) {
  Lehmer random(2);
  BitHistory state = 0, mirrored = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool bit = random.below(20) < (i / 100) % 20u;
    state = kBitHistory.next[state][bit];
    mirrored = kBitHistory.next[mirrored][!bit];
    ASSERT_EQ(kBitHistory.confidence[state], kBitHistory.confidence[mirrored]);
    ASSERT_NEAR(kBitHistory.start[state] + kBitHistory.start[mirrored], kProbabilityOne, 1);
  }
}

TEST(BitHistory, LongRunsSaturateAndSurprisesWeakenThem) {
  const BitHistory longest = after(std::vector<int>(1000, 1));
  EXPECT_EQ(kBitHistory.next[longest][1], longest);
  EXPECT_GT(kBitHistory.start[longest], kProbabilityOne * 0.98);
  EXPECT_LT(kBitHistory.confidence[kBitHistory.next[longest][0]], kBitHistory.confidence[longest] / 2);
}

// Every update must move towards the bit or stay: a wrap-around or an overflow would jump across.
void expect_towards(AdaptiveProbability& probability, int bit, uint32_t limit) {
  const int32_t before = probability.p();
  const uint32_t count = probability.count();
  probability.update(bit, limit);
  const int32_t moved = bit ? probability.p() - before : before - probability.p();
  const int32_t distance = bit ? kProbabilityOne - before : before;
  ASSERT_GE(moved, 0) << "from " << before << " after " << count << ", bit " << bit;
  ASSERT_LE(moved, distance * 2 / (2 * static_cast<int32_t>(count) + 3) + 2) << "from " << before << " after " << count;
  ASSERT_EQ(probability.count(), std::min(count + 1, std::max(count, limit)));
}

constexpr uint32_t kLimits[] = {AdaptiveProbability::kMinLimit, 30, 127, 255, 1023};

TEST(AdaptiveProbability, NeverJumpsWhateverItSees) {
  for (const uint32_t limit : kLimits) {
    for (int32_t start = 0; start < kProbabilityOne; start += start < 100 || start > 65400 ? 1 : 997) {
      for (const int pattern : {0, 1, 2, 3, 4}) {
        AdaptiveProbability probability(start);
        Lehmer random(static_cast<uint64_t>(start) + 1);
        for (int i = 0; i < 300; ++i) {
          const int bit = pattern < 2 ? pattern : pattern == 2 ? i & 1 : pattern == 3 ? i / 100 & 1 : random.below(2);
          ASSERT_NO_FATAL_FAILURE(expect_towards(probability, bit, limit)) << "limit " << limit << ", start " << start;
        }
      }
    }
  }
}

TEST(AdaptiveProbability, GoesAllTheWayAndComesBack) {
  for (const uint32_t limit : kLimits) {
    AdaptiveProbability probability;
    for (int i = 0; i < 100000; ++i) ASSERT_NO_FATAL_FAILURE(expect_towards(probability, 1, limit));
    EXPECT_GT(probability.p(), kProbabilityOne - 32) << limit;
    for (int i = 0; i < 100000; ++i) ASSERT_NO_FATAL_FAILURE(expect_towards(probability, 0, limit));
    EXPECT_LT(probability.p(), 32) << limit;
    for (int i = 0; i < 100000; ++i) ASSERT_NO_FATAL_FAILURE(expect_towards(probability, 1, limit));
    EXPECT_GT(probability.p(), kProbabilityOne - 32) << limit;
  }
}

TEST(AdaptiveProbability, ConvergesToTheFrequencyOfOnes) {
  for (const uint32_t eighths : {1u, 4u, 7u}) {
    AdaptiveProbability probability;
    Lehmer random(eighths);
    for (int i = 0; i < 20000; ++i) probability.update(random.below(8) < eighths, 1023);
    EXPECT_NEAR(probability.p(), static_cast<double>(eighths) * kProbabilityOne / 8, kProbabilityOne * 0.03);
  }
}

TEST(AdaptiveMap, AFreshOneRefinesNothing) {
  AdaptiveMap map(3, 6);
  for (int32_t x = -7 * kStretchOne; x <= 7 * kStretchOne; ++x) {
    ASSERT_NEAR(map.refine(x, 2), squash(x), kProbabilityOne * 0.004) << x;
  }
}

TEST(AdaptiveMap, StaysAProbabilityWhateverItSees) {
  for (const int rate : {4, 5, 8}) {
    constexpr size_t kContexts = 4;
    AdaptiveMap map(kContexts, rate);
    Lehmer random(5);
    for (int i = 0; i < 200000; ++i) {
      const int32_t x =
          i % 3 == 0 ? kStretchLimit : static_cast<int32_t>(random.below(2 * kStretchLimit)) - kStretchLimit;
      const int32_t p = map.refine(i % 6 == 0 ? -x : x, random.below(kContexts));
      ASSERT_GE(p, 0);
      ASSERT_LT(p, kProbabilityOne);
      map.update(i / 5000 & 1);
    }
  }
}

TEST(AdaptiveMap, LearnsInItsOwnContextOnly) {
  AdaptiveMap map(2, 5);
  for (int i = 0; i < 500; ++i) {
    map.refine(0, 0);
    map.update(1);
  }
  EXPECT_GT(map.refine(0, 0), kProbabilityOne * 0.6);
  EXPECT_NEAR(map.refine(0, 1), kProbabilityOne / 2, 200);
}

}  // namespace
}  // namespace lmzip::mix
