// SPDX-License-Identifier: Apache-2.0
// What the stream codecs (gzip, lzma2, zstd) promise beyond the battery, and the loop they share.
#include "codec/classical.h"

#include <gtest/gtest.h>

#include <cstring>

#include "codec/block_codec.h"
#include "lmzip/registry.h"
#include "unit/codec/compressor_battery.h"

namespace lmzip::codec {
namespace {

using test::packed;
using test::random_bytes;
using test::refuses;
using test::text;
using test::unpacked;

template <typename Work>
Error error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::kUsage, "no error"};
}

/// The paper's rate for 2048-byte chunks of random bytes: the size of a 1-byte file is counted once.
double rate_on_random_chunks(const Compressor& codec) {
  constexpr size_t kChunks = 200, kChunk = 2048;
  const size_t header = packed(codec, Bytes{0}).size();
  size_t total = 0;
  for (size_t i = 0; i < kChunks; ++i) total += packed(codec, random_bytes(kChunk, i)).size();
  return 100.0 * static_cast<double>(total - header * (kChunks - 1)) / (kChunks * kChunk);
}

TEST(Gzip, CostsWhatThePaperMeasured) {
  EXPECT_EQ(packed(*make_gzip(9), Bytes{0}).size(), 21u);
  EXPECT_NEAR(rate_on_random_chunks(*make_gzip(9)), 100.10, 0.01);
}

TEST(Gzip, HeaderHasNoTimeAndNoName) {
  const Bytes gzip = packed(*make_gzip(9), text(1000));
  EXPECT_EQ(Bytes(gzip.begin(), gzip.begin() + 8), (Bytes{0x1F, 0x8B, 8, 0, 0, 0, 0, 0}));
}

TEST(Gzip, HigherLevelsAreSmaller) {
  EXPECT_LT(packed(*make_gzip(9), text(50'000)).size(), packed(*make_gzip(1), text(50'000)).size());
}

TEST(Gzip, RefusesASecondMember) {
  const auto codec = make_gzip(9);
  Bytes twice = packed(*codec, text(100));
  twice.insert(twice.end(), twice.begin(), twice.end());
  EXPECT_TRUE(refuses(*codec, twice, 200));
  EXPECT_TRUE(refuses(*codec, twice, 100));
}

TEST(StreamCodecs, RefuseToUnfoldABomb) {
  const Bytes zeros(8 << 20);
  for (const auto make : {+[] { return make_gzip(9); }, +[] { return make_lzma2({}); }}) {
    const auto codec = make();
    EXPECT_TRUE(refuses(*codec, packed(*codec, zeros), 1000));
  }
}

