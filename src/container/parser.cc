// SPDX-License-Identifier: Apache-2.0
#include "container/parser.h"

#include <algorithm>
#include <deque>

namespace lmzip::container {
namespace {

bool starts(const Magic& magic, const Bytes& bytes) {
  return bytes.size() <= magic.size() && std::equal(bytes.begin(), bytes.end(), magic.begin());
}

/// Two of four bytes in their places: a damaged magic rather than something foreign.
bool resembles(const Magic& magic, const Bytes& bytes) {
  int same = 0;
  for (size_t i = 0; i < bytes.size(); ++i) same += bytes[i] == magic[i] ? 1 : 0;
  return same >= 2;
}

}  // namespace

Error within_block(uint64_t number, const Error& error) { return error.within("block " + std::to_string(number)); }

template <typename Work>
auto Parser::in_block(uint64_t number, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCorrupt) throw;
    throw within_block(number, error);
  }
}

Event Parser::next() {
  if (!inside_) return find_member();
  return in_block(blocks_ + 1, [this] {
    start_ = in_.position();
    const auto tag = static_cast<Tag>(in_.byte());
    switch (tag) {
      case Tag::kCoded:
      case Tag::kStored:
        return read_block(tag);
      case Tag::kEnd:
      case Tag::kIndexedEnd:
        return end_member(tag);
    }
    throw corrupt_at(start_, "damaged block header (unknown type)");
  });
}

Event Parser::find_member() {
  while (true) {
    if (members_ > 0) skip_padding();
    start_ = in_.position();
    const Bytes magic = in_.bytes_until_end(kMemberMagic.size());
    if (magic.empty() && members_ > 0) return Event::kEnd;
    if (magic.empty() && start_ == 0) throw Error(ErrorKind::kCorrupt, "empty, not an lmz file");
    if (magic.empty()) throw corrupt_at(start_, "nothing but skippable frames");
    if (magic.size() == kMemberMagic.size() && starts(kMemberMagic, magic)) break;
    if (magic.size() == kMemberMagic.size() && starts(kSkippableMagic, magic)) {
      in_.skip(in_.little_endian(4));
    } else if (starts(kMemberMagic, magic) || starts(kSkippableMagic, magic)) {
      throw corrupt_at(in_.position(), "truncated: the data ends here");
    } else if (start_ == 0) {
      throw Error(ErrorKind::kCorrupt, "not an lmz file");
    } else if (members_ == 0) {
      throw corrupt_at(start_, "neither a member nor a skippable frame");
    } else if (resembles(kMemberMagic, magic) || resembles(kSkippableMagic, magic)) {
      throw corrupt_at(start_, "damaged start of a member");
    } else {
      refuse_lost_footer();
      trailing_garbage_ = start_;
      return Event::kEnd;
    }
  }
  header_ = Header::decode(in_);
  index_.emplace(in_.position() - start_);
  ++members_;
  inside_ = true;
  return Event::kMember;
}

Event Parser::read_block(Tag tag) {
  // A range finds its blocks by arithmetic within a member, so only the last one may be short.
  if (index_->blocks() > 0 && block_.raw_size < header_.block_size) {
    throw corrupt_at(start_, "follows a block that is shorter than the block size");
  }
  if (index_->blocks() == kMaxBlocksPerMember) throw corrupt_at(start_, "too many blocks in one member");
  block_ = BlockHeader::decode(tag, header_.block_size, in_);
  raw_end_ += block_.raw_size;
  index_->add(block_);
  ++blocks_;
  return Event::kBlock;
}

Event Parser::end_member(Tag tag) {
  inside_ = false;
  indexed_ = false;
  index_error_.reset();
  if (tag == Tag::kEnd) {
    if (index_->blocks() > 1) throw corrupt_at(start_, "damaged block header (end without an index)");
  } else {
    // Written anew from the blocks and compared: that checks every field, and tells where the member ends although the
    // index may be damaged.
    const Bytes expected = index_->finish();
    const uint64_t index_start = in_.position();
    indexed_ = in_.bytes_until_end(expected.size()) == expected;
    if (!indexed_) {
      index_error_ = corrupt_at(index_start, "damaged index (does not fit the blocks before it)");
    }
  }
  return Event::kMemberEnd;
}

void Parser::refuse_lost_footer() {
  std::deque<uint8_t> last;
  while (!in_.at_end()) {
    const uint8_t byte = in_.byte();
    if (byte == 0) continue;  // padding; a footer's magic has no zero
    last.push_back(byte);
    if (last.size() > kFooterMagic.size()) last.pop_front();
  }
  if (std::ranges::equal(last, kFooterMagic)) throw corrupt_at(start_, "damaged: an index follows, but no member");
}

void Parser::skip_padding() {
  while (!in_.at_end() && in_.peek() == 0) in_.byte();
}

Bytes Parser::take_payload() {
  return in_block(blocks_, [this] { return in_.bytes(block_.payload_size); });
}

void Parser::skip_payload() {
  in_block(blocks_, [this] { in_.skip(block_.payload_size); });
}

}  // namespace lmzip::container
