// SPDX-License-Identifier: Apache-2.0
#include "mix/contexts.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

using Hashes = std::vector<uint64_t>;

void add(Contexts& contexts, ByteSpan bytes) {
  for (const uint8_t byte : bytes) contexts.add(byte);
}
void add(Contexts& contexts, std::string_view text) {
  add(contexts, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Hashes hashes_of(const Contexts& contexts, size_t count, uint32_t expected = 0) {
  Hashes hashes(count);
  contexts.hash(hashes, expected);
  return hashes;
}

Kind kind_of(ByteSpan bytes) {
  Contexts contexts;
  add(contexts, bytes);
  return contexts.kind();
}

Bytes repeated(std::string_view text, size_t times) {
  Bytes bytes;
  for (size_t i = 0; i < times; ++i) bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

TEST(Contexts, TextOfAnyAlphabetIsText) {
  EXPECT_EQ(kind_of({}), Kind::kText);
  EXPECT_EQ(kind_of(test::text_bytes(20000, 1)), Kind::kText);
  EXPECT_EQ(kind_of(repeated("Gr\xC3\xB6\xC3\x9F"
                             "e, \xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0\r\n",
                             500)),
            Kind::kText);
  EXPECT_EQ(kind_of(repeated("\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x80\x82", 2000)), Kind::kText);
  EXPECT_EQ(kind_of(repeated("\xF0\x9F\x98\x80", 2000)), Kind::kText);
}

TEST(Contexts, WhatTextWouldNotHaveIsNotText) {
  EXPECT_NE(kind_of(test::random_bytes(20000, 1)), Kind::kText);
  EXPECT_NE(kind_of(test::record_bytes(20000, 1)), Kind::kText);
  EXPECT_NE(kind_of(repeated("\xC3", 5000)), Kind::kText) << "UTF-8 without its second bytes";
  EXPECT_NE(kind_of(repeated("\x80", 5000)), Kind::kText) << "UTF-8 without its first bytes";
}

TEST(Contexts, TheKindFollowsTheData) {
  Contexts contexts;
  add(contexts, test::random_bytes(3000, 2));
  EXPECT_NE(contexts.kind(), Kind::kText);
  add(contexts, test::text_bytes(3000, 2));
  EXPECT_EQ(contexts.kind(), Kind::kText);
  add(contexts, test::random_bytes(3000, 3));
  EXPECT_NE(contexts.kind(), Kind::kText);
}

TEST(Contexts, AStrayByteDoesNotChangeTheKind) {
  Contexts contexts;
  for (int i = 0; i < 200; ++i) {
    add(contexts, test::text_bytes(100, static_cast<uint64_t>(i)));
    contexts.add(0);
    ASSERT_EQ(contexts.kind(), Kind::kText) << i;
  }
}

TEST(Contexts, AHistoryHasOneDescription) {
  const Bytes input = test::portability_input(500);
  Contexts first, second;
  for (const uint8_t byte : input) {
    first.add(byte);
    second.add(byte);
    ASSERT_EQ(hashes_of(first, Contexts::kMaxContexts, 300), hashes_of(second, Contexts::kMaxContexts, 300));
  }
  EXPECT_EQ(first.history(), input);
}

TEST(Contexts, FewerContextsAreTheFirstOnes) {
  Contexts contexts;
  for (const uint8_t byte : test::portability_input(300)) {
    contexts.add(byte);
    const Hashes all = hashes_of(contexts, Contexts::kMaxContexts, 256 + 'e');
    for (size_t count = 1; count < Contexts::kMaxContexts; ++count) {
      ASSERT_EQ(hashes_of(contexts, count, 256 + 'e'), Hashes(all.begin(), all.begin() + static_cast<long>(count)));
    }
  }
}

TEST(Contexts, NoTwoContextsAreTheSame) {
  Contexts contexts;
  for (const uint8_t byte : test::portability_input(500)) {
    contexts.add(byte);
    const Hashes all = hashes_of(contexts, Contexts::kMaxContexts);
    ASSERT_EQ(std::set<uint64_t>(all.begin(), all.end()).size(), Contexts::kMaxContexts);
  }
}

TEST(Contexts, TheFirstContextsForgetWhatIsLongAgo) {
  // The same last line after two different pasts.
  const std::string line = "\nThe quick brown fox. The lazy dog sat";
  Contexts one, other;
  add(one, repeated("Some past. ", 30));
  add(other, repeated("Another history! ", 40));
  add(one, line);
  add(other, line);
  const Hashes a = hashes_of(one, Contexts::kMaxContexts), b = hashes_of(other, Contexts::kMaxContexts);
  EXPECT_EQ(Hashes(a.begin(), a.begin() + 5), Hashes(b.begin(), b.begin() + 5));
}

TEST(Contexts, EveryContextDependsOnSomethingNearby) {
  // Each of them changes with at least one of the last lines' bytes, or with what the match model expects.
  for (const bool text : {true, false}) {
    const Bytes past = text ? test::text_bytes(4000, 5) : test::random_bytes(4000, 5);
    Contexts plain;
    add(plain, past);
    const Hashes before = hashes_of(plain, Contexts::kMaxContexts);
    std::set<size_t> changed;
    const auto compare = [&](const Hashes& now) {
      for (size_t i = 0; i < now.size(); ++i) {
        if (now[i] != before[i]) changed.insert(i);
      }
    };
    compare(hashes_of(plain, Contexts::kMaxContexts, 256 + 'x'));
    for (size_t distance = 1; distance <= 200; ++distance) {
      Bytes other = past;
      other[other.size() - distance] ^= text ? 0x14 : 0x91;
      Contexts contexts;
      add(contexts, other);
      ASSERT_EQ(contexts.kind(), plain.kind());
      compare(hashes_of(contexts, Contexts::kMaxContexts));
    }
    EXPECT_EQ(changed.size(), Contexts::kMaxContexts) << (text ? "text" : "binary");
  }
}

TEST(Contexts, LooksBackWithoutEndAndFindsZerosBeforeTheStart) {
  Contexts contexts;
  EXPECT_EQ(contexts.back(1), 0u);
  add(contexts, "abc");
  EXPECT_EQ(contexts.back(1), uint32_t{'c'});
  EXPECT_EQ(contexts.back(3), uint32_t{'a'});
  EXPECT_EQ(contexts.back(4), 0u);
  EXPECT_EQ(contexts.back(~size_t{0}), 0u);
}

TEST(Contexts, CountsTheLettersOfTheWord) {
  Contexts contexts;
  add(contexts, "one two");
  EXPECT_EQ(contexts.word_length(), 3u);
  contexts.add(' ');
  EXPECT_EQ(contexts.word_length(), 0u);
  add(contexts, repeated("a", 100));
  EXPECT_EQ(contexts.word_length(), 15u);
}

// Out-of-range reads are for AddressSanitizer to find; see scripts/test.sh --asan.
TEST(Contexts, DescribesAnyBytes) {
  std::vector<Bytes> inputs = {Bytes(5000, '\n'),
                               Bytes(5000, 0),
                               Bytes(5000, 0xFF),
                               test::random_bytes(20000, 6),
                               repeated("\n\n[a]\n{", 2000),
                               test::portability_input(2000)};
  for (const Bytes& input : inputs) {
    Contexts contexts;
    for (const uint8_t byte : input) {
      contexts.add(byte);
      hashes_of(contexts, Contexts::kMaxContexts, byte);
      ASSERT_LE(contexts.word_length(), 15u);
      ASSERT_LT(static_cast<size_t>(contexts.kind()), kKinds);
    }
  }
}

TEST(Contexts, DescribesNumbersOfAnyLayout) {
  // Rows of `pitch` bytes like the row before, and channels `step` bytes apart that have nothing in common.
  for (const size_t step : {1, 2, 3, 4, 6, 8}) {
    for (size_t pitch = 24; pitch < 60; pitch += step) {
      test::Lehmer random(pitch);
      Contexts contexts;
      for (size_t i = 0; i < 8200; ++i) {
        const size_t x = i % pitch / step, channel = i % step;
        contexts.add(static_cast<uint8_t>(130 + 53 * channel + x + i / pitch / 8 + random.below(3)));
        hashes_of(contexts, Contexts::kMaxContexts);
      }
    }
  }
}

}  // namespace
}  // namespace lmzip::mix
