// SPDX-License-Identifier: Apache-2.0
// Byte strings that compressors get wrong: shared by every test that needs "any bytes".
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <numbers>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/bytes.h"

namespace lmzip::test {

struct Input {
  std::string name;
  Bytes bytes;
};

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline Bytes random_bytes(size_t size, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() >> 56);
  return bytes;
}

/// `unit` over and over.
inline Bytes repeated(ByteSpan unit, size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = unit[i % unit.size()];
  return bytes;
}

/// Words with spaces, punctuation and lines; some of them not ASCII (UTF-8).
inline Bytes text(size_t size) {
  static constexpr std::string_view kWords[] = {"the",      "of",     "language", "modelling", "is",     "compression",
                                                "Größe",    "naïve",  "語言",     "модель",    "0.1234", "(see",
                                                "Chapter)", "<page>", "&amp;",    "😀",         "a",      "http://"};
  std::mt19937_64 random(7);
  std::string result;
  while (result.size() < size) {
    result += kWords[random() % std::size(kWords)];
    result += random() % 12 == 0 ? ".\n" : " ";
  }
  return bytes_of(std::string_view(result).substr(0, size));
}

/// A grey image, 64 wide: a slope, an edge, a little noise.
inline Bytes image(size_t size) {
  std::mt19937_64 random(8);
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) {
    const size_t x = i % 64, y = i / 64;
    bytes[i] = static_cast<uint8_t>(x * 2 + y + (x > y % 64 ? 60 : 0) + random() % 4);
  }
  return bytes;
}

/// A decaying chord at 16 kHz as 8-bit unsigned samples or 16-bit little-endian ones.
inline Bytes sound(size_t size, unsigned bits) {
  Bytes bytes;
  for (size_t t = 0; bytes.size() < size; ++t) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(t) / 16000;
    const double wave = 0.5 * std::sin(440.37 * angle) + 0.3 * std::sin(554.73 * angle);
    const auto sample = static_cast<int16_t>(30000 * wave * std::exp(-static_cast<double>(t % 16000) / 8000));
    if (bits == 16) bytes.push_back(static_cast<uint8_t>(sample));
    bytes.push_back(static_cast<uint8_t>((sample >> 8) + (bits == 8 ? 128 : 0)));
  }
  bytes.resize(size);
  return bytes;
}

/// The first bytes of this very program.
inline Bytes executable(size_t size) {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  Bytes bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

inline Bytes all_byte_values() {
  Bytes bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<uint8_t>(value));
  return bytes;
}

/// Kinds of content, none longer than about `size`.
inline std::vector<Input> contents(size_t size) {
  Bytes descending = all_byte_values();
  std::reverse(descending.begin(), descending.end());
  return {{"empty", {}},
          {"one zero", {0}},
          {"one 0xFF", {0xFF}},
          {"all byte values", all_byte_values()},
          {"all byte values, descending, repeated", repeated(descending, size)},
          {"zeros", Bytes(size, 0)},
          {"0xFF", Bytes(size, 0xFF)},
          {"period 3", repeated(bytes_of("abc"), size)},
          {"period 997", repeated(random_bytes(997, 3), size)},
          {"0x00 and 0xFF in turn", repeated(Bytes{0, 0xFF}, size)},
          {"random", random_bytes(size, 1)},
          {"random bits in ASCII",
           [&] {
             Bytes bits = random_bytes(size, 2);
             for (uint8_t& bit : bits) bit = static_cast<uint8_t>('0' + bit % 2);
             return bits;
           }()},
          {"text", text(size)},
          {"invalid UTF-8",
           repeated(bytes_of("\xC0\xAF \xED\xA0\x80 \xF8\x88\x80\x80\x80 \xE2\x82 \x80\xBF\xFE\xFF "), size)},
          {"executable", executable(size)},
          {"image", image(size)},
          {"8-bit sound", sound(size, 8)},
          {"16-bit sound, odd", sound(size | 1, 16)}};
}

/// One below, at and above every power of two up to `largest`, in text: where buffers, pieces and windows end.
inline std::vector<Input> boundary_sizes(size_t largest) {
  std::vector<Input> inputs;
  const Bytes source = text(largest + 1);
  for (size_t power = 2; power <= largest; power *= 2) {
    for (const size_t size : {power - 1, power, power + 1}) {
      inputs.push_back({std::to_string(size) + " bytes of text",
                        Bytes(source.begin(), source.begin() + static_cast<ptrdiff_t>(size))});
    }
  }
  return inputs;
}

}  // namespace lmzip::test
