// SPDX-License-Identifier: Apache-2.0
// The parts of the format, one by one.
#include "container/format.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "base/hash.h"
#include "unit/container/memory_io.h"

namespace lmzip::container {
namespace {

Header header_of(const std::string& codec, uint64_t block_size) {
  Header header;
  header.codec = codec;
  header.block_size = block_size;
  return header;
}

Header decode_header(ByteSpan bytes) {
  ByteReader in(bytes);
  in.skip(kMemberMagic.size());
  Header header = Header::decode(in);
  EXPECT_TRUE(in.at_end());
  return header;
}

ErrorKind kind_of_error(ByteSpan header) {
  try {
    decode_header(header);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "was accepted";
  return ErrorKind::kIo;
}

/// With a check that holds for whatever stands before it.
Bytes rechecked(ByteSpan header) {
  const ByteSpan fields = header.first(header.size() - 2);
  Bytes result(fields.begin(), fields.end());
  put_little_endian(result, base::xxh3_64(fields), 2);
  return result;
}

TEST(Varint, RoundTripsInItsShortestForm) {
  for (int bits = 0; bits < 63; ++bits) {
    for (const uint64_t value : {(uint64_t{1} << bits) - 1, uint64_t{1} << bits}) {
      Bytes bytes;
      put_varint(bytes, value);
      EXPECT_EQ(bytes.size(), std::max(1, (static_cast<int>(std::bit_width(value)) + 6) / 7));
      ByteReader in(bytes);
      EXPECT_EQ(in.varint(static_cast<int>(bytes.size())), value);
      EXPECT_TRUE(in.at_end());
    }
  }
}

TEST(Varint, RefusesLongerFormsAndTooManyBytes) {
  for (const Bytes& bytes : {Bytes{0x80, 0x00}, Bytes{0xFF, 0x80, 0x00}, Bytes{0x80, 0x80, 0x80, 0x01}, Bytes{0x80}}) {
    ByteReader in(bytes);
    EXPECT_THROW(in.varint(3), Error);
  }
}

TEST(Header, RoundTripsEveryField) {
  Header header = header_of("lm:some-model,context=1024", kMaxBlockSize);
  header.numerics = Numerics::kHostBound;
  header.model_digest.emplace().fill(0xAB);
  header.probe_digest.emplace().fill(0xCD);
  const Header back = decode_header(header.encode());
  EXPECT_EQ(back.codec, header.codec);
  EXPECT_EQ(back.numerics, header.numerics);
  EXPECT_EQ(back.model_digest, header.model_digest);
  EXPECT_EQ(back.probe_digest, header.probe_digest);
  EXPECT_EQ(back.block_size, header.block_size);
  EXPECT_EQ(decode_header(header_of("x", kMinBlockSize).encode()).block_size, kMinBlockSize);
}

TEST(Header, EveryFlippedBitIsNoticed) {
  const Bytes good = header_of("mix:5", 16 << 20).encode();
  for (size_t bit = kMemberMagic.size() * 8; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<uint8_t>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THROW(decode_header(bad), Error) << "bit " << bit;
  }
}

TEST(Header, NewerVersionsAndUnknownFlagsAreUnsupportedNotCorrupt) {
  const Bytes good = header_of("mix:5", 16 << 20).encode();
  for (int version = kFormatVersion + 1; version < 256; ++version) {
    Bytes newer = good;
    newer[4] = static_cast<uint8_t>(version);
    EXPECT_EQ(kind_of_error(newer), ErrorKind::kUnsupported);
  }
  for (const int flag : {8, 32, 64, 128}) {
    Bytes newer = good;
    newer[5] = static_cast<uint8_t>(flag);
    EXPECT_EQ(kind_of_error(rechecked(newer)), ErrorKind::kUnsupported);
  }
  Bytes zero = good;
  zero[4] = 0;
  EXPECT_EQ(kind_of_error(rechecked(zero)), ErrorKind::kCorrupt);
}

TEST(Header, NumberedCodecsAreShort) {
  CompressorInfo info;
  info.spec = "mix:5,model=default";
  info.model_digest = "00112233445566778899aabbccddeeff";
  const Header header = Header::of(info, 16 << 20);
  const Bytes bytes = header.encode();
  EXPECT_EQ(bytes.size(), 20u);
  const Header back = decode_header(bytes);
  EXPECT_EQ(back.request().spec, info.spec);
  EXPECT_EQ(back.request().model_digest, "0011223344556677");
  EXPECT_EQ(back.encode(), bytes);
  for (size_t bit = kMemberMagic.size() * 8; bit < bytes.size() * 8; ++bit) {
    Bytes bad = bytes;
    bad[bit / 8] = static_cast<uint8_t>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THROW(decode_header(bad), Error) << "bit " << bit;
  }
  Bytes newer = bytes;
  newer[6] = 200;
  EXPECT_EQ(kind_of_error(rechecked(newer)), ErrorKind::kUnsupported);
  for (const int flag : {1, 2, 4}) {
    Bytes both = bytes;
    both[5] = static_cast<uint8_t>(both[5] | flag);
    EXPECT_EQ(kind_of_error(rechecked(both)), ErrorKind::kCorrupt);
  }

  Header words = header;  // what others wrote
  words.compact = false;
  EXPECT_EQ(decode_header(words.encode()).request().spec, info.spec);
  EXPECT_EQ(decode_header(words.encode()).encode(), words.encode());
  info.spec = "mix:3,model=default";
  EXPECT_FALSE(Header::of(info, 16 << 20).compact);
  EXPECT_EQ(Header::of(info, 16 << 20).request().model_digest, info.model_digest);
}

TEST(Header, BlockSizesOutOfBoundsAreCorruptAlthoughTheCheckHolds) {
  EXPECT_EQ(kind_of_error(header_of("x", 0).encode()), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of_error(header_of("x", kMaxBlockSize + 1024).encode()), ErrorKind::kCorrupt);
  EXPECT_EQ(kind_of_error(header_of("x", kMaxBlockSize * 1024).encode()), ErrorKind::kCorrupt);
}

TEST(Header, CodecTextIsPrintableAndFits) {
  EXPECT_NO_THROW(header_of(std::string(255, '~'), 1024).encode());
  for (const std::string& text : {std::string(), std::string(256, 'x'), std::string("a\nb"), std::string("\xC3\xA4")}) {
    EXPECT_THROW(header_of(text, 1024).encode(), Error);
  }
  Bytes control = header_of("abc", 1024).encode();
  control[8] = '\x1B';
  EXPECT_EQ(kind_of_error(rechecked(control)), ErrorKind::kCorrupt);
}

TEST(BlockHeader, RoundTripsAtTheBounds) {
  for (const uint64_t raw : {uint64_t{1}, uint64_t{1000}, kMaxBlockSize}) {
    for (const Tag tag : {Tag::kCoded, Tag::kStored}) {
      const BlockHeader block = {tag, raw, tag == Tag::kStored ? raw : raw - 1, 0x0123456789ABCDEF};
      const Bytes bytes = block.encode();
      EXPECT_EQ(block.encoded_size(), bytes.size());
      ByteReader in(bytes);
      const BlockHeader back = BlockHeader::decode(static_cast<Tag>(in.byte()), kMaxBlockSize, in);
      EXPECT_TRUE(in.at_end());
      EXPECT_EQ(back.stored(), block.stored());
      EXPECT_EQ(back.raw_size, raw);
      EXPECT_EQ(back.payload_size, block.payload_size);
      EXPECT_EQ(back.checksum, block.checksum);
    }
  }
}

TEST(BlockHeader, ImpossibleSizesAreCorrupt) {
  const auto decode = [](uint64_t raw, uint64_t payload) {
    const Bytes bytes = BlockHeader{Tag::kCoded, raw, payload, 0}.encode();
    ByteReader in(bytes);
    BlockHeader::decode(static_cast<Tag>(in.byte()), 4096, in);
  };
  EXPECT_NO_THROW(decode(4096, 4095));
  EXPECT_NO_THROW(decode(1, 0));
  EXPECT_THROW(decode(0, 0), Error);
  EXPECT_THROW(decode(4097, 1), Error);
  EXPECT_THROW(decode(4096, 4096), Error);
  EXPECT_THROW(decode(4096, std::numeric_limits<uint32_t>::max()), Error);
}

TEST(Tags, AnyTwoDifferInFourBits) {
  const std::vector<Tag> tags = {Tag::kCoded, Tag::kStored, Tag::kEnd, Tag::kIndexedEnd};
  for (const Tag a : tags) {
    for (const Tag b : tags) {
      const unsigned difference = static_cast<unsigned>(a) ^ static_cast<unsigned>(b);
      EXPECT_EQ(std::popcount(difference), a == b ? 0 : 4);
    }
  }
}

TEST(Index, RoundTripsThroughBuilderAndFooter) {
  IndexBuilder builder(17);
  builder.add({Tag::kCoded, 4096, 100, 1});
  builder.add({Tag::kStored, 4096, 4096, 2});
  builder.add({Tag::kCoded, 5, 0, 3});
  const Bytes bytes = builder.finish();
  const auto footer = Footer::decode(ByteSpan(bytes).last(kFooterSize));
  ASSERT_TRUE(footer);
  const uint64_t blocks = (1 + 2 + 1 + 8 + 100) + (1 + 2 + 8 + 4096) + (1 + 1 + 1 + 8 + 0);
  EXPECT_EQ(footer->packed_size, 17 + blocks + 1 + bytes.size());
  EXPECT_EQ(footer->index_size, bytes.size() - kFooterSize);
  const ByteSpan index_bytes = ByteSpan(bytes).first(footer->index_size);
  EXPECT_EQ(footer->check, footer->check_of(index_bytes));
  const auto index = Index::decode(index_bytes);
  ASSERT_TRUE(index);
  EXPECT_EQ(index->raw_size, 4096 + 4096 + 5);
  ASSERT_EQ(index->entries.size(), 3);
  EXPECT_EQ(index->entries[1].payload_size, 4096);
  EXPECT_TRUE(index->entries[1].stored);
  EXPECT_FALSE(index->entries[2].stored);
}

TEST(Index, KnowsTheOrderOfBlocksOfEqualSize) {
  const BlockHeader first = {Tag::kStored, 1024, 1024, 1};
  const BlockHeader second = {Tag::kStored, 1024, 1024, 2};
  IndexBuilder one(17);
  one.add(first);
  one.add(second);
  IndexBuilder other(17);
  other.add(second);
  other.add(first);
  EXPECT_NE(one.finish(), other.finish());
}

TEST(Index, MalformedIsNothing) {
  EXPECT_FALSE(Index::decode(Bytes{}));
  EXPECT_FALSE(Index::decode(Bytes{1, 2}));              // no total
  EXPECT_FALSE(Index::decode(Bytes{1, 2, 1, 0}));        // more than it says
  EXPECT_FALSE(Index::decode(Bytes{0xFF, 0xFF, 0x7F}));  // 2^21 - 1 blocks
  EXPECT_FALSE(Footer::decode(Bytes(kFooterSize)));      // no magic
  Footer huge;
  huge.index_size = kMaxIndexSize + 1;
  EXPECT_FALSE(Footer::decode(huge.encode()));
}

TEST(Overhead, OneBlockFilesCostAtMost32Bytes) {
  const Bytes raw(2048, 'a');
  WriteOptions options;  // the default block size has the longest number of all presets
  const test::RleCodec codec("mix:5");
  ProgressSink progress;
  const ByteSpan block = raw;
  const size_t payload = codec.compress({&block, 1}, progress).front().size();
  EXPECT_LE(test::pack(raw, options, codec).size() - payload, 32);
  EXPECT_LE(test::pack({}, options, codec).size(), 20);
}

TEST(Overhead, NoiseExpandsByAtMostOneThousandthPlus64Bytes) {
  const test::RleCodec codec(std::string(32, 'x'));
  for (const uint64_t block_size : {uint64_t{64} << 10, uint64_t{256} << 10}) {
    for (const uint64_t member_size : {block_size, uint64_t{0}, 16 * block_size}) {
      for (const size_t size : {1, 100, 65536, 300000, 1200000}) {
        const Bytes raw = test::noise(size);
        const Bytes packed = test::pack(raw, test::write_options(block_size, member_size), codec);
        EXPECT_LE(packed.size(), raw.size() + raw.size() / 1000 + 64) << size << " in " << block_size;
      }
    }
  }
}

TEST(ReadGrowing, BelievesNoClaimedSize) {
  const Bytes tiny(100);
  test::MemorySource source(tiny);
  const Bytes got = read_growing(kMaxBlockSize, [&](uint8_t* data, size_t size) { return source.read(data, size); });
  EXPECT_EQ(got.size(), 100);
  EXPECT_LE(got.capacity(), size_t{1} << 16);
  const Bytes more(size_t{3} << 20);
  test::MemorySource larger(more);
  const Bytes all = read_growing(kMaxBlockSize, [&](uint8_t* data, size_t size) { return larger.read(data, size); });
  EXPECT_EQ(all.size(), more.size());
  EXPECT_LE(all.capacity(), 2 * more.size() + (size_t{1} << 16));
  EXPECT_LE(larger.largest_request, size_t{1} << 20);
}

}  // namespace
}  // namespace lmzip::container
