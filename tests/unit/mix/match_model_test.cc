// SPDX-License-Identifier: Apache-2.0
#include "mix/match_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

constexpr uint32_t kMinLength = 6;

/// A match model and the history it looks at, byte by byte.
class Follower {
 public:
  explicit Follower(uint32_t min_length = kMinLength, uint32_t bits = 16) : model(min_length, bits) {}

  /// Shows `byte`; true when it was what the model expected.
  bool feed(uint8_t byte) {
    const bool expected = model.length() > 0 && model.expected_byte() == byte;
    for (int bit = 7; bit >= 0; --bit) {
      const uint32_t partial = (byte | 256u) >> (bit + 1);
      const int actual = byte >> bit & 1;
      std::array<int32_t, MatchModel::kInputs> inputs;
      model.write_inputs(inputs.data(), partial);
      for (const int32_t input : inputs) within_limits &= std::abs(input) <= 4095;
      within_limits &= model.bucket() < 16 && model.expected_bit() <= 2 && model.length() <= MatchModel::kMaxLength;
      const bool speaks = model.expected_bit() != 0;
      spoke_when_contradicted |= contradicted_ && speaks;
      last_input = inputs[0];
      model.update(actual);
      contradicted_ |= speaks && model.expected_bit() == 0;
    }
    contradicted_ = false;
    history.push_back(byte);
    model.byte_done(history);
    model.look_up(history);
    return expected;
  }
  /// How many of `bytes` were expected.
  size_t feed_all(const Bytes& bytes) {
    size_t expected = 0;
    for (const uint8_t byte : bytes) expected += feed(byte);
    return expected;
  }

  MatchModel model;
  std::vector<uint8_t> history;
  int32_t last_input = 0;     ///< first input of the last bit
  bool within_limits = true;  ///< all inputs and numbers so far
  bool spoke_when_contradicted = false;

 private:
  bool contradicted_ = false;
};

TEST(MatchModel, PredictsWhatIsRepeated) {
  for (const uint32_t min_length : {2u, 3u, 6u, 12u, 32u}) {
    Follower follower(min_length);
    const Bytes part = test::random_bytes(3000, 1);
    follower.feed_all(part);
    EXPECT_GE(follower.feed_all(part), part.size() - 40) << min_length;
    EXPECT_GE(follower.feed_all(part), part.size() - 40) << min_length;
  }
}

TEST(MatchModel, SaysNothingAboutWhatIsNew) {
  Follower follower;
  follower.feed_all(test::random_bytes(20000, 2));
  EXPECT_EQ(follower.model.length(), 0u);
  EXPECT_EQ(follower.model.bucket(), 0u);
  EXPECT_EQ(follower.model.expected_bit(), 0u);
  EXPECT_EQ(follower.last_input, 0);
}

TEST(MatchModel, GoesOnBehindAChangedByte) {
  Follower follower;
  const Bytes part = test::random_bytes(1000, 3);
  follower.feed_all(part);
  Bytes changed = part;
  changed[500] ^= 0x55;
  follower.feed_all({changed.begin(), changed.begin() + 501});
  EXPECT_EQ(follower.model.length(), 0u) << "contradicted";
  follower.feed(part[501]);
  EXPECT_GE(follower.feed_all({part.begin() + 502, part.end()}), 490u);
}

TEST(MatchModel, FindsANewMatchWhereTheOldOneEnds) {
  Follower follower;
  const Bytes first = test::random_bytes(500, 4), second = test::random_bytes(500, 5);
  follower.feed_all(first);
  follower.feed_all(second);
  follower.feed_all({first.begin(), first.begin() + 250});
  EXPECT_GE(follower.feed_all({second.begin() + 100, second.end()}), 400u - 30);
}

TEST(MatchModel, LearnsHowFarAMatchCanBeTrusted) {
  // Of 40 random bytes either all or the first ten are repeated; how sure is the model after ten, next time?
  const auto confidence = [](size_t repeated) {
    Follower follower;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      const Bytes part = test::random_bytes(40, 2 * seed);
      follower.feed_all(part);
      follower.feed_all({part.begin(), part.begin() + static_cast<std::ptrdiff_t>(repeated)});
      follower.feed_all(test::random_bytes(40 - repeated, 2 * seed + 1));
    }
    const Bytes part = test::random_bytes(40, 1000);
    follower.feed_all(part);
    follower.feed_all({part.begin(), part.begin() + 10});
    EXPECT_GT(follower.model.length(), 0u);
    std::array<int32_t, MatchModel::kInputs> inputs;
    follower.model.write_inputs(inputs.data(), 1);
    return follower.model.expected_bit() == 2 ? inputs[0] : -inputs[0];
  };
  EXPECT_GT(confidence(40), 3 * 256);
  EXPECT_LT(confidence(10), 256);
}

TEST(MatchModel, IsSilentForTheRestOfAByteThatContradictedIt) {
  Follower follower;
  const Bytes part = test::random_bytes(2000, 7);
  follower.feed_all(part);
  Bytes changed = part;
  for (size_t i = 0; i < changed.size(); i += 20) changed[i] ^= static_cast<uint8_t>(1 << (i / 20 % 8));
  follower.feed_all(changed);
  EXPECT_FALSE(follower.spoke_when_contradicted);
}

// Out-of-range reads are for AddressSanitizer to find; see scripts/test.sh --asan.
TEST(MatchModel, StaysWithinItsLimitsOnHostileInput) {
  std::vector<Bytes> inputs = {Bytes(1, 7), Bytes(70000, 0), Bytes(70000, 0xFF), test::portability_input(3000)};
  for (const uint32_t period : {1u, 2u, 3u, 5u, 31u, 256u}) {
    Bytes periodic(20000);
    for (size_t i = 0; i < periodic.size(); ++i) {
      periodic[i] = static_cast<uint8_t>(i % period + (i % 4099 == 0 ? 1 : 0));
    }
    inputs.push_back(periodic);
  }
  for (const Bytes& input : inputs) {
    for (const uint32_t min_length : {2u, 5u, 32u}) {
      Follower follower(min_length, 10);
      follower.history.reserve(input.size());  // no room behind the last byte
      follower.feed_all(input);
      EXPECT_TRUE(follower.within_limits);
    }
  }
}

}  // namespace
}  // namespace lmzip::mix
