// SPDX-License-Identifier: Apache-2.0
// Walks through the parts of a container in the order in which they stand there. What is legal where is decided here
// and nowhere else; decoding, listing and ranges only differ in what they do with the payloads.
#pragma once

#include <cstdint>
#include <optional>

#include "container/byte_reader.h"
#include "container/format.h"

namespace lmzip::container {

/// What Parser::next() arrived at.
enum class Event {
  kMember,     ///< behind a header
  kBlock,      ///< behind a block header; take or skip the payload before the next call
  kMemberEnd,  ///< behind the end of the member
  kEnd,        ///< no member follows
};

class Parser {
 public:
  explicit Parser(Source& source) : in_(source) {}
  explicit Parser(RandomSource& source) : in_(source, 0) {}

  /// Errors: kCorrupt, kUnsupported, with "block N" and "byte N". Not to be called again after kEnd or an error.
  Event next();

  /// Offset of the next byte to read.
  uint64_t position() const { return in_.position(); }
  /// Offset of the member or block of the last event; valid until the next call.
  uint64_t start() const { return start_; }

  const Header& header() const { return header_; }
  /// Members so far, with the current one.
  uint64_t members() const { return members_; }

  const BlockHeader& block() const { return block_; }
  /// Blocks so far, with the current one: its number, counted from 1 over the whole file.
  uint64_t blocks() const { return blocks_; }
  /// Offset of the current block in the decoded stream.
  uint64_t raw_offset() const { return raw_end_ - block_.raw_size; }
  Bytes take_payload();
  void skip_payload();

  /// At kMemberEnd: the member has an index and it fits what was seen.
  bool indexed() const { return indexed_; }
  /// At kMemberEnd: what is wrong with the index that should be there.
  const std::optional<Error>& index_error() const { return index_error_; }

  /// At kEnd: where bytes begin that are neither ours nor zeros.
  const std::optional<uint64_t>& trailing_garbage() const { return trailing_garbage_; }

 private:
  Event find_member();
  Event read_block(Tag tag);
  Event end_member(Tag tag);
  /// Foreign bytes behind the last member are not foreign if the file ends with a footer: then a member lost its start.
  /// Reads to the end.
  void refuse_lost_footer();
  void skip_padding();
  template <typename Work>
  auto in_block(uint64_t number, Work work);

  ByteReader in_;
  bool inside_ = false;  ///< a member
  uint64_t start_ = 0;
  Header header_;
  BlockHeader block_;
  std::optional<IndexBuilder> index_;  ///< of the current member
  uint64_t members_ = 0;
  uint64_t blocks_ = 0;
  uint64_t raw_end_ = 0;  ///< of the current block in the decoded stream
  bool indexed_ = false;
  std::optional<Error> index_error_;
  std::optional<uint64_t> trailing_garbage_;
};

/// The same error with the prefix "block N".
Error within_block(uint64_t number, const Error& error);

}  // namespace lmzip::container
