// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "codec/classical.h"
#include "unit/codec/compressor_battery.h"

namespace lmzip::codec {
namespace {

using test::packed;
using test::random_bytes;
using test::refuses;

uint32_t big_endian(const Bytes& bytes, size_t at) {
  return uint32_t{bytes[at]} << 24 | uint32_t{bytes[at + 1]} << 16 | uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

/// CRC-32 of PNG chunks, bit by bit.
uint32_t crc32(ByteSpan bytes) {
  uint32_t crc = ~0u;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

void expect_shape(ImageShape shape, size_t width, size_t height) {
  EXPECT_EQ(shape.width, width);
  EXPECT_EQ(shape.height, height);
}

TEST(PngShape, IsThePapersTwoClosestFactors) {
  expect_shape(image_shape(2048, 0), 32, 64);
  expect_shape(image_shape(488281 * size_t{2048}, 0), 31502, 31744);
  expect_shape(image_shape(size_t{1} << 24, 0), 4096, 4096);
  expect_shape(image_shape(1, 0), 1, 1);
  expect_shape(image_shape(2, 0), 1, 2);
  expect_shape(image_shape(13, 0), 1, 13);
  expect_shape(image_shape(16, 0), 4, 4);
}

TEST(PngShape, OfASizeWithoutGoodFactorsIsASquareWithAPaddedRow) {
  expect_shape(image_shape(2049, 0), 45, 46);     // 3 * 683
  expect_shape(image_shape(65537, 0), 256, 257);  // prime
  expect_shape(image_shape(2'147'483'647, 0), 46340, 46342);
}

TEST(PngShape, HoldsTheBlockWithLessThanARowToSpare) {
  for (size_t size = 1; size < 3000; ++size) {
    for (const unsigned width : {0u, 1u, 2u, 64u, 1000u, 65535u}) {
      const ImageShape shape = image_shape(size, width);
      ASSERT_GE(shape.width * shape.height, size);
      ASSERT_LT((shape.height - 1) * shape.width, size);
      ASSERT_LE(shape.width, size);
    }
  }
}

TEST(Png, PayloadIsAPngOfThatShape) {
  const Bytes png = packed(*make_png({.width = 64}), random_bytes(2048, 1));
  const Bytes signature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  ASSERT_TRUE(std::equal(signature.begin(), signature.end(), png.begin()));
  EXPECT_EQ(big_endian(png, 16), 64u);
  EXPECT_EQ(big_endian(png, 20), 32u);
  EXPECT_EQ(Bytes(png.begin() + 24, png.begin() + 29), (Bytes{8, 0, 0, 0, 0}));  // 8-bit grey, not interlaced
}

/// The paper's rate for chunks of random bytes: the size of a 1-byte file is counted once.
double rate_on_random_chunks(const Compressor& codec) {
  constexpr size_t kChunks = 150, kChunk = 2048;
  const size_t header = packed(codec, Bytes{0}).size();
  EXPECT_EQ(header, 67u);
  size_t total = 0;
  for (size_t i = 0; i < kChunks; ++i) total += packed(codec, random_bytes(kChunk, i)).size();
  return 100.0 * static_cast<double>(total - header * (kChunks - 1)) / (kChunks * kChunk);
}

TEST(Png, RandomChunksCostWhatThePaperMeasured) {
  EXPECT_NEAR(rate_on_random_chunks(*make_png({})), 103.17, 0.05);
  EXPECT_NEAR(rate_on_random_chunks(*make_png({.width = 64})), 101.61, 0.05);
}

TEST(Png, TheTrueWidthOfAnImageHelps) {
  const Bytes image = test::image(2048);
  EXPECT_LT(packed(*make_png({.width = 64}), image).size(), packed(*make_png({}), image).size());
}

TEST(Png, RefusesAnImageOfAnotherShape) {
  const Bytes raw = random_bytes(4096, 1);
  EXPECT_TRUE(refuses(*make_png({.width = 32}), packed(*make_png({.width = 64}), raw), raw.size()));
  EXPECT_TRUE(refuses(*make_png({.width = 64}), packed(*make_png({.width = 64}), raw), raw.size() + 64));
}

TEST(Png, RefusesPaddingThatIsNotZero) {
  const auto codec = make_png({.width = 64});
  const Bytes png = packed(*codec, Bytes(128, 1));
  EXPECT_TRUE(refuses(*codec, png, 127));
}

TEST(Png, RefusesADishonestHeader) {
  const auto codec = make_png({});
  Bytes png = packed(*codec, random_bytes(2048, 1));
  for (size_t at = 16; at < 24; ++at) png[at] = at % 4 == 0 ? 0x7F : 0xFF;  // 2^31 - 1 in both directions
  const uint32_t crc = crc32(ByteSpan(png).subspan(12, 17));
  for (size_t i = 0; i < 4; ++i) png[29 + i] = static_cast<uint8_t>(crc >> (24 - 8 * i));
  EXPECT_TRUE(refuses(*codec, png, 2048));
}

TEST(Png, RefusesABlockThatIsTooHigh) {
  const size_t size = size_t{1} << 31;
  const ByteSpan block(static_cast<const uint8_t*>(nullptr), size);  // refused before a byte of it is read
  ProgressSink progress;
  try {
    make_png({.width = 1})->compress({&block, 1}, progress);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kLimit);
  }
}

}  // namespace
}  // namespace lmzip::codec
