// SPDX-License-Identifier: Apache-2.0
#include "container/listing.h"

#include <algorithm>

#include "base/hash.h"

namespace lmzip {
namespace container {
namespace {

/// Without blocks.
MemberEntry member_entry(const Header& header, uint64_t packed_offset) {
  MemberEntry member;
  member.packed_offset = packed_offset;
  member.block_size = header.block_size;
  member.codec = header.request();
  return member;
}

/// The block behind whose header `parser` stands.
BlockEntry block_entry(const Parser& parser) {
  const BlockHeader& block = parser.block();
  return {.raw_offset = parser.raw_offset(),
          .raw_size = block.raw_size,
          .packed_offset = parser.start(),
          .packed_size = block.encoded_size() + block.payload_size,
          .stored = block.stored()};
}

/// Offset behind the last byte of `source` that is not zero.
uint64_t end_without_padding(RandomSource& source) {
  Bytes piece(size_t{1} << 12);
  uint64_t end = source.size();
  while (end > 0) {
    const size_t count = std::min<uint64_t>(piece.size(), end);
    ByteReader in(source, end - count);
    const Bytes bytes = in.bytes(count);
    const auto last = std::find_if(bytes.rbegin(), bytes.rend(), [](uint8_t value) { return value != 0; });
    end -= static_cast<uint64_t>(last - bytes.rbegin());
    if (last != bytes.rend()) break;
  }
  return end;
}

/// The blocks that `index` tells of, with offsets that count from the first block. Nothing if they break a rule that
/// block headers have to keep.
std::optional<std::vector<BlockEntry>> blocks_of(const Index& index, uint64_t block_size) {
  std::vector<BlockEntry> blocks;
  uint64_t raw_offset = 0;
  uint64_t packed_offset = 0;
  for (const Index::Entry& entry : index.entries) {
    if (index.raw_size <= raw_offset) return std::nullopt;
    const bool last = blocks.size() + 1 == index.entries.size();
    const BlockHeader header = {.tag = entry.stored ? Tag::kStored : Tag::kCoded,
                                .raw_size = last ? index.raw_size - raw_offset : block_size,
                                .payload_size = entry.payload_size,
                                .checksum = 0};
    const bool fits = entry.stored ? header.payload_size == header.raw_size : header.payload_size < header.raw_size;
    if (!fits || header.raw_size > block_size) return std::nullopt;
    blocks.push_back({.raw_offset = raw_offset,
                      .raw_size = header.raw_size,
                      .packed_offset = packed_offset,
                      .packed_size = header.encoded_size() + header.payload_size,
                      .stored = entry.stored});
    raw_offset += header.raw_size;
    packed_offset += blocks.back().packed_size;
  }
  return raw_offset == index.raw_size ? std::optional(std::move(blocks)) : std::nullopt;
}

/// The indexed member that ends at `end`, raw offsets counted from its own start.
std::optional<MemberEntry> member_before(RandomSource& source, uint64_t end) try {
  constexpr uint64_t kTagSize = 1;
  if (end < kFooterSize + kTagSize) return std::nullopt;
  const auto footer = Footer::decode(ByteReader(source, end - kFooterSize).bytes(kFooterSize));
  if (!footer || footer->packed_size > end || footer->packed_size < footer->index_size + kFooterSize + kTagSize) {
    return std::nullopt;
  }
  ByteReader tail(source, end - kFooterSize - footer->index_size - kTagSize);
  if (static_cast<Tag>(tail.byte()) != Tag::kIndexedEnd) return std::nullopt;
  const Bytes index_bytes = tail.bytes(footer->index_size);
  if (footer->check != footer->check_of(index_bytes)) return std::nullopt;
  const auto index = Index::decode(index_bytes);
  if (!index) return std::nullopt;

  const uint64_t start = end - footer->packed_size;
  ByteReader head(source, start);
  if (!std::ranges::equal(head.bytes(kMemberMagic.size()), kMemberMagic)) return std::nullopt;
  const Header header = Header::decode(head);
  auto blocks = blocks_of(*index, header.block_size);
  if (!blocks) return std::nullopt;
  MemberEntry member = member_entry(header, start);
  member.packed_size = footer->packed_size;
  member.raw_size = index->raw_size;
  member.indexed = true;
  member.blocks = std::move(*blocks);
  uint64_t packed_end = head.position();
  for (BlockEntry& block : member.blocks) {
    block.packed_offset += head.position();
    packed_end += block.packed_size;
  }
  const bool tiled = packed_end + kTagSize + footer->index_size + kFooterSize == end;
  return tiled ? std::optional(std::move(member)) : std::nullopt;
} catch (const Error& error) {
  if (error.kind() == ErrorKind::kIo || error.kind() == ErrorKind::kCancelled) throw;
  return std::nullopt;
}

/// Goes through all headers from the start. `visit(parser, event)` sees blocks and ends of members first, and has to
/// take or skip the payloads.
template <typename Visit>
Listing list_from_the_start(RandomSource& source, Visit visit) {
  Parser parser(source);
  Listing listing;
  listing.packed_size = source.size();
  for (Event event = parser.next(); event != Event::kEnd; event = parser.next()) {
    if (event == Event::kMember) {
      listing.members.push_back(member_entry(parser.header(), parser.start()));
      continue;
    }
    MemberEntry& member = listing.members.back();
    if (event == Event::kBlock) {
      member.blocks.push_back(block_entry(parser));
      member.raw_size += parser.block().raw_size;
      listing.raw_size += parser.block().raw_size;
    } else {
      member.indexed = parser.indexed();
      member.packed_size = parser.position() - member.packed_offset;
    }
    visit(parser, event);
  }
  listing.trailing_garbage = parser.trailing_garbage();
  return listing;
}

}  // namespace

std::optional<Listing> list_from_the_end(RandomSource& source) {
  Listing listing;
  listing.packed_size = source.size();
  for (uint64_t end = end_without_padding(source); end > 0; end = listing.members.back().packed_offset) {
    auto member = member_before(source, end);
    if (!member) return std::nullopt;
    listing.members.push_back(std::move(*member));
  }
  if (listing.members.empty()) return std::nullopt;
  std::ranges::reverse(listing.members);
  for (MemberEntry& member : listing.members) {
    for (BlockEntry& block : member.blocks) block.raw_offset += listing.raw_size;
    listing.raw_size += member.raw_size;
  }
  return listing;
}

}  // namespace container

Listing list_container(RandomSource& source) {
  using namespace container;
  if (auto listing = list_from_the_end(source)) return std::move(*listing);
  return list_from_the_start(source, [](Parser& parser, Event event) {
    if (event == Event::kBlock) parser.skip_payload();
  });
}

Listing check_structure(RandomSource& source) {
  using namespace container;
  return list_from_the_start(source, [](Parser& parser, Event event) {
    if (event == Event::kMemberEnd) {
      if (parser.index_error()) throw *parser.index_error();
    } else if (!parser.block().stored()) {
      parser.skip_payload();
    } else if (base::xxh3_64(parser.take_payload()) != parser.block().checksum) {
      throw within_block(parser.blocks(), Error(ErrorKind::kCorrupt, "checksum mismatch"));
    }
  });
}

}  // namespace lmzip
