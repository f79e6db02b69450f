// SPDX-License-Identifier: Apache-2.0
// Damaged, foreign and hostile files: an error with a position, never wrong bytes with success, never much memory.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "container/format.h"
#include "unit/container/memory_io.h"

namespace lmzip::test {
namespace {

using container::BlockHeader;
using container::Header;
using container::Tag;

constexpr uint64_t kBlock = 1024;

bool is_prefix(const Bytes& part, const Bytes& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

/// Three members: indexed, indexed with a short last block, one block without index.
struct Sample {
  Bytes raw = mixed(2 * kBlock, 1) + mixed(kBlock + 100, 2) + Bytes(300, 'z');
  Bytes packed = pack(slice(raw, 0, 2 * kBlock), write_options(kBlock)) +
                 pack(slice(raw, 2 * kBlock, kBlock + 100), write_options(kBlock)) +
                 pack(slice(raw, 3 * kBlock + 100, 300), write_options(kBlock));
};

TEST(Truncation, AtEveryOffsetIsAnErrorAndDeliversAPrefix) {
  const Sample sample;
  const Listing listing = list(sample.packed);
  for (size_t size = 0; size < sample.packed.size(); ++size) {
    const Outcome back = unpack(slice(sample.packed, 0, size), read_options(2, 2));
    ASSERT_TRUE(is_prefix(back.bytes, sample.raw)) << size;
    const bool between = std::ranges::any_of(listing.members, [&](const MemberEntry& member) {
      return member.packed_offset == size && size > 0;  // a file that ends behind a member is a file
    });
    ASSERT_EQ(back.ok(), between) << size;
    if (!between) {
      ASSERT_EQ(back.error, ErrorKind::kCorrupt) << size << back.message;
      ASSERT_TRUE(size == 0 || back.message.find("byte ") != std::string::npos) << back.message;
    }
  }
}

TEST(Truncation, DeliversEveryWholeBlockBefore) {
  const Sample sample;
  for (const MemberEntry& member : list(sample.packed).members) {
    for (const BlockEntry& block : member.blocks) {
      const uint64_t raw_end = block.raw_offset + block.raw_size;
      const Outcome back = unpack(slice(sample.packed, 0, block.packed_offset + block.packed_size), read_options(3, 5));
      EXPECT_EQ(back.bytes, slice(sample.raw, 0, raw_end));
      EXPECT_FALSE(back.ok());
    }
  }
}

TEST(BitFlips, NeverGiveWrongBytesWithSuccess) {
  const Sample sample;
  for (size_t bit = 0; bit < sample.packed.size() * 8; ++bit) {
    Bytes damaged = sample.packed;
    damaged[bit / 8] = static_cast<uint8_t>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const Outcome back = unpack(damaged);
    // Here even trailing garbage would be wrong: one damaged bit leaves a magic recognisable.
    ASSERT_FALSE(back.ok()) << "bit " << bit;
    ASSERT_TRUE(is_prefix(back.bytes, sample.raw)) << "bit " << bit;
    ASSERT_TRUE(back.error == ErrorKind::kCorrupt || back.error == ErrorKind::kUnsupported) << back.message;
    const Outcome range = unpack_range(damaged, 500, 2000);
    ASSERT_TRUE(is_prefix(range.bytes, slice(sample.raw, 500, 2000))) << "bit " << bit;
    ASSERT_TRUE(!range.ok() || range.bytes.size() == 2000) << "bit " << bit;
  }
}

TEST(BitFlips, DamagedIndexComesLastAfterAllGoodData) {
  const Sample sample;
  const MemberEntry first = list(sample.packed).members[0];
  Bytes damaged = sample.packed;
  damaged[first.packed_size - 10] ^= 4;
  const Outcome back = unpack(damaged);
  EXPECT_EQ(back.bytes, sample.raw);
  EXPECT_EQ(back.error, ErrorKind::kCorrupt);
  EXPECT_NE(back.message.find("damaged index"), std::string::npos) << back.message;
}

TEST(Splices, OfTwoFilesNeverGiveBytesOfBothInOneMember) {
  const Bytes raw_a = mixed(4 * kBlock, 1);
  const Bytes raw_b = mixed(4 * kBlock, 2);
  const Bytes a = pack(raw_a, write_options(kBlock));
  const Bytes b = pack(raw_b, write_options(kBlock));
  for (size_t cut_a = 1; cut_a < a.size(); cut_a += 29) {
    for (size_t cut_b = 1; cut_b < b.size(); cut_b += 31) {
      const Outcome back = unpack(slice(a, 0, cut_a) + slice(b, cut_b, b.size()));
      ASSERT_TRUE(!back.ok() || back.bytes == raw_b) << cut_a << " " << cut_b;  // both cuts inside equal headers
    }
  }
  // At the very borders of blocks every checksum holds, and still the member is not what was written.
  const Listing list_a = list(a);
  const Listing list_b = list(b);
  for (const BlockEntry& x : list_a.members[0].blocks) {
    for (const BlockEntry& y : list_b.members[0].blocks) {
      const Outcome back = unpack(slice(a, 0, x.packed_offset) + slice(b, y.packed_offset, b.size()));
      if (x.raw_offset == 0 && y.raw_offset == 0) {
        EXPECT_EQ(back.bytes, raw_b) << "the headers are the same";
      } else {
        EXPECT_FALSE(back.ok());
      }
    }
  }
}

TEST(Splices, SwappedBlocksOfEqualSizeAreNoticed) {
  const Bytes packed = pack(noise(3 * kBlock), write_options(kBlock));
  const std::vector<BlockEntry> blocks = list(packed).members[0].blocks;
  Bytes swapped = packed;
  std::swap_ranges(swapped.begin() + static_cast<ptrdiff_t>(blocks[0].packed_offset),
                   swapped.begin() + static_cast<ptrdiff_t>(blocks[1].packed_offset),
                   swapped.begin() + static_cast<ptrdiff_t>(blocks[1].packed_offset));
  EXPECT_EQ(unpack(swapped).error, ErrorKind::kCorrupt);
  EXPECT_THROW(check(swapped), Error);
}

TEST(Foreign, FilesAreNamedAsSuch) {
  EXPECT_EQ(unpack({}).message, "empty, not an lmz file");
  const std::string gzip = "\x1F\x8B\x08 and so on";
  EXPECT_EQ(unpack(Bytes(gzip.begin(), gzip.end())).message, "not an lmz file");
  EXPECT_EQ(unpack(Bytes(100)).message, "not an lmz file");
  EXPECT_EQ(unpack(Bytes{'L', 'M'}).message, "byte 2: truncated: the data ends here");
  EXPECT_THROW(list({}), Error);
  EXPECT_EQ(unpack_range(Bytes(100), 0, 10).error, ErrorKind::kCorrupt);
}

TEST(Foreign, RandomBytesBehindAnyPrefixAreRefused) {
  const Sample sample;
  Random random(7);
  for (int round = 0; round < 3000; ++round) {
    const size_t cut = random.below(100);
    const Bytes file = slice(sample.packed, 0, cut) + noise(random.below(200), random.next());
    ASSERT_FALSE(unpack(file).ok() && cut < 4);
    ASSERT_TRUE(is_prefix(unpack(file).bytes, sample.raw));
  }
}

TEST(Foreign, NewerFormatsAskForANewerLmzip) {
  Bytes newer = pack(Bytes(10, 'a'), write_options(kBlock));
  newer[4] = 9;
  const Outcome back = unpack(newer);
  EXPECT_EQ(back.error, ErrorKind::kUnsupported);
  EXPECT_EQ(back.message, "byte 0: written by a newer lmzip (format 9; this one reads up to 1)");
}

TEST(Foreign, UnknownCodecsAreUnsupportedWithTheirNameAndBlock) {
  const Bytes packed = pack(noise(100), write_options(kBlock), RleCodec("future:7")) +
                       pack(Bytes(100, 'a'), write_options(kBlock), RleCodec("future:7"));
  const Outcome back = unpack(packed);
  EXPECT_EQ(back.error, ErrorKind::kUnsupported);
  EXPECT_EQ(back.message, "block 2: codec 'future:7': no such codec");
  EXPECT_EQ(back.bytes, noise(100)) << "stored blocks need no codec";
}

TEST(Errors, NameTheBlockInTheWholeFileWhateverTheBatch) {
  const Bytes raw = Bytes(6 * kBlock, 'a');
  Bytes packed = pack(raw, write_options(kBlock, 2 * kBlock));
  const BlockEntry fourth = list(packed).members[1].blocks[1];
  packed[fourth.packed_offset + fourth.packed_size - 1] ^= 1;  // the last run now is of another byte
  for (const unsigned lanes : {1, 2, 4, 64}) {
    const Outcome back = unpack(packed, read_options(2, lanes));
    EXPECT_EQ(back.message, "block 4: checksum mismatch");
    EXPECT_EQ(back.bytes, slice(raw, 0, 3 * kBlock));
  }
  packed[fourth.packed_offset + fourth.packed_size - 2] = 1;  // and too short
  for (const unsigned lanes : {1, 2, 4, 64}) {
    const Outcome back = unpack(packed, read_options(2, lanes));
    EXPECT_EQ(back.message, "block 4: rle: wrong length");
    EXPECT_EQ(back.bytes, slice(raw, 0, 3 * kBlock));
  }
}

Bytes member_with(uint64_t block_size, const BlockHeader& block, ByteSpan payload) {
  Header header;
  header.codec = "rle";
  header.block_size = block_size;
  return header.encode() + block.encode() + payload;
}

TEST(Hostile, ClaimedSizesAreNotAllocatedBeforeTheirBytesArrive) {
  class Unused : public RleCodec {
    std::vector<Bytes> decompress(std::span<const ByteSpan>, std::span<const size_t>, ProgressSink&) const override {
      ADD_FAILURE() << "was called for a payload that never came";
      return {};
    }
  };
  ReadOptions options = read_options();
  options.codec_for = [](const CodecRequest&) { return std::make_shared<Unused>(); };
  for (const Tag tag : {Tag::kStored, Tag::kCoded}) {
    const uint64_t payload = tag == Tag::kStored ? kMaxBlockSize : kMaxBlockSize - 1;
    const Bytes file = member_with(kMaxBlockSize, {tag, kMaxBlockSize, payload, 0}, Bytes(10));
    MemorySource source(file);
    MemorySink sink;
    ProgressSink progress;
    EXPECT_THROW(read_container(source, sink, options, progress), Error);
    EXPECT_LE(source.largest_request, size_t{1} << 16);
    EXPECT_THROW(list(file), Error);
    EXPECT_THROW(check(file), Error);
  }
}

TEST(Hostile, ABlockOverTheMemoryLimitIsRefusedBeforeItsPayloadIsRead) {
  const Bytes file = member_with(kMaxBlockSize, {Tag::kCoded, kMaxBlockSize, 2, 0}, Bytes{1, 1});
  ReadOptions options = read_options();
  options.memory_limit = uint64_t{64} << 20;
  const Outcome back = unpack(file, options);
  EXPECT_EQ(back.error, ErrorKind::kLimit);
  EXPECT_EQ(back.message, "block 1: needs 1025 MiB of memory, over the limit of 64 MiB");
}

TEST(Hostile, BlocksBehindAShortOneAreCorrupt) {
  const BlockHeader shorter = {Tag::kStored, 10, 10, base::xxh3_64(Bytes(10))};
  const Bytes file = member_with(kBlock, shorter, Bytes(10)) + shorter.encode() + Bytes(10);
  EXPECT_EQ(unpack(file).error, ErrorKind::kCorrupt);
  EXPECT_EQ(unpack(file).bytes, Bytes(10));
  EXPECT_THROW(list(file), Error);
}

TEST(Hostile, AMemberOfSeveralBlocksMustHaveAnIndex) {
  const BlockHeader full = {Tag::kStored, kBlock, kBlock, base::xxh3_64(Bytes(kBlock))};
  const Bytes end = {static_cast<uint8_t>(Tag::kEnd)};
  const Bytes one = member_with(kBlock, full, Bytes(kBlock));
  EXPECT_TRUE(unpack(one + end).ok());
  EXPECT_EQ(unpack(one + full.encode() + Bytes(kBlock) + end).error, ErrorKind::kCorrupt);
}

TEST(Hostile, AnIndexOfOneBlockIsAccepted) {
  const BlockHeader block = {Tag::kStored, 10, 10, base::xxh3_64(Bytes(10))};
  Header header;
  header.codec = "rle";
  header.block_size = kBlock;
  container::IndexBuilder index(header.encode().size());
  index.add(block);
  const Bytes file =
      member_with(kBlock, block, Bytes(10)) + Bytes{static_cast<uint8_t>(Tag::kIndexedEnd)} + index.finish();
  EXPECT_TRUE(unpack(file).ok());
  EXPECT_TRUE(list(file).members[0].indexed);
}

TEST(Hostile, ASkippableFrameLongerThanTheFileIsTruncated) {
  const Sample sample;
  const Bytes frame = {'L', 'M', 'S', 0xFA, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3};
  EXPECT_EQ(unpack(sample.packed + frame).error, ErrorKind::kCorrupt);
  EXPECT_EQ(unpack(sample.packed + frame).bytes, sample.raw);
  EXPECT_THROW(list(sample.packed + frame), Error);
}

}  // namespace
}  // namespace lmzip::test
