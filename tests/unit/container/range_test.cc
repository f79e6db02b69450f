// SPDX-License-Identifier: Apache-2.0
// A range of a file is the slice of what the whole file decodes to.
#include <gtest/gtest.h>

#include "container/format.h"
#include "unit/container/memory_io.h"

namespace lmzip::test {
namespace {

constexpr uint64_t kBlock = 1024;

void expect_ranges_equal_slices(const Bytes& packed, const Bytes& raw, uint64_t step) {
  for (uint64_t offset = 0; offset <= raw.size() + 1; offset += step) {
    for (const uint64_t length : {uint64_t{0}, uint64_t{1}, uint64_t{100}, kBlock, 3 * kBlock + 1, ~uint64_t{0}}) {
      const Outcome range = unpack_range(packed, offset, length);
      ASSERT_TRUE(range.ok()) << range.message;
      ASSERT_EQ(range.bytes, slice(raw, offset, length)) << offset << " + " << length;
      ASSERT_EQ(range.summary.raw_bytes, range.bytes.size());
    }
  }
}

TEST(Range, EqualsTheSliceAtEveryOffset) {
  const Bytes raw = mixed(4 * kBlock + 50);
  const Bytes indexed = pack(raw, write_options(kBlock, 16 * kBlock));
  ASSERT_TRUE(list(indexed).members[0].indexed);
  expect_ranges_equal_slices(indexed, raw, 1);
  const Bytes one_block_each = pack(raw, write_options(kBlock, kBlock));
  ASSERT_FALSE(list(one_block_each).members[0].indexed);
  expect_ranges_equal_slices(one_block_each, raw, 1);
}

TEST(Range, EqualsTheSliceWithoutIndexAndAcrossMembers) {
  const Bytes raw = mixed(9 * kBlock, 1);
  const Bytes more = mixed(5000, 2);
  MemorySink frame;
  write_skippable_frame(frame, noise(33));
  const Bytes packed = pack(raw, write_options(kBlock, 3 * kBlock));
  const Bytes larger_blocks = pack(more, write_options(4 * kBlock));
  expect_ranges_equal_slices(packed + larger_blocks, raw + more, 97);
  expect_ranges_equal_slices(packed + frame.bytes + larger_blocks + Bytes(9), raw + more, 97);
  Bytes lost_index = packed;
  lost_index[lost_index.size() - 1] ^= 1;
  expect_ranges_equal_slices(lost_index, raw, 97);
}

TEST(Range, TouchesNoOtherBlock) {
  const uint64_t block = 64 << 10;
  const Bytes raw = noise(12 * block);
  for (const Bytes& packed : {pack(raw, write_options(block)), pack(raw, write_options(block)) + Bytes{'x'}}) {
    MemoryFile file(packed);
    MemorySink sink;
    ProgressSink progress;
    const StreamSummary summary = read_range(file, sink, 5 * block + 10, block, read_options(), progress);
    EXPECT_EQ(sink.bytes, slice(raw, 5 * block + 10, block));
    EXPECT_EQ(summary.blocks, 2);
    EXPECT_EQ(summary.members, 1);
    EXPECT_EQ(summary.stored_blocks, 2);
    EXPECT_EQ(progress.packed_bytes(), summary.packed_bytes);
    EXPECT_LT(std::count(file.touched.begin(), file.touched.end(), true), 2.2 * block);
  }
}

TEST(Range, DamageElsewhereDoesNotMatter) {
  const Bytes raw = noise(8 * kBlock);
  Bytes packed = pack(raw, write_options(kBlock));
  const Listing listing = list(packed);
  packed[listing.members[0].blocks[1].packed_offset] ^= 0xFF;
  packed[listing.members[1].blocks[0].packed_offset + 100] ^= 0xFF;
  EXPECT_EQ(unpack_range(packed, 2 * kBlock, kBlock).bytes, slice(raw, 2 * kBlock, kBlock));
  EXPECT_EQ(unpack_range(packed, 5 * kBlock, 3 * kBlock).bytes, slice(raw, 5 * kBlock, 3 * kBlock));
  const Outcome header = unpack_range(packed, kBlock, 1);
  EXPECT_EQ(header.error, ErrorKind::kCorrupt);
  EXPECT_EQ(header.message.find("block 2: byte "), 0) << header.message;
  EXPECT_EQ(unpack_range(packed, 4 * kBlock, 1).message, "block 5: checksum mismatch");
}

TEST(Range, TruncatedFilesGiveWhatIsLeft) {
  const Bytes raw = mixed(8 * kBlock);
  const Bytes packed = pack(raw, write_options(kBlock));
  const uint64_t end = list(packed).members[1].blocks[1].packed_offset;
  const Bytes cut = slice(packed, 0, end + 3);
  EXPECT_EQ(unpack_range(cut, 10, 5 * kBlock - 10).bytes, slice(raw, 10, 5 * kBlock - 10));
  const Outcome beyond = unpack_range(cut, 4 * kBlock, 2 * kBlock);
  EXPECT_EQ(beyond.error, ErrorKind::kCorrupt);
  EXPECT_EQ(beyond.bytes, slice(raw, 4 * kBlock, kBlock));
}

TEST(Range, AnIndexThatLiesIsFoundOut) {
  // Built by hand: the index swaps the sizes of its two blocks, with a check that holds.
  const Bytes raw = Bytes(kBlock, 'a') + mixed(kBlock, 3);
  const Bytes packed = pack(raw, write_options(kBlock));
  const Listing listing = list(packed);
  const MemberEntry& member = listing.members[0];
  container::IndexBuilder liar(member.blocks[0].packed_offset);
  const auto header_of = [&](const BlockEntry& block) {
    container::ByteReader in(ByteSpan(packed).subspan(block.packed_offset));
    const auto tag = static_cast<container::Tag>(in.byte());
    return container::BlockHeader::decode(tag, kBlock, in);
  };
  liar.add(header_of(member.blocks[1]));
  liar.add(header_of(member.blocks[0]));
  const uint64_t end = member.blocks[1].packed_offset + member.blocks[1].packed_size + 1;
  const Bytes forged = slice(packed, 0, end) + liar.finish();
  EXPECT_EQ(unpack_range(forged, 0, 1).error, ErrorKind::kCorrupt);
  EXPECT_EQ(unpack_range(forged, kBlock, 1).error, ErrorKind::kCorrupt);
  const Outcome whole = unpack(forged);
  EXPECT_EQ(whole.error, ErrorKind::kCorrupt);
  EXPECT_EQ(whole.bytes, raw);
}

}  // namespace
}  // namespace lmzip::test
