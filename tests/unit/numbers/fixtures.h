// SPDX-License-Identifier: Apache-2.0
// Layouts, what is in them, and what models of them make of it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "mix/model.h"
#include "numbers/model.h"
#include "portability/forecast_digest.h"

namespace lmzip::test {

/// A layout of either kind.
struct NumbersCase {
  std::string name;  ///< letters and digits
  unsigned bits;
  unsigned channels;
  std::function<std::unique_ptr<numbers::Model>(bool guided)> make;
  uint64_t model_bytes;
};

inline std::ostream& operator<<(std::ostream& out, const NumbersCase& each) { return out << each.name; }
inline std::string case_name(const testing::TestParamInfo<NumbersCase>& info) { return info.param.name; }

inline NumbersCase pixels_case(uint32_t width, unsigned channels, unsigned bits) {
  const numbers::PixelLayout layout{.width = width, .channels = channels, .bits = bits};
  return {"Pixels" + std::to_string(bits) + "x" + std::to_string(channels) + "Wide" + std::to_string(width), bits,
          channels, [layout](bool guided) { return numbers::make_model(layout, guided); },
          numbers::model_bytes(layout)};
}

inline NumbersCase samples_case(unsigned channels, unsigned bits) {
  const numbers::SampleLayout layout{.channels = channels, .bits = bits};
  return {"Samples" + std::to_string(bits) + "x" + std::to_string(channels), bits, channels,
          [layout](bool guided) { return numbers::make_model(layout, guided); }, numbers::model_bytes(layout)};
}

/// Every instantiation and every way through it: channels that look at none, one, two or three others; rows shorter
/// than what is looked at, and longer than the blocks of columns that learn apart.
inline std::vector<NumbersCase> numbers_cases() {
  std::vector<NumbersCase> cases;
  for (const unsigned bits : {8, 16}) {
    for (const unsigned channels : {1, 3, 4}) {
      for (const uint32_t width : {1, 2, 7, 64}) cases.push_back(pixels_case(width, channels, bits));
    }
  }
  for (const unsigned bits : {8, 16, 24}) {
    for (const unsigned channels : {1, 2, 5}) cases.push_back(samples_case(channels, bits));
  }
  return cases;
}

/// Fewer of them, for what takes longer.
inline std::vector<NumbersCase> some_numbers_cases() {
  return {pixels_case(20, 1, 8), pixels_case(9, 3, 8), pixels_case(7, 4, 16),
          samples_case(1, 8),    samples_case(2, 16),  samples_case(5, 24)};
}

/// What a network might think of a byte: the byte before, give or take; or, to be hard on the model, nothing at all.
inline std::array<uint32_t, 256> opinion(uint8_t before, bool sure) {
  std::array<uint32_t, 256> weights;
  for (int byte = 0; byte < 256; ++byte) {
    weights[static_cast<size_t>(byte)] =
        sure ? (byte == before ? 0xFF000000u : 0) : 1u << 20 >> std::min(20, std::abs(byte - before));
  }
  return weights;
}

/// Bits that a coder would spend on `bytes`; fails where a forecast is not codable. A guided model hears opinions, at
/// times certain ones.
inline double code(mix::Model& model, ByteSpan bytes, numbers::Model* guided = nullptr) {
  double bits = 0;
  uint8_t before = 0;
  for (const uint8_t byte : bytes) {
    if (guided != nullptr) guided->expect(opinion(before, byte % 5 == 0));
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
    before = byte;
  }
  return bits;
}

/// A number of `bits`, the highest byte first.
inline void append_number(Bytes& out, int32_t number, unsigned bits) {
  for (unsigned shift = bits; shift > 0; shift -= 8) out.push_back(static_cast<uint8_t>(number >> (shift - 8)));
}

/// Rows of `width` pixels, smooth in both directions, with noise of a 64th of the range.
inline Bytes smooth_picture(uint32_t width, uint32_t height, unsigned channels, unsigned bits, uint64_t seed) {
  Lehmer random(seed);
  const double most = std::ldexp(1.0, static_cast<int>(bits)) - 1;
  Bytes bytes;
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      const double wave = 0.25 * std::sin(0.11 * x + 0.03 * y) + 0.15 * std::cos(0.05 * x - 0.17 * y);
      for (unsigned c = 0; c < channels; ++c) {
        const double grain = (random.below(1024) / 1024.0 - 0.5) / 64;
        append_number(bytes, static_cast<int32_t>(most * (0.5 + wave * (1 - 0.1 * c) + grain)), bits);
      }
    }
  }
  return bytes;
}

/// Three tones with noise; the second channel hears them a little later and softer. 8 bits: the middle is 128.
inline Bytes noisy_tones(size_t length, unsigned channels, unsigned bits, uint64_t seed) {
  Lehmer random(seed);
  const double peak = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  Bytes bytes;
  for (size_t n = 0; n < length; ++n) {
    for (unsigned c = 0; c < channels; ++c) {
      const double t = static_cast<double>(n) - 3.0 * c;
      const double wave = 0.4 * std::sin(0.031 * t) + 0.2 * std::sin(0.127 * t + 1) + 0.1 * std::sin(0.418 * t);
      const double hiss = (random.below(1024) / 1024.0 - 0.5) / 64;
      const auto sample = static_cast<int32_t>(std::lround(peak * (wave * (1 - 0.2 * c) + hiss)));
      append_number(bytes, sample + (bits == 8 ? 128 : 0), bits);
    }
  }
  return bytes;
}

/// `count` numbers, each one of `values`, chosen by (place, random number).
template <typename Choose>
Bytes numbers_of(const NumbersCase& layout, size_t count, const std::vector<int32_t>& values, Choose choose) {
  Lehmer random(9);
  Bytes bytes;
  for (size_t i = 0; i < count; ++i) {
    append_number(bytes, values[choose(i, random.below(1 << 16)) % values.size()], layout.bits);
  }
  return bytes;
}

/// What no picture and no sound is like: the ends of the range in every order, and bytes that are something else.
inline std::vector<Bytes> hostile_numbers(const NumbersCase& layout, size_t count) {
  const auto all = static_cast<int32_t>((uint32_t{1} << layout.bits) - 1),
             half = static_cast<int32_t>(1u << (layout.bits - 1));
  const std::vector<int32_t> ends = {0, all}, middle = {half - 1, half}, steps = {0, half - 1, half, all};
  const auto in_turn = [](size_t i, uint32_t) { return i; };
  const auto at_will = [](size_t, uint32_t random) { return size_t{random}; };
  const auto slowly = [](size_t i, uint32_t) { return i / 50; };
  const auto rarely = [](size_t i, uint32_t) { return size_t{i % 83 == 0}; };
  const size_t bytes = count * layout.bits / 8;
  return {Bytes(bytes, 0),
          Bytes(bytes, 0xFF),
          Bytes(bytes, 0x80),
          numbers_of(layout, count, ends, in_turn),
          numbers_of(layout, count, ends, at_will),
          numbers_of(layout, count, ends, slowly),
          numbers_of(layout, count, ends, rarely),
          numbers_of(layout, count, middle, in_turn),
          numbers_of(layout, count, steps, at_will),
          numbers_of(layout, count, steps, slowly),
          random_bytes(bytes, 10),
          text_bytes(bytes, 10),
          record_bytes(bytes, 10)};
}

}  // namespace lmzip::test
