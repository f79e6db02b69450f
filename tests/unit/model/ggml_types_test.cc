// SPDX-License-Identifier: Apache-2.0
#include "model/ggml_types.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "unit/model/fixtures.h"

namespace lmzip::model {
namespace {

using test::expect_corrupt;
using test::expect_error;

/// What a half means, by its definition.
double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 != 0 ? -magnitude : magnitude;
}

/// A block and what its numbers are: each the difference of two parts, the second mostly nothing.
struct Made {
  Bytes block;
  std::vector<std::array<double, 2>> numbers;
};

/// Makes blocks in the way that quantisers write them, out of random or extreme scales and quants.
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}
  /// From now on all is as large, or as small, as can be.
  void extremes() { extreme_ = true; }

  int below(int end) {
    if (!extreme_) return static_cast<int>(random_() % static_cast<uint32_t>(end));
    return random_() % 2 == 0 ? 0 : end - 1;
  }
  /// Appends a finite half to a block and returns its value.
  double half(Bytes& block) {
    constexpr std::array<uint16_t, 6> kExtremes = {0, 0x8000, 1, 0x83FF, 0x7BFF, 0xFBFF};
    auto bits = static_cast<uint16_t>(random_());
    if (extreme_) bits = kExtremes[random_() % kExtremes.size()];
    if ((bits & 0x7C00) == 0x7C00) bits = static_cast<uint16_t>(bits ^ 0x4000);
    block.push_back(static_cast<uint8_t>(bits));
    block.push_back(static_cast<uint8_t>(bits >> 8));
    return half_value(bits);
  }
  std::vector<int> quants(size_t count, int end) {
    std::vector<int> quants(count);
    for (int& quant : quants) quant = below(end);
    return quants;
  }

 private:
  std::mt19937 random_;
  bool extreme_ = false;
};

void append(Bytes& block, const std::vector<int>& bytes) {
  for (const int byte : bytes) block.push_back(static_cast<uint8_t>(byte));
}

/// Q4_0, Q4_1, Q5_0, Q5_1.
Made make_nibbles(Maker& maker, int bits, bool lowest) {
  Made made;
  const double scale = maker.half(made.block);
  const double base = lowest ? maker.half(made.block) : 0;
  const std::vector<int> quants = maker.quants(32, 1 << bits);
  if (bits == 5) {
    uint32_t fifth = 0;
    for (size_t i = 0; i < 32; ++i) fifth |= static_cast<uint32_t>(quants[i] / 16) << i;
    for (int i = 0; i < 4; ++i) made.block.push_back(static_cast<uint8_t>(fifth >> 8 * i));
  }
  for (size_t i = 0; i < 16; ++i) append(made.block, {quants[i] % 16 | quants[i + 16] % 16 << 4});
  for (const int quant : quants) made.numbers.push_back({scale * (lowest ? quant : quant - (1 << bits) / 2), -base});
  return made;
}

Made make_q8_0(Maker& maker) {
  Made made;
  const double scale = maker.half(made.block);
  for (const int quant : maker.quants(32, 256)) {
    append(made.block, {quant});
    made.numbers.push_back({scale * static_cast<int8_t>(quant), 0});
  }
  return made;
}

/// Four numbers of two bits, 32 apart, in each byte.
std::vector<int> pairs_of_bits(const std::vector<int>& twos) {
  std::vector<int> bytes;
  for (size_t half = 0; half < 256; half += 128) {
    for (size_t i = half; i < half + 32; ++i) {
      bytes.push_back(twos[i] | twos[i + 32] << 2 | twos[i + 64] << 4 | twos[i + 96] << 6);
    }
  }
  return bytes;
}

Made make_q2_k(Maker& maker) {
  Made made;
  const std::vector<int> scales = maker.quants(16, 16), minima = maker.quants(16, 16), quants = maker.quants(256, 4);
  for (size_t i = 0; i < 16; ++i) append(made.block, {scales[i] | minima[i] << 4});
  append(made.block, pairs_of_bits(quants));
  const double scale = maker.half(made.block), minimum = maker.half(made.block);
  for (size_t i = 0; i < 256; ++i) {
    made.numbers.push_back({scale * scales[i / 16] * quants[i], minimum * minima[i / 16]});
  }
  return made;
}

