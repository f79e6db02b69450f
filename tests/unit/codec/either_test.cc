// SPDX-License-Identifier: Apache-2.0
#include "codec/either.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/classical.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"
#include "unit/codec/compressor_battery.h"

namespace lmzip::test {
namespace {

using codec::EitherCompressor;

constexpr Effort kEffort{};

/// PNG knows rows, gzip text.
EitherCompressor either() { return {codec::make_png({}), codec::make_gzip(6)}; }

Bytes text(size_t size) {
  Bytes bytes;
  for (uint32_t i = 0; bytes.size() < size; ++i) {
    for (const char c : "the cat number " + std::to_string(i * 7919 % 1000)) bytes.push_back(static_cast<uint8_t>(c));
  }
  bytes.resize(size);
  return bytes;
}

/// Each row of 128 a little brighter than the one above, with noise.
Bytes picture(size_t size) {
  std::mt19937 random(1);
  Bytes bytes;
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(i % 128 + 3 * (i / 128) + random() % 4));
  return bytes;
}

TEST(EitherCompressor, RestoresEverything) { expect_restores_everything(either(), kEffort); }
TEST(EitherCompressor, SurvivesDamage) { expect_survives_damage(either(), kEffort); }
TEST(EitherCompressor, ServesSeveralThreads) { expect_thread_safe(either(), kEffort); }

TEST(EitherCompressor, IsAsGoodAsTheBetterAndAByte) {
  const EitherCompressor both = either();
  const auto png = codec::make_png({}), gzip = codec::make_gzip(6);
  for (const Bytes& block : {text(100), text(4096), text(16384), picture(4096), picture(16384), Bytes{}}) {
    const ByteSpan span = block;
    ProgressSink progress;
    const size_t best =
        std::min(png->compress({&span, 1}, progress)[0].size(), gzip->compress({&span, 1}, progress)[0].size());
    EXPECT_EQ(both.compress({&span, 1}, progress)[0].size(), best + 1);
  }
}

/// gzip that says that each byte is a token.
class Spelling final : public Compressor {
 public:
  const CompressorInfo& info() const override { return gzip_->info(); }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    return gzip_->compress(blocks, progress);
  }
  std::vector<Bytes> compress_counting(std::span<const ByteSpan> blocks, ProgressSink& progress,
                                       std::span<TokenCounts> counts) const override {
    for (size_t i = 0; i < blocks.size(); ++i) counts[i] = {.tokens = blocks[i].size(), .escapes = 1, .misses = 2};
    return compress(blocks, progress);
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override {
    return gzip_->decompress(packed, raw_sizes, progress);
  }

 private:
  std::unique_ptr<Compressor> gzip_ = codec::make_gzip(6);
};

TEST(EitherCompressor, CountsTokensOfTheBlocksThatTheSpecialistHasCoded) {
  const EitherCompressor both(std::make_unique<Spelling>(), codec::make_png({}));
  const Bytes a = text(20000), b = picture(16384), c = text(3000), d = picture(3000);
  const std::vector<ByteSpan> blocks = {b, c, a, d};
  ProgressSink progress;
  const std::vector<Bytes> packed = both.compress(blocks, progress);
  TokenCounts expected;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (packed[i][0] == 0) expected += {.tokens = blocks[i].size(), .escapes = 1, .misses = 2};
  }
  EXPECT_EQ(progress.tokens(), expected);
  EXPECT_EQ(expected.tokens, 23000u) << "pictures are PNG's";
}

TEST(EitherCompressor, CountsEachByteOnce) {
  const Bytes a = text(20000), b = picture(16384), c = text(50);
  const std::vector<ByteSpan> blocks = {a, b, c};
  ProgressSink progress;
  const std::vector<Bytes> packed = either().compress(blocks, progress);
  EXPECT_EQ(progress.raw_bytes(), a.size() + b.size() + c.size());
}

TEST(EitherCompressor, StopsInATrial) {
  ProgressSink progress;
  progress.request_stop();
  const Bytes block = text(20000);
  const ByteSpan span = block;
  EXPECT_THROW(either().compress({&span, 1}, progress), Error);
}

TEST(EitherCompressor, RefusesABlockOfAThirdCodec) {
  const Bytes wrong = {2, 1, 2, 3};
  const std::vector<ByteSpan> packed = {wrong};
  const size_t size = 4;
  ProgressSink progress;
  EXPECT_THROW(either().decompress(packed, {&size, 1}, progress), Error);
  const std::vector<ByteSpan> empty = {ByteSpan()};
  EXPECT_THROW(either().decompress(empty, {&size, 1}, progress), Error);
}

}  // namespace
}  // namespace lmzip::test
