// SPDX-License-Identifier: Apache-2.0
// One number for all that a model forecasts: equal numbers, equal compressed files.
#pragma once

#include <cstdint>

#include "lmzip/bytes.h"
#include "mix/model.h"

namespace lmzip::test {

/// FNV-1a over 16-bit numbers.
class Digest {
 public:
  void add(uint32_t number) { value_ = (value_ ^ number) * 0x100000001B3u; }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xCBF29CE484222325u;
};

/// Digest of every P(1) that a new model forecasts over `bytes`.
inline uint64_t forecast_digest(mix::Model& model, ByteSpan bytes) {
  Digest digest;
  for (const uint8_t byte : bytes) {
    for (int bit = 7; bit >= 0; --bit) {
      digest.add(model.p1());
      model.update(byte >> bit & 1);
    }
  }
  return digest.value();
}

/// That of the model of `level`.
inline uint64_t forecast_digest(int level, ByteSpan bytes) { return forecast_digest(*mix::make_model(level), bytes); }

/// A generator that is the same everywhere (std's distributions are not).
class Lehmer {
 public:
  explicit Lehmer(uint64_t seed) : state_(seed * 2 + 1) {}
  /// 0..limit-1.
  uint32_t below(uint32_t limit) {
    state_ *= 0xDA942042E4DD58B5u;
    return static_cast<uint32_t>((state_ >> 32) % limit);
  }

 private:
  uint64_t state_;
};

inline Bytes random_bytes(size_t size, uint64_t seed) {
  Lehmer random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.below(256));
  return bytes;
}

/// Words, lines, brackets, some UTF-8: enough to visit what text visits.
inline Bytes text_bytes(size_t size, uint64_t seed) {
  static constexpr const char* kWords[] = {"the",   "of",     "model", "predicts",     "Bytes",
                                           "(and",  "codes)", "them",  "na\xC3\xAFve", "1729",
                                           "x = y", "<tag>",  "it's",  "\xE2\x82\xAC"};
  Lehmer random(seed);
  Bytes bytes;
  while (bytes.size() < size) {
    const uint32_t first = random.below(14), second = random.below(14);
    for (const char* c = kWords[first < second ? first : second]; *c != '\0'; ++c) {
      bytes.push_back(static_cast<uint8_t>(*c));
    }
    const uint32_t end = random.below(12);
    if (end == 0) bytes.push_back('.');
    bytes.push_back(end == 1 ? '\n' : ' ');
  }
  bytes.resize(size);
  return bytes;
}

/// Records of 16 bytes with counters and small differences, as tables and machine code have them.
inline Bytes record_bytes(size_t size, uint64_t seed) {
  Lehmer random(seed);
  Bytes bytes;
  for (uint32_t n = 0; bytes.size() < size; n += 1 + random.below(3)) {
    for (uint32_t i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(n >> (8 * i)));
    for (uint32_t i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(random.below(i * i * 4 + 1)));
    for (uint32_t i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(i * n));
  }
  bytes.resize(size);
  return bytes;
}

/// Rows of 96 RGB pixels: slopes, an edge, a little noise.
inline Bytes picture_bytes(size_t size, uint64_t seed) {
  Lehmer random(seed);
  Bytes bytes(size);
  for (uint32_t i = 0; i < size; ++i) {
    const uint32_t x = i / 3 % 96, y = i / 288, channel = i % 3;
    const uint32_t shade = x + y / 2 < 70 ? 140 + x / 2 + y / 4 : 230 - x / 3 + channel * 5;
    bytes[i] = static_cast<uint8_t>(shade + random.below(4));
  }
  return bytes;
}

/// 16-bit little-endian stereo: triangle waves and a little noise, the right channel above the left.
inline Bytes sound_bytes(size_t size, uint64_t seed) {
  Lehmer random(seed);
  const auto wave = [](uint32_t phase) {
    const auto position = static_cast<int32_t>(phase % 4096);
    return position < 2048 ? position - 1024 : 3072 - position;
  };
  Bytes bytes;
  for (uint32_t n = 0; bytes.size() < size; ++n) {
    for (const uint32_t pitch : {61u, 47u}) {
      const int32_t sample =
          wave(n * pitch) * 8 + wave(n * 173) * 2 + static_cast<int32_t>(random.below(64)) + (pitch == 47 ? 9000 : 0);
      bytes.push_back(static_cast<uint8_t>(sample));
      bytes.push_back(static_cast<uint8_t>(sample >> 8));
    }
  }
  bytes.resize(size);
  return bytes;
}

/// Text, a copy with changes, records, noise, a picture, sound, runs, text again: `size` bytes of each, 3 x `size` of
/// what has to be recognised first.
inline Bytes portability_input(size_t size) {
  Bytes all;
  const auto append = [&all](const Bytes& part) { all.insert(all.end(), part.begin(), part.end()); };
  const Bytes text = text_bytes(size, 1);
  append(text);
  Bytes changed = text;
  for (size_t i = 50; i < changed.size(); i += 97) changed[i] = '#';
  append(changed);
  append(record_bytes(size, 2));
  append(random_bytes(size, 3));
  append(picture_bytes(3 * size, 5));
  append(sound_bytes(3 * size, 6));
  append(Bytes(size / 2, 0x00));
  append(Bytes(size / 2, 0xFF));
  append(text_bytes(size, 4));
  return all;
}

}  // namespace lmzip::test
