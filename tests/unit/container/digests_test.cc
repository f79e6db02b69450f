// SPDX-License-Identifier: Apache-2.0
// Codecs with trained weights: their digests travel in the header, and a decoder with others refuses.
#include <gtest/gtest.h>

#include "unit/container/memory_io.h"

namespace lmzip::test {
namespace {

constexpr uint64_t kBlock = 1024;
const std::string kModel = "00112233445566778899aabbccddeeff";
const std::string kProbe = "0123456789abcdef";

class TrainedCodec final : public RleCodec {
 public:
  TrainedCodec(const std::string& model, const std::string& probe, Numerics numerics) : RleCodec("trained:x") {
    info_.numerics = numerics;
    info_.model_digest = model;
    info_.probe_digest = probe;
    info_.preferred_lanes = 3;
  }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    most_lanes = std::max(most_lanes, blocks.size());
    return RleCodec::compress(blocks, progress);
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override {
    most_lanes = std::max(most_lanes, packed.size());
    return RleCodec::decompress(packed, raw_sizes, progress);
  }

  mutable size_t most_lanes = 0;
};

Bytes packed_with(const std::string& model, const std::string& probe, ByteSpan raw = Bytes(10 * kBlock, 'a')) {
  return pack(raw, write_options(kBlock, 16 * kBlock), TrainedCodec(model, probe, Numerics::kHostBound));
}

Outcome unpack_with(ByteSpan packed, const std::string& model, const std::string& probe) {
  ReadOptions options;
  options.codec_for = [&](const CodecRequest&) {
    return std::make_shared<TrainedCodec>(model, probe, Numerics::kHostBound);
  };
  return unpack(packed, options);
}

TEST(Digests, TravelInTheHeaderToWhoeverMakesTheCodec) {
  const Bytes packed = packed_with(kModel, kProbe);
  const CodecRequest expected = {
      .spec = "trained:x", .numerics = Numerics::kHostBound, .model_digest = kModel, .probe_digest = kProbe};
  EXPECT_EQ(list(packed).members.at(0).codec, expected);
  std::vector<CodecRequest> requests;
  ReadOptions options;
  options.codec_for = [&](const CodecRequest& request) {
    requests.push_back(request);
    return std::make_shared<TrainedCodec>(kModel, kProbe, Numerics::kHostBound);
  };
  const Outcome back = unpack(packed, options);
  EXPECT_TRUE(back.ok()) << back.message;
  EXPECT_EQ(back.bytes, Bytes(10 * kBlock, 'a'));
  EXPECT_EQ(requests, std::vector{expected});
}

TEST(Digests, AnotherModelIsRefused) {
  const std::string other = "ff112233445566778899aabbccddeeff";
  const Outcome back = unpack_with(packed_with(kModel, ""), other, "");
  EXPECT_EQ(back.error, ErrorKind::kUnsupported);
  EXPECT_EQ(back.message,
            "codec trained:x: made with another model (" + kModel + ") than is used here (" + other + ")");
  EXPECT_EQ(unpack_with(packed_with(kModel, ""), "", "").error, ErrorKind::kUnsupported);
  EXPECT_EQ(unpack_with(packed_with("", ""), kModel, "").error, ErrorKind::kUnsupported);
}

TEST(Digests, OtherArithmeticIsRefused) {
  const Outcome back = unpack_with(packed_with(kModel, kProbe), kModel, "1123456789abcdef");
  EXPECT_EQ(back.error, ErrorKind::kUnsupported);
  EXPECT_EQ(back.message,
            "codec trained:x: made on another kind of machine or with another libtorch: its arithmetic differs here");
  EXPECT_EQ(unpack_with(packed_with(kModel, kProbe), kModel, "").error, ErrorKind::kUnsupported);
  EXPECT_EQ(unpack_with(packed_with(kModel, ""), kModel, kProbe).error, ErrorKind::kUnsupported);
}

TEST(Digests, AMissingModelIsNoticedBeforeAnythingIsDelivered) {
  const Bytes raw = noise(3 * kBlock) + Bytes(3 * kBlock, 'a');  // stored blocks first: they would need no codec
  const Bytes packed = packed_with(kModel, "", raw);
  ASSERT_TRUE(list(packed).members.at(0).blocks.at(0).stored);
  ReadOptions options;
  options.codec_for = [](const CodecRequest&) -> std::shared_ptr<const Compressor> {
    throw Error(ErrorKind::kUnsupported, "model x is not installed");
  };
  const Outcome back = unpack(packed, options);
  EXPECT_EQ(back.error, ErrorKind::kUnsupported);
  EXPECT_EQ(back.message, "model x is not installed");
  EXPECT_TRUE(back.bytes.empty());
  EXPECT_EQ(unpack(pack(raw, write_options(kBlock)) + packed,
                   [] {
                     ReadOptions mixed = read_options();
                     mixed.codec_for = [](const CodecRequest& request) { return rle_codec_for(request); };
                     return mixed;
                   }())
                .bytes,
            raw)
      << "what stands before that member is delivered";
}

TEST(Digests, MembersWithDifferentModelsGetDifferentCodecs) {
  const std::string other = "ff112233445566778899aabbccddeeff";
  ReadOptions options;
  std::vector<std::string> made;
  options.codec_for = [&](const CodecRequest& request) {
    made.push_back(request.model_digest);
    return std::make_shared<TrainedCodec>(request.model_digest, "", Numerics::kPortable);
  };
  const Outcome back = unpack(packed_with(kModel, "") + packed_with(other, "") + packed_with(other, ""), options);
  EXPECT_TRUE(back.ok()) << back.message;
  EXPECT_EQ(back.bytes, Bytes(30 * kBlock, 'a'));
  EXPECT_EQ(made, (std::vector{kModel, other}));
}

TEST(Lanes, AreAsManyAsTheCodecPrefersUnlessAskedOtherwise) {
  const Bytes raw(10 * kBlock, 'a');
  for (const auto& [asked, expected] : {std::pair(0u, 3u), std::pair(1u, 1u), std::pair(5u, 5u)}) {
    const auto codec = std::make_shared<TrainedCodec>(kModel, "", Numerics::kPortable);
    WriteOptions writing = write_options(kBlock, 16 * kBlock);
    writing.lanes = asked;
    const Bytes packed = pack(raw, writing, *codec);
    EXPECT_EQ(std::exchange(codec->most_lanes, 0), expected);
    ReadOptions reading = read_options(1, asked);
    reading.codec_for = [&](const CodecRequest&) { return codec; };
    EXPECT_EQ(unpack(packed, reading).bytes, raw);
    EXPECT_EQ(codec->most_lanes, expected);
  }
}

TEST(Lanes, AreSharedEvenlyAmongThreads) {
  EXPECT_EQ(even_lanes(1, 1, 8), 1u);
  EXPECT_EQ(even_lanes(0, 4, 8), 1u);
  EXPECT_EQ(even_lanes(5, 1, 8), 5u);
  EXPECT_EQ(even_lanes(5, 2, 8), 3u);
  EXPECT_EQ(even_lanes(16, 2, 8), 8u);
  EXPECT_EQ(even_lanes(17, 2, 8), 5u) << "two rounds of 5, not one of 8 and a lonely block";
  EXPECT_EQ(even_lanes(1000000, 2, 8), 8u);
  for (uint64_t blocks = 1; blocks < 300; ++blocks) {
    for (unsigned threads = 1; threads < 6; ++threads) {
      const unsigned lanes = even_lanes(blocks, threads, 7);
      ASSERT_GE(lanes, 1u);
      ASSERT_LE(lanes, 7u);
      const auto rounds = [&](unsigned each) { return (blocks + threads * each - 1) / (threads * each); };
      ASSERT_EQ(rounds(lanes), rounds(7)) << blocks << " blocks, " << threads << " threads";
    }
  }
}

TEST(Lanes, FollowTheNumberOfBlocksWhereThatIsKnown) {
  const Bytes raw(10 * kBlock, 'a');
  const auto codec = std::make_shared<TrainedCodec>(kModel, "", Numerics::kPortable);
  ReadOptions reading = read_options(5, 0);
  reading.codec_for = [&](const CodecRequest&) { return codec; };
  reading.blocks = 10;
  EXPECT_EQ(unpack(packed_with(kModel, "", raw), reading).bytes, raw);
  EXPECT_EQ(codec->most_lanes, 2u);
}

}  // namespace
}  // namespace lmzip::test
