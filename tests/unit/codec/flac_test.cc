// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "codec/classical.h"
#include "unit/codec/compressor_battery.h"

namespace lmzip::codec {
namespace {

using test::packed;
using test::random_bytes;
using test::refuses;
using test::sound;
using test::unpacked;

const FlacOptions k8Bits{.bits = 8};
const FlacOptions k16Bits{.bits = 16};

TEST(Flac, SoundShrinksInItsOwnFormat) {
  const Bytes sound8 = sound(100'000, 8), sound16 = sound(100'000, 16);
  EXPECT_LT(packed(*make_flac(k8Bits), sound8).size(), 40'000u);
  EXPECT_LT(packed(*make_flac(k16Bits), sound16).size(), 40'000u);
  EXPECT_LT(packed(*make_flac(k16Bits), sound16).size(), packed(*make_gzip(9), sound16).size() / 2);
  EXPECT_GT(packed(*make_flac(k8Bits), sound16).size(), 80'000u);  // the wrong format does not pay
}

TEST(Flac, HigherLevelsAreSmaller) {
  const Bytes raw = sound(100'000, 16);
  EXPECT_LT(packed(*make_flac({.level = 8, .bits = 16}), raw).size(),
            packed(*make_flac({.level = 0, .bits = 16}), raw).size());
}

TEST(Flac, PayloadIsFramesBehindABareHeader) {
  const Bytes flac = packed(*make_flac(k16Bits), sound(20'000, 16));
  EXPECT_EQ(Bytes(flac.begin(), flac.begin() + 8), (Bytes{'f', 'L', 'a', 'C', 0x80, 0, 0, 34}));
  EXPECT_EQ(flac[42], 0xFF);  // the sync code of the first frame: no comment, no padding, no seek table
  EXPECT_EQ(flac[43] & 0xFC, 0xF8);
}

TEST(Flac, RandomBytesHardlyGrow) {
  EXPECT_LT(packed(*make_flac(k8Bits), random_bytes(1 << 20, 1)).size(), (1u << 20) * 1.005);
}

TEST(Flac, KeepsAnOddLastByte) {
  const auto codec = make_flac(k16Bits);
  for (size_t size = 0; size < 40; ++size) {
    const Bytes raw = random_bytes(size, size);
    const Bytes flac = packed(*codec, raw);
    EXPECT_TRUE(unpacked(*codec, flac, size) == raw) << size;
    EXPECT_TRUE(size % 2 == 0 || flac.back() == raw.back()) << size;
  }
  EXPECT_TRUE(packed(*codec, {}).empty());
  EXPECT_EQ(packed(*codec, Bytes{7}), Bytes{7});
}

TEST(Flac, RestoresFullScaleSwings) {
  const Bytes swings = test::repeated(Bytes{0x00, 0x80, 0xFF, 0x7F, 0x00, 0x80, 0x00, 0x00}, 30'000);
  for (const unsigned level : {0u, 3u, 8u}) {
    for (const unsigned bits : {8u, 16u}) {
      const auto codec = make_flac({.level = level, .bits = bits});
      EXPECT_TRUE(unpacked(*codec, packed(*codec, swings), swings.size()) == swings);
    }
  }
}

TEST(Flac, RefusesSoundOfAnotherWidth) {
  const Bytes raw = sound(10'000, 16);
  EXPECT_TRUE(refuses(*make_flac(k8Bits), packed(*make_flac(k16Bits), raw), raw.size()));
  EXPECT_TRUE(refuses(*make_flac(k16Bits), packed(*make_flac(k8Bits), raw), raw.size()));
}

TEST(Flac, FindsEveryFlippedBitOfAFrame) {
  const auto codec = make_flac(k8Bits);
  const Bytes raw = sound(300, 8);
  const Bytes flac = packed(*codec, raw);
  for (size_t bit = 42 * 8; bit < flac.size() * 8; ++bit) {
    Bytes damaged = flac;
    damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_TRUE(refuses(*codec, damaged, raw.size())) << "bit " << bit;
  }
}

TEST(Flac, RefusesAByteBehindTheEnd) {
  const auto codec = make_flac(k8Bits);
  for (const uint8_t junk : Bytes{0x00, 0xFF}) {  // 0xFF could start another frame
    Bytes flac = packed(*codec, sound(5000, 8));
    flac.push_back(junk);
    EXPECT_TRUE(refuses(*codec, flac, 5000));
  }
}

}  // namespace
}  // namespace lmzip::codec