Made make_q3_k(Maker& maker) {
  Made made;
  const std::vector<int> scales = maker.quants(16, 64), quants = maker.quants(256, 8);
  std::vector<int> high(32), low(256), packed(12);
  for (size_t i = 0; i < 256; ++i) {
    high[i % 32] |= quants[i] / 4 << i / 32;
    low[i] = quants[i] % 4;
  }
  for (size_t i = 0; i < 16; ++i) {
    packed[i % 8] |= scales[i] % 16 << (i < 8 ? 0 : 4);
    packed[8 + i % 4] |= scales[i] / 16 << 2 * (i / 4);
  }
  append(made.block, high);
  append(made.block, pairs_of_bits(low));
  append(made.block, packed);
  const double scale = maker.half(made.block);
  for (size_t i = 0; i < 256; ++i) made.numbers.push_back({scale * (scales[i / 16] - 32) * (quants[i] - 4), 0});
  return made;
}

/// Q4_K and Q5_K.
Made make_q45_k(Maker& maker, int bits) {
  Made made;
  const double scale = maker.half(made.block), minimum = maker.half(made.block);
  const std::vector<int> scales = maker.quants(8, 64), minima = maker.quants(8, 64),
                         quants = maker.quants(256, 1 << bits);
  std::vector<int> packed(12), fifth(32);
  for (size_t i = 0; i < 4; ++i) {
    packed[i] = scales[i] | scales[i + 4] / 16 << 6;
    packed[i + 4] = minima[i] | minima[i + 4] / 16 << 6;
    packed[i + 8] = scales[i + 4] % 16 | minima[i + 4] % 16 << 4;
  }
  append(made.block, packed);
  for (size_t i = 0; i < 256; ++i) fifth[i % 32] |= quants[i] / 16 << i / 32;
  if (bits == 5) append(made.block, fifth);
  for (size_t i = 0; i < 256; i += 64) {
    for (size_t j = i; j < i + 32; ++j) append(made.block, {quants[j] % 16 | quants[j + 32] % 16 << 4});
  }
  for (size_t i = 0; i < 256; ++i) {
    made.numbers.push_back({scale * scales[i / 32] * quants[i], minimum * minima[i / 32]});
  }
  return made;
}

Made make_q6_k(Maker& maker) {
  Made made;
  const std::vector<int> scales = maker.quants(16, 256), quants = maker.quants(256, 64);
  std::vector<int> high(256);
  for (size_t i = 0; i < 256; ++i) high[i] = quants[i] / 16;
  for (size_t half = 0; half < 256; half += 128) {
    for (size_t i = half; i < half + 64; ++i) append(made.block, {quants[i] % 16 | quants[i + 64] % 16 << 4});
  }
  append(made.block, pairs_of_bits(high));
  append(made.block, scales);
  const double scale = maker.half(made.block);
  for (size_t i = 0; i < 256; ++i) {
    made.numbers.push_back({scale * static_cast<int8_t>(scales[i / 16]) * (quants[i] - 32), 0});
  }
  return made;
}

Made make_q8_k(Maker& maker) {
  Made made;
  const float scale = std::ldexp(static_cast<float>(maker.below(1 << 20) - (1 << 19)), -25);
  const auto bits = std::bit_cast<uint32_t>(scale);
  for (int i = 0; i < 4; ++i) made.block.push_back(static_cast<uint8_t>(bits >> 8 * i));
  for (const int quant : maker.quants(256, 256)) {
    append(made.block, {quant});
    made.numbers.push_back({double{scale} * static_cast<int8_t>(quant), 0});
  }
  made.block.resize(292, 0xA5);  // sums that nobody reads
  return made;
}

/// Reads `count` blocks of the type at once, as they would lie in a row.
void expect_right(uint32_t id, Made (*make)(Maker&), const char* name) {
  const GgmlType& type = ggml_type(id);
  EXPECT_EQ(type.name, name);
  Maker maker(id);
  for (int round = 0; round < 2; ++round) {
    Made row;
    constexpr size_t kBlocks = 40;
    for (size_t i = 0; i < kBlocks; ++i) {
      const Made one = make(maker);
      ASSERT_EQ(one.block.size(), type.bytes);
      ASSERT_EQ(one.numbers.size(), type.block);
      row.block.insert(row.block.end(), one.block.begin(), one.block.end());
      row.numbers.insert(row.numbers.end(), one.numbers.begin(), one.numbers.end());
    }
    EXPECT_EQ(row_bytes(type, row.numbers.size()), row.block.size());
    std::vector<float> read(row.numbers.size());
    row.block.insert(row.block.begin(), 0);  // at no address that suits anything
    type.read(row.block.data() + 1, kBlocks, read.data());
    for (size_t i = 0; i < read.size(); ++i) {
      const auto [one, two] = row.numbers[i];
      // Three roundings at most, each of at most 2^-24 of what is rounded; nothing here is too small for float32.
      ASSERT_NEAR(read[i], one - two, std::ldexp(std::abs(one) + std::abs(two), -22)) << name << " " << i;
    }
    maker.extremes();
  }
}

