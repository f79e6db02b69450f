// SPDX-License-Identifier: Apache-2.0
#include "predict/parts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace lmzip::predict {
namespace {

constexpr size_t kUnit = 1024;

/// Words of a small vocabulary: all are seen again, no six of them together are.
Bytes prose(size_t size, uint64_t seed) {
  base::Random random(seed);
  std::vector<std::string> words;
  for (int i = 0; i < 1000; ++i) {
    std::string word;
    for (uint64_t left = 2 + random.below(8); left > 0; --left) word += static_cast<char>('a' + random.below(26));
    words.push_back(word + ' ');
  }
  Bytes text;
  while (text.size() < size) {
    const std::string& word = words[random.below(words.size())];
    text.insert(text.end(), word.begin(), word.end());
  }
  text.resize(size);
  return text;
}

TEST(Parts, ProseIsCutInPartsOfWholeUnits) {
  for (const auto& [size, parts] : {std::pair<size_t, size_t>{1'000'000, 2}, {3'999'999, 2}, {4'000'000, 4}}) {
    const size_t part = independent_part(prose(size, 1), kUnit);
    ASSERT_GT(part, 0u) << size;
    EXPECT_EQ(part % kUnit, 0u);
    EXPECT_EQ((size + part - 1) / part, parts);
    EXPECT_LT(part - size / parts, kUnit + 1);
  }
}

TEST(Parts, WhatIsShortStaysWhole) {
  EXPECT_EQ(independent_part({}, kUnit), 0u);
  EXPECT_EQ(independent_part(prose(999'999, 1), kUnit), 0u);
}

TEST(Parts, WhatRepeatsItselfStaysWhole) {
  Bytes text = prose(500'000, 1);
  const Bytes once = text;
  text.insert(text.end(), once.begin(), once.end());
  EXPECT_EQ(independent_part(text, kUnit), 0u);
  text.assign(2'000'000, 'x');  // within a part, that is: it does not need the other
  EXPECT_GT(independent_part(text, kUnit), 0u);
}

TEST(Parts, RepeatsWithinAPartDoNotMatter) {
  const Bytes first = prose(250'000, 1), second = prose(250'000, 2);
  Bytes text;
  for (const Bytes* const piece : {&first, &first, &second, &second}) {
    text.insert(text.end(), piece->begin(), piece->end());
  }
  text.resize(1'000'000);
  EXPECT_GT(independent_part(text, 500'000), 0u);
}

TEST(Parts, WhatIsNotTextStaysWhole) {
  Bytes text = prose(1'000'000, 1);
  for (size_t i = 600'000; i < text.size(); i += 2) text[i] = 0;
  EXPECT_GT(independent_part(text, kUnit), 0u);  // where the second part begins, it still is
  for (size_t i = 500'000; i < text.size(); i += 2) text[i] = 0;
  EXPECT_EQ(independent_part(text, kUnit), 0u);
}

}  // namespace
}  // namespace lmzip::predict
