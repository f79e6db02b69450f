// SPDX-License-Identifier: Apache-2.0
// What a file says of itself, with and without its indexes.
#include <gtest/gtest.h>

#include "container/format.h"
#include "unit/container/memory_io.h"

namespace lmzip::test {
namespace {

constexpr uint64_t kBlock = 1024;

void expect_equal(const Listing& a, const Listing& b) {
  EXPECT_EQ(a.raw_size, b.raw_size);
  EXPECT_EQ(a.packed_size, b.packed_size);
  ASSERT_EQ(a.members.size(), b.members.size());
  for (size_t i = 0; i < a.members.size(); ++i) {
    const MemberEntry& x = a.members[i];
    const MemberEntry& y = b.members[i];
    EXPECT_EQ(x.packed_offset, y.packed_offset);
    EXPECT_EQ(x.packed_size, y.packed_size);
    EXPECT_EQ(x.raw_size, y.raw_size);
    EXPECT_EQ(x.block_size, y.block_size);
    EXPECT_EQ(x.codec, y.codec);
    ASSERT_EQ(x.blocks.size(), y.blocks.size());
    for (size_t j = 0; j < x.blocks.size(); ++j) {
      EXPECT_EQ(x.blocks[j].raw_offset, y.blocks[j].raw_offset);
      EXPECT_EQ(x.blocks[j].raw_size, y.blocks[j].raw_size);
      EXPECT_EQ(x.blocks[j].packed_offset, y.blocks[j].packed_offset);
      EXPECT_EQ(x.blocks[j].packed_size, y.blocks[j].packed_size);
      EXPECT_EQ(x.blocks[j].stored, y.blocks[j].stored);
    }
  }
}

TEST(Listing, TilesTheFile) {
  const Bytes raw = mixed(21 * kBlock + 5);
  const Bytes packed = pack(raw, write_options(kBlock));
  const Listing listing = list(packed);
  EXPECT_EQ(listing.raw_size, raw.size());
  EXPECT_EQ(listing.packed_size, packed.size());
  ASSERT_EQ(listing.members.size(), 6);
  uint64_t packed_end = 0;
  uint64_t raw_end = 0;
  for (const MemberEntry& member : listing.members) {
    EXPECT_EQ(member.packed_offset, packed_end);
    EXPECT_EQ(member.codec.spec, "rle");
    EXPECT_EQ(member.block_size, kBlock);
    EXPECT_EQ(member.codec.numerics, Numerics::kPortable);
    EXPECT_TRUE(member.indexed);
    uint64_t block_end = member.blocks.front().packed_offset;
    for (const BlockEntry& block : member.blocks) {
      EXPECT_EQ(block.raw_offset, raw_end);
      EXPECT_EQ(block.packed_offset, block_end);
      raw_end += block.raw_size;
      block_end += block.packed_size;
    }
    packed_end += member.packed_size;
    EXPECT_LT(block_end, packed_end);
  }
  EXPECT_EQ(packed_end, packed.size());
  EXPECT_EQ(raw_end, raw.size());
}

TEST(Listing, FindsIndexedFilesFromTheirEndWithoutTouchingBlocks) {
  const uint64_t block = 64 << 10;
  const Bytes packed = pack(noise(40 * block), write_options(block, 10 * block));
  MemoryFile file(packed);
  EXPECT_EQ(list_container(file).members.size(), 4);
  EXPECT_LT(std::count(file.touched.begin(), file.touched.end(), true), 4 * 4096);
}

TEST(Listing, IsTheSameFromTheIndexesAndFromTheBlockHeaders) {
  const Bytes raw = mixed(9 * kBlock);
  const Bytes packed = pack(raw, write_options(kBlock, 3 * kBlock));
  // Text behind the last member sends the reader to the block headers.
  Listing rebuilt = list(packed + Bytes{'t', 'e', 'x', 't'});
  EXPECT_EQ(rebuilt.trailing_garbage, packed.size());
  rebuilt.packed_size -= 4;
  expect_equal(list(packed), rebuilt);
  EXPECT_TRUE(rebuilt.members[2].indexed);
}

TEST(Listing, SurvivesALostIndexAndSaysSo) {
  const Bytes packed = pack(mixed(9 * kBlock), write_options(kBlock, 3 * kBlock));
  const Listing whole = list(packed);
  for (const size_t victim : {0, 1, 2}) {
    const MemberEntry& member = whole.members[victim];
    const BlockEntry& last = member.blocks.back();
    for (uint64_t at = last.packed_offset + last.packed_size + 1; at < member.packed_offset + member.packed_size;
         ++at) {
      Bytes damaged = packed;
      damaged[at] ^= 0x10;
      const Listing listing = list(damaged);
      expect_equal(listing, whole);
      EXPECT_FALSE(listing.members[victim].indexed);
      EXPECT_TRUE(listing.members[(victim + 1) % 3].indexed);
      EXPECT_EQ(unpack_range(damaged, 100, 8000).bytes, unpack_range(packed, 100, 8000).bytes);
      EXPECT_THROW(check(damaged), Error);
    }
  }
}

TEST(Listing, SurvivesATruncatedIndex) {
  const Bytes packed = pack(mixed(3 * kBlock), write_options(kBlock));
  const Listing whole = list(packed);
  const BlockEntry& last = whole.members[0].blocks.back();
  for (uint64_t size = last.packed_offset + last.packed_size + 1; size < packed.size(); ++size) {
    const Listing listing = list(slice(packed, 0, size));
    EXPECT_EQ(listing.raw_size, 3 * kBlock);
    EXPECT_FALSE(listing.members[0].indexed);
    EXPECT_EQ(listing.members[0].packed_size, size);
  }
}

TEST(Listing, NamesModelAndProbeWithoutACodec) {
  container::Header header;
  header.codec = "lm:tiny";
  header.numerics = Numerics::kHostBound;
  header.block_size = kBlock;
  header.model_digest.emplace().fill(0x1F);
  header.probe_digest.emplace().fill(0xE0);
  Bytes file = header.encode();
  file.push_back(static_cast<uint8_t>(container::Tag::kEnd));
  const Listing listing = list(file);
  EXPECT_EQ(listing.members[0].codec.model_digest, "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f");
  EXPECT_EQ(listing.members[0].codec.probe_digest, "e0e0e0e0e0e0e0e0");
  EXPECT_EQ(listing.members[0].codec.numerics, Numerics::kHostBound);
}

TEST(CheckStructure, AcceptsGoodFilesAndVerifiesStoredBlocks) {
  const Bytes packed = pack(noise(3 * kBlock), write_options(kBlock));
  EXPECT_EQ(check(packed).members.size(), 1);
  Bytes damaged = packed;
  damaged[damaged.size() / 2] ^= 1;  // inside the second stored block
  try {
    check(damaged);
    FAIL() << "the damage went unnoticed";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "block 2: checksum mismatch");
  }
  EXPECT_EQ(list(damaged).raw_size, 3 * kBlock) << "a listing reads no payload";
}

TEST(CheckStructure, NeedsNoCodec) {
  const Bytes packed = pack(Bytes(3 * kBlock, 'a'), write_options(kBlock), RleCodec("never-heard-of"));
  EXPECT_EQ(check(packed).members[0].codec.spec, "never-heard-of");
  EXPECT_EQ(unpack(packed).error, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace lmzip::test