TEST(GgmlTypes, BlocksAreWhatTheirScalesAndQuantsSay) {
  expect_right(
      2, [](Maker& maker) { return make_nibbles(maker, 4, false); }, "Q4_0");
  expect_right(
      3, [](Maker& maker) { return make_nibbles(maker, 4, true); }, "Q4_1");
  expect_right(
      6, [](Maker& maker) { return make_nibbles(maker, 5, false); }, "Q5_0");
  expect_right(
      7, [](Maker& maker) { return make_nibbles(maker, 5, true); }, "Q5_1");
  expect_right(8, make_q8_0, "Q8_0");
  expect_right(10, make_q2_k, "Q2_K");
  expect_right(11, make_q3_k, "Q3_K");
  expect_right(
      12, [](Maker& maker) { return make_q45_k(maker, 4); }, "Q4_K");
  expect_right(
      13, [](Maker& maker) { return make_q45_k(maker, 5); }, "Q5_K");
  expect_right(14, make_q6_k, "Q6_K");
  expect_right(15, make_q8_k, "Q8_K");
}

TEST(GgmlTypes, HalvesAreExact) {
  for (uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<uint16_t>(i);
    const float value = from_half(bits);
    ASSERT_EQ(std::signbit(value), bits >> 15 != 0) << i;
    if ((bits & 0x7C00) != 0x7C00) {
      ASSERT_EQ(value, half_value(bits)) << i;
    } else if ((bits & 0x3FF) == 0) {
      ASSERT_TRUE(std::isinf(value)) << i;
    } else {
      ASSERT_TRUE(std::isnan(value)) << i;
    }
  }
}

TEST(GgmlTypes, PlainNumbersAreThemselves) {
  const Bytes bytes = {0x00, 0x00, 0x20, 0xC1, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0xC0};
  std::vector<float> out(2);
  ggml_type(0).read(bytes.data(), 2, out.data());
  EXPECT_EQ(out, (std::vector<float>{-10, 0}));
  ggml_type(1).read(bytes.data() + 2, 2, out.data());
  EXPECT_EQ(out, (std::vector<float>{from_half(0xC120), 0}));
  ggml_type(30).read(bytes.data() + 2, 2, out.data());
  EXPECT_EQ(out, (std::vector<float>{-10, 0}));
  ggml_type(28).read(bytes.data() + 4, 1, out.data());
  EXPECT_EQ(out[0], -2.5F);
  EXPECT_EQ(from_bfloat16(0x7F80), std::numeric_limits<float>::infinity());
}

TEST(GgmlTypes, RowsAreWholeBlocks) {
  EXPECT_EQ(row_bytes(ggml_type(8), 64), 68u);
  EXPECT_EQ(row_bytes(ggml_type(12), 512), 288u);
  expect_corrupt([] { row_bytes(ggml_type(8), 33); }, "rows of 33 numbers are not whole blocks of Q8_0's 32");
  expect_corrupt([] { row_bytes(ggml_type(14), 128); }, "Q6_K's 256");
  expect_corrupt([] { row_bytes(ggml_type(0), UINT64_MAX / 2); }, "overflows");
}

TEST(GgmlTypes, WhatCannotBeReadIsNamed) {
  const auto refused = [](uint32_t id, const std::string& part) {
    expect_error([&] { ggml_type(id); }, ErrorKind::kUnsupported, part);
  };
  refused(16, "type IQ2_XXS cannot be read (known: F32, F16, Q4_0");
  refused(23, "IQ4_XS");
  refused(24, "I8");
  refused(9, "Q8_1");
  refused(39, "MXFP4");
  refused(4, "type 4 ");
  refused(41, "type 41 ");
  refused(UINT32_MAX, "type 4294967295 ");
}

}  // namespace
}  // namespace lmzip::model
