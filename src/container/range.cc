// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <utility>

#include "container/decoding.h"
#include "container/listing.h"
#include "container/parser.h"
#include "lmzip/container.h"

namespace lmzip {
namespace container {
namespace {

/// Where a block stands in the file and in the decoded stream.
struct BlockPlace {
  uint64_t member;  ///< any number that tells its member from others
  uint64_t number;
  uint64_t raw_offset;
};

/// Decodes the blocks that overlap a range, however they are found.
class RangeReader {
 public:
  RangeReader(RandomSource& source, const RawRange& range, BlockDecoder& decoder, ProgressSink& progress)
      : source_(source), range_(range), decoder_(decoder), progress_(progress) {}

  /// By the indexes.
  void read(const Listing& listing) {
    uint64_t number = 0;
    for (const MemberEntry& member : listing.members) {
      for (const BlockEntry& entry : member.blocks) {
        ++number;
        if (overlaps(entry.raw_offset, entry.raw_size)) read_entry(member, entry, number);
      }
    }
    finish();
  }

  /// By the block headers, no further than the range goes.
  void read_from_the_start() {
    Parser parser(source_);
    uint64_t raw_end = 0;
    Event event;
    do {
      progress_.check();
      event = decoder_.ahead([&] { return parser.next(); });
      if (event != Event::kBlock) continue;
      const BlockHeader& block = parser.block();
      raw_end = parser.raw_offset() + block.raw_size;
      if (overlaps(parser.raw_offset(), block.raw_size)) {
        const BlockPlace place = {parser.members(), parser.blocks(), parser.raw_offset()};
        take(place, parser.header(), block, [&] { return parser.take_payload(); });
      } else {
        decoder_.ahead([&] { parser.skip_payload(); });
      }
    } while (event != Event::kEnd && raw_end < range_.last);
    finish();
  }

  const StreamSummary& summary() const { return summary_; }

 private:
  bool overlaps(uint64_t raw_offset, uint64_t raw_size) const {
    return raw_offset < range_.last && raw_offset + raw_size > range_.first;
  }

  void read_entry(const MemberEntry& member, const BlockEntry& entry, uint64_t number) {
    ByteReader member_reader(source_, member.packed_offset + kMemberMagic.size());
    ByteReader in(source_, entry.packed_offset);
    const auto [header, block] = decoder_.ahead([&] {
      try {
        const Header found_member = Header::decode(member_reader);
        const auto tag = entry.stored ? Tag::kStored : Tag::kCoded;
        if (static_cast<Tag>(in.byte()) != tag) {
          throw corrupt_at(entry.packed_offset, "damaged block header (not what the index says)");
        }
        const BlockHeader found = BlockHeader::decode(tag, member.block_size, in);
        if (found.raw_size != entry.raw_size || found.encoded_size() + found.payload_size != entry.packed_size) {
          throw corrupt_at(entry.packed_offset, "damaged block header (not what the index says)");
        }
        return std::pair(found_member, found);
      } catch (const Error& error) {
        throw within_block(number, error);
      }
    });
    take({member.packed_offset, number, entry.raw_offset}, header, block,
         [&, size = block.payload_size] { return in.bytes(size); });
  }

  template <typename ReadPayload>
  void take(const BlockPlace& place, const Header& header, const BlockHeader& block, ReadPayload read_payload) {
    decoder_.enter_member(header);
    decoder_.admit(place.number, block);
    const uint64_t packed_size = block.encoded_size() + block.payload_size;
    progress_.add_packed(packed_size);
    summary_.packed_bytes += packed_size;
    summary_.members += summary_.members == 0 || place.member != last_member_ ? 1 : 0;
    last_member_ = place.member;
    decoder_.add({.number = place.number,
                  .header = block,
                  .payload = decoder_.ahead(read_payload),
                  .from = std::max(range_.first, place.raw_offset) - place.raw_offset,
                  .to = std::min(range_.last, place.raw_offset + block.raw_size) - place.raw_offset});
  }

  void finish() {
    decoder_.finish();
    summary_.raw_bytes = decoder_.delivered().raw_bytes;
    summary_.blocks = decoder_.delivered().blocks;
    summary_.stored_blocks = decoder_.delivered().stored_blocks;
  }

  RandomSource& source_;
  const RawRange range_;
  BlockDecoder& decoder_;
  ProgressSink& progress_;
  uint64_t last_member_ = 0;
  StreamSummary summary_;
};

}  // namespace
}  // namespace container

StreamSummary read_range(RandomSource& source, Sink& sink, uint64_t offset, uint64_t length, const ReadOptions& options,
                         ProgressSink& progress) {
  constexpr uint64_t kEverything = std::numeric_limits<uint64_t>::max();
  const RawRange range = {offset, length > kEverything - offset ? kEverything : offset + length};
  container::BlockDecoder decoder(sink, options, progress);
  container::RangeReader reader(source, range, decoder, progress);
  if (const auto listing = container::list_from_the_end(source)) {
    reader.read(*listing);
  } else {
    reader.read_from_the_start();
  }
  return reader.summary();
}

RawRange shard_range(uint64_t raw_size, uint64_t member_size, uint64_t index, uint64_t count) {
  if (member_size == 0) throw Error(ErrorKind::kUsage, "shards need a member size");
  if (index < 1 || index > count) throw Error(ErrorKind::kUsage, "shards are numbered from 1 to their count");
  const uint64_t members = raw_size / member_size + (raw_size % member_size != 0 ? 1 : 0);
  const auto edge = [&](uint64_t shards) {
    const uint64_t members_before = members / count * shards + std::min(shards, members % count);
    return members_before == members ? raw_size : members_before * member_size;
  };
  return {edge(index - 1), edge(index)};
}

}  // namespace lmzip
