// SPDX-License-Identifier: Apache-2.0
// What is written comes back, and looks the same however it was written.
#include <gtest/gtest.h>

#include "unit/container/memory_io.h"

namespace lmzip::test {
namespace {

constexpr uint64_t kBlock = 1024;

TEST(RoundTrip, SizesAroundBlockAndMemberBoundaries) {
  for (const uint64_t member : {kBlock, 2 * kBlock, uint64_t{0}, 7 * kBlock}) {
    for (const size_t blocks : {0, 1, 2, 4, 7, 8, 14}) {
      for (const int off : {-1, 0, 1}) {
        if (blocks == 0 && off < 0) continue;
        const Bytes raw = mixed(blocks * kBlock + static_cast<size_t>(off));
        const Outcome back = unpack(pack(raw, write_options(kBlock, member)));
        ASSERT_TRUE(back.ok()) << back.message;
        EXPECT_EQ(back.bytes, raw);
        EXPECT_FALSE(back.summary.trailing_garbage);
      }
    }
  }
}

TEST(RoundTrip, EmptyInputIsOneMemberWithoutBlocks) {
  const Bytes packed = pack({}, write_options(kBlock));
  const Outcome back = unpack(packed);
  ASSERT_TRUE(back.ok()) << back.message;
  EXPECT_TRUE(back.bytes.empty());
  EXPECT_EQ(back.summary.members, 1);
  EXPECT_EQ(back.summary.blocks, 0);
}

TEST(RoundTrip, SummariesAndProgressCountWhatHappened) {
  const Bytes raw = Bytes(3 * kBlock, 'a') + noise(2 * kBlock + 10);
  MemorySource source(raw);
  MemorySink packed;
  ProgressSink writing;
  const StreamSummary wrote = write_container(source, packed, RleCodec(), write_options(kBlock), writing);
  EXPECT_EQ(wrote.raw_bytes, raw.size());
  EXPECT_EQ(wrote.packed_bytes, packed.bytes.size());
  EXPECT_EQ(wrote.blocks, 6);
  EXPECT_EQ(wrote.stored_blocks, 3);
  EXPECT_EQ(wrote.members, 2);
  EXPECT_EQ(writing.raw_bytes(), raw.size());
  EXPECT_EQ(writing.packed_bytes(), packed.bytes.size());

  MemorySource again(packed.bytes);
  MemorySink sink;
  ProgressSink reading;
  const ReadSummary read = read_container(again, sink, read_options(2, 3), reading);
  EXPECT_EQ(read.raw_bytes, raw.size());
  EXPECT_EQ(read.packed_bytes, packed.bytes.size());
  EXPECT_EQ(read.blocks, 6);
  EXPECT_EQ(read.stored_blocks, 3);
  EXPECT_EQ(read.members, 2);
  EXPECT_EQ(reading.raw_bytes(), raw.size());
  EXPECT_EQ(reading.packed_bytes(), packed.bytes.size());
}

TEST(RoundTrip, BytesDoNotDependOnThreadsOrLanes) {
  const Bytes raw = mixed(37 * kBlock + 5);
  const Bytes expected = pack(raw, write_options(kBlock));
  for (const unsigned threads : {1, 2, 5}) {
    for (const unsigned lanes : {1, 2, 3, 64}) {
      WriteOptions options = write_options(kBlock);
      options.threads = threads;
      options.lanes = lanes;
      EXPECT_EQ(pack(raw, options), expected);
      EXPECT_EQ(unpack(expected, read_options(threads, lanes)).bytes, raw);
    }
  }
}

TEST(RoundTrip, WorksThroughPipesThatYieldOneByteAtATime) {
  const Bytes raw = mixed(5 * kBlock + 77);
  MemorySource source(raw, 1);
  MemorySink packed;
  ProgressSink progress;
  write_container(source, packed, RleCodec(), write_options(kBlock), progress);
  EXPECT_EQ(packed.bytes, pack(raw, write_options(kBlock)));
  MemorySource pipe(packed.bytes, 1);
  MemorySink back;
  read_container(pipe, back, read_options(), progress);
  EXPECT_EQ(back.bytes, raw);
}

TEST(RoundTrip, SmallInputIsNotMetWithAWholeBlockOfMemory) {
  const Bytes raw(2000, 'a');
  MemorySource source(raw);
  MemorySink packed;
  ProgressSink progress;
  write_container(source, packed, RleCodec(), write_options(kMaxBlockSize), progress);
  EXPECT_LE(source.largest_request, size_t{1} << 16);
}

TEST(Shards, ConcatenatedEqualOneRun) {
  const uint64_t member = 2 * kBlock;
  for (const size_t size : {0, 1, 1024, 2048, 2049, 10000, 16384}) {
    const Bytes raw = mixed(size);
    const Bytes whole = pack(raw, write_options(kBlock, member));
    for (const uint64_t count : {1, 2, 3, 5, 20}) {
      Bytes joined;
      uint64_t last = 0;
      for (uint64_t index = 1; index <= count; ++index) {
        const RawRange range = shard_range(size, member, index, count);
        EXPECT_EQ(range.first, last);
        last = range.last;
        if (range.first == range.last && !(size == 0 && index == 1)) continue;
        joined = joined + pack(slice(raw, range.first, range.last - range.first), write_options(kBlock, member));
      }
      EXPECT_EQ(last, size);
      EXPECT_EQ(joined, whole) << size << " in " << count;
    }
  }
}

TEST(Shards, AreEvenAndRefuseNonsense) {
  for (uint64_t index = 1; index <= 7; ++index) {
    const RawRange range = shard_range(100 * kBlock - 1, kBlock, index, 7);
    EXPECT_NEAR(static_cast<double>(range.last - range.first), 100.0 * kBlock / 7, kBlock);
  }
  const uint64_t huge = ~uint64_t{0};
  EXPECT_EQ(shard_range(huge, kBlock, 3, 3).last, huge);
  EXPECT_EQ(shard_range(huge, huge - 1, 2, 2).first, huge - 1);
  EXPECT_THROW(shard_range(1, 0, 1, 1), Error);
  EXPECT_THROW(shard_range(1, 1, 0, 1), Error);
  EXPECT_THROW(shard_range(1, 1, 2, 1), Error);
  EXPECT_THROW(shard_range(1, 1, 1, 0), Error);
}

TEST(Concatenation, MembersOfDifferentBlockSizesAndCodecs) {
  const Bytes a(5000, 'a');
  const Bytes b(9000, 'b');
  const Bytes joined =
      pack(a, write_options(kBlock)) + pack({}, write_options(kBlock)) + pack(b, write_options(4096), RleCodec("rle2"));
  for (const unsigned lanes : {1, 4}) {
    ReadOptions options = read_options(2, lanes);
    std::vector<std::string> made;
    options.codec_for = [&](const CodecRequest& request) {
      made.push_back(request.spec);
      return std::make_shared<RleCodec>(request.spec);
    };
    const Outcome back = unpack(joined, options);
    ASSERT_TRUE(back.ok()) << back.message;
    EXPECT_EQ(back.bytes, a + b);
    EXPECT_EQ(made, (std::vector<std::string>{"rle", "rle2"}));
  }
}

TEST(Concatenation, SkippableFramesStandAnywhereBetweenMembers) {
  const Bytes raw = mixed(3000);
  const Bytes member = pack(raw, write_options(kBlock));
  MemorySink frame;
  write_skippable_frame(frame, noise(300000));
  MemorySink nothing;
  write_skippable_frame(nothing, {});
  const Bytes file = frame.bytes + member + nothing.bytes + frame.bytes + member + frame.bytes;
  const Outcome back = unpack(file);
  ASSERT_TRUE(back.ok()) << back.message;
  EXPECT_EQ(back.bytes, raw + raw);
  EXPECT_EQ(list(file).raw_size, 2 * raw.size());
  EXPECT_EQ(unpack_range(file, 2990, 20).bytes, slice(raw + raw, 2990, 20));
}

TEST(Concatenation, SkippableFramesAloneAreNoFile) {
  MemorySink frame;
  write_skippable_frame(frame, noise(10));
  EXPECT_EQ(unpack(frame.bytes).error, ErrorKind::kCorrupt);
}

TEST(Concatenation, ZerosBehindMembersArePadding) {
  const Bytes raw = mixed(3000);
  const Bytes member = pack(raw, write_options(kBlock));
  for (const size_t zeros : {1, 3, 511, 70000}) {
    const Outcome back = unpack(member + Bytes(zeros));
    ASSERT_TRUE(back.ok()) << back.message;
    EXPECT_EQ(back.bytes, raw);
    EXPECT_FALSE(back.summary.trailing_garbage);
    EXPECT_EQ(unpack(member + Bytes(zeros) + member).bytes, raw + raw);
    EXPECT_EQ(list(member + Bytes(zeros)).members.size(), 1);
    EXPECT_TRUE(list(member + Bytes(zeros)).members[0].indexed);
    EXPECT_EQ(list(member + Bytes(zeros) + member).members.size(), 2);
  }
  EXPECT_EQ(unpack(Bytes(4) + member).error, ErrorKind::kCorrupt) << "padding comes behind";
}

TEST(Concatenation, OtherBytesBehindMembersAreReportedWithTheirOffset) {
  const Bytes raw = mixed(3000);
  const Bytes member = pack(raw, write_options(kBlock));
  for (const std::string text : {"x", "garbage", "PK\3\4 and many more bytes"}) {
    const Bytes garbage(text.begin(), text.end());
    const Outcome back = unpack(member + Bytes(5) + garbage);
    ASSERT_TRUE(back.ok()) << back.message;
    EXPECT_EQ(back.bytes, raw);
    EXPECT_EQ(back.summary.trailing_garbage, member.size() + 5);
    EXPECT_EQ(back.summary.packed_bytes, member.size() + 5);
    EXPECT_EQ(list(member + Bytes(5) + garbage).trailing_garbage, member.size() + 5);
  }
}

}  // namespace
}  // namespace lmzip::test
