// SPDX-License-Identifier: Apache-2.0
#include "bench/speed.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::bench {
namespace {

TEST(Speed, CountsWhatTheCodecMade) {
  const Bytes data = babble(100'000);
  const auto codec = make_compressor("gzip:6");
  ProgressSink progress;
  const SpeedResult result =
      measure_speed(*codec, data, {.block_size = 30'000, .lanes = 2, .threads = 2, .runs = 2}, progress);
  EXPECT_EQ(result.codec, "gzip:6");
  EXPECT_EQ(result.raw_bytes, data.size());
  uint64_t packed = 0;
  for (size_t at = 0; at < data.size(); at += 30'000) {
    const ByteSpan block = ByteSpan(data).subspan(at, std::min<size_t>(30'000, data.size() - at));
    packed += codec->compress({&block, 1}, progress)[0].size();
  }
  EXPECT_EQ(result.packed_bytes, packed);
  EXPECT_GT(result.compress_seconds, 0);
  EXPECT_GT(result.decompress_seconds, 0);
}

/// Gives back something else.
class Liar : public Compressor {
 public:
  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink&) const override {
    return std::vector<Bytes>(blocks.size());
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan>, std::span<const size_t> raw_sizes,
                                ProgressSink&) const override {
    std::vector<Bytes> raw;
    for (const size_t size : raw_sizes) raw.emplace_back(size);
    return raw;
  }

 private:
  CompressorInfo info_{.spec = "liar", .model_digest = {}, .probe_digest = {}};
};

TEST(Speed, ABlockThatDoesNotComeBackIsAnError) {
  ProgressSink progress;
  EXPECT_THROW(measure_speed(Liar(), babble(1000), {}, progress), Error);
}

TEST(Babble, IsTheSameEveryTimeAndLooksLikeText) {
  const Bytes text = babble(50'000);
  EXPECT_EQ(text, babble(50'000));
  EXPECT_EQ(text.size(), 50'000u);
  ProgressSink progress;
  const ByteSpan block = text;
  const size_t packed = make_compressor("order3")->compress({&block, 1}, progress)[0].size();
  EXPECT_GT(packed, text.size() / 8);
  EXPECT_LT(packed, text.size() / 2);
}

}  // namespace
}  // namespace lmzip::bench