TEST(StreamCodecs, FindEveryFlippedBitThatMatters) {
  const Bytes raw = text(200);
  for (const auto make : {+[] { return make_gzip(9); }, +[] { return make_lzma2({}); }}) {
    const auto codec = make();
    const Bytes payload = packed(*codec, raw);
    for (size_t bit = 0; bit < payload.size() * 8; ++bit) {
      Bytes damaged = payload;
      damaged[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      if (refuses(*codec, damaged, raw.size())) continue;
      EXPECT_TRUE(unpacked(*codec, damaged, raw.size()) == raw) << codec->info().spec << " bit " << bit;
    }
  }
}

TEST(Lzma2, CostsWhatThePaperMeasured) {
  EXPECT_EQ(packed(*make_lzma2({}), Bytes{0}).size(), 60u);
  EXPECT_NEAR(rate_on_random_chunks(*make_lzma2({})), 100.00, 0.02);
}

TEST(Lzma2, IsAnXzStreamWithCrc64) {
  const Bytes xz = packed(*make_lzma2({}), text(1000));
  EXPECT_EQ(Bytes(xz.begin(), xz.begin() + 8), (Bytes{0xFD, '7', 'z', 'X', 'Z', 0, 0, 4}));
}

TEST(Lzma2, RefusesADictionaryThatItsBlockDoesNotNeed) {
  const Bytes large = packed(*make_lzma2({.preset = 9}), Bytes(1 << 20));
  ProgressSink progress;
  const ByteSpan payload = large;
  const size_t small = 2048;
  const Error error = error_of([&] { make_lzma2({.preset = 9})->decompress({&payload, 1}, {&small, 1}, progress); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_STREQ(error.what(), "lzma2: asks for a larger dictionary than its block needs");
}

TEST(Lzma2, FindsMatchesAcrossTheWholeBlock) {
  Bytes raw = random_bytes(3 << 18, 1);  // not a power of two: the dictionary must be rounded up, not down
  raw.insert(raw.end(), raw.begin(), raw.begin() + 4096);
  EXPECT_LT(packed(*make_lzma2({}), raw).size(), (3u << 18) + 2000);
}

#if LMZIP_HAVE_ZSTD
TEST(Zstd, HigherLevelsAreSmaller) {
  EXPECT_LT(packed(*make_zstd(19), text(100'000)).size(), packed(*make_zstd(1), text(100'000)).size());
}

TEST(Zstd, RefusesAWindowThatItsBlockDoesNotNeed) {
  const auto codec = make_zstd(3);
  EXPECT_TRUE(refuses(*codec, packed(*codec, text(1 << 20)), 2048));
}

TEST(Zstd, RefusesASecondFrame) {
  const auto codec = make_zstd(3);
  Bytes twice = packed(*codec, text(100));
  twice.insert(twice.end(), twice.begin(), twice.end());
  EXPECT_TRUE(refuses(*codec, twice, 200));
}
#endif

/// Copies; ends with its input.
StreamStep copy(StreamInput in, std::span<uint8_t> out) {
  std::memcpy(out.data(), in.bytes.data(), in.bytes.size());
  return {in.bytes.size(), in.bytes.size(), in.last};
}

TEST(BlockCodec, AStreamStopsWithinItsBlock) {
  const Bytes raw = text(4 * kPieceSize);
  using Driver = void (*)(ByteSpan, Sink&, ProgressSink&, const StreamCall&);
  const Driver pack = pack_stream;
  const Driver unpack = [](ByteSpan bytes, Sink& sink, ProgressSink& sunk, const StreamCall& call) {
    unpack_stream(bytes, bytes.size(), sink, sunk, call);
  };
  for (const Driver run : {pack, unpack}) {
    ProgressSink progress;
    test::Heap out;
    int calls = 0;
    const Error error = error_of([&] {
      run(raw, out, progress, [&](StreamInput in, std::span<uint8_t> room) {
        if (++calls == 2) progress.request_stop();
        return copy(in, room);
      });
    });
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
    EXPECT_EQ(progress.raw_bytes(), 2 * kPieceSize);
    EXPECT_EQ(out.bytes.size(), 2 * kPieceSize);
  }
}

TEST(BlockCodec, AStreamThatIsStuckIsTruncated) {
  ProgressSink progress;
  const Bytes raw = text(100);
  test::Heap out;
  const Error error = error_of(
      [&] { unpack_stream(raw, 100, out, progress, [](StreamInput, std::span<uint8_t>) { return StreamStep{}; }); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_STREQ(error.what(), "truncated");
}

/// Unpacks twice what it is given and refuses to pack.
class Faulty final : public BlockCodec {
 public:
  Faulty() : BlockCodec({.spec = "faulty:3,a=1"}) {}

 private:
  void pack(ByteSpan, Sink&, ProgressSink&) const override { throw Error(ErrorKind::kLimit, "too much"); }
  void unpack(ByteSpan packed, size_t, Sink& raw, ProgressSink&) const override {
    for (int i = 0; i < 2; ++i) raw.write(packed);
  }
};

TEST(BlockCodec, ErrorsBearItsName) {
  ProgressSink progress;
  const ByteSpan block;
  const size_t size = 5;
  const Error packing = error_of([&] { Faulty().compress({&block, 1}, progress); });
  EXPECT_EQ(packing.kind(), ErrorKind::kLimit);
  EXPECT_STREQ(packing.what(), "faulty: too much");
  const Error unpacking = error_of([&] { Faulty().decompress({&block, 1}, {&size, 1}, progress); });
  EXPECT_EQ(unpacking.kind(), ErrorKind::kCorrupt);
  EXPECT_STREQ(unpacking.what(), "faulty: holds fewer bytes than its block");
}

TEST(BlockCodec, NothingBeyondABlockReachesTheSink) {
  ProgressSink progress;
  test::Heap out;
  const Error error = error_of([&] { Faulty().decompress_to(Bytes(3), 5, out, progress); });
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_STREQ(error.what(), "faulty: holds more bytes than its block");
  EXPECT_EQ(out.bytes.size(), 3u);
}

/// A disk without room.
struct Full final : Sink {
  void write(ByteSpan) override { throw Error(ErrorKind::kIo, "no space"); }
};

TEST(BlockCodec, ErrorsOfASinkComeThroughLibrariesUnchanged) {
  const Bytes raw = text(600'000);
  for (const char* spec : {"store", "gzip:1", "lzma2:0", "png:1", "flac:0"}) {
    const auto codec = make_compressor(spec);
    const Bytes payload = packed(*codec, raw);
    ProgressSink progress;
    Full full;
    for (const Error& error : {error_of([&] { codec->compress_to(raw, full, progress); }),
                               error_of([&] { codec->decompress_to(payload, raw.size(), full, progress); })}) {
      EXPECT_EQ(error.kind(), ErrorKind::kIo) << spec;
      EXPECT_STREQ(error.what(), "no space") << spec;
    }
  }
}

}  // namespace
}  // namespace lmzip::codec
