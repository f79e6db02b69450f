// SPDX-License-Identifier: Apache-2.0
// Writing, reading and inspecting .lmz files. The bytes are specified in src/container/FORMAT.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/compressor.h"
#include "lmzip/progress.h"
#include "lmzip/stream.h"

namespace lmzip {

inline constexpr uint64_t kMinBlockSize = uint64_t{1} << 10;
inline constexpr uint64_t kMaxBlockSize = uint64_t{1} << 30;
inline constexpr uint64_t kMaxBlocksPerMember = uint64_t{1} << 20;
inline constexpr unsigned kBlocksPerMember = 4;
inline constexpr unsigned kMaxThreads = 256;
inline constexpr unsigned kMaxLanes = 64;

/// Blocks per task, 1..`most`, so that `threads` tasks at a time share `blocks` evenly: none idles while another still
/// has several. Precondition: threads and most >= 1.
unsigned even_lanes(uint64_t blocks, unsigned threads, unsigned most);

/// How a stream is cut and coded. None of `threads`, `lanes` changes a byte of the output.
/// Values outside their ranges are refused (kUsage) before anything is read or written.
struct WriteOptions {
  uint64_t block_size = uint64_t{16} << 20;  ///< raw bytes per block; kMinBlockSize..kMaxBlockSize, multiple of 1 KiB
  /// Raw bytes per member: a multiple of block_size, at most kMaxBlocksPerMember blocks; 0 = kBlocksPerMember blocks.
  uint64_t member_size = 0;
  unsigned threads = 1;  ///< tasks coded at once, 1..kMaxThreads; each takes the codec's working memory
  unsigned lanes = 0;    ///< blocks that one task gives to the codec in one call, 1..kMaxLanes; 0: as the codec prefers
};

/// What a finished job did.
struct StreamSummary {
  uint64_t raw_bytes = 0;
  uint64_t packed_bytes = 0;
  uint64_t blocks = 0;
  uint64_t stored_blocks = 0;
  uint64_t members = 0;
};

/// Compresses everything that `source` yields. Memory: at most (threads + 1) x lanes blocks, raw and packed, less when
/// the input is small, and the codec's working sets. Empty input becomes one member without blocks.
/// Errors: the codec's, with "block N"; the source's and the sink's; kCancelled. What was written then is incomplete.
StreamSummary write_container(Source& source, Sink& sink, const Compressor& codec, const WriteOptions& options,
                              ProgressSink& progress);

/// Writes a frame that every reader skips; for whatever another program wants to keep between members.
/// Refuses (kUsage) contents of 4 GiB and more.
void write_skippable_frame(Sink& sink, ByteSpan content);

/// What a member's header says of its codec.
struct CodecRequest {
  std::string spec;
  Numerics numerics = Numerics::kPortable;
  std::string model_digest;  ///< 32 hexadecimal digits, or the first 16 of them; empty: needs no model
  std::string probe_digest;  ///< 16 hexadecimal digits; empty: none recorded

  bool operator==(const CodecRequest&) const = default;
};

/// How a container is read.
struct ReadOptions {
  unsigned threads = 1;  ///< tasks decoded at once, 1..kMaxThreads
  unsigned lanes = 0;    ///< blocks that one task gives to the codec in one call, 1..kMaxLanes; 0: as the codec prefers
  uint64_t blocks = 0;   ///< about how many there are, for lanes 0: so that all threads have some; 0: unknown
  /// Memory for blocks in flight, counted from their sizes and CompressorInfo; 0 = none. Fewer blocks are taken at once
  /// first; a block that does not fit alone is refused (kLimit). Without a limit a hostile file of a few bytes may
  /// claim a block of kMaxBlockSize zeros and make the codec allocate that.
  uint64_t memory_limit = 0;
  /// Makes the codec a header names; normally make_compressor, with the model of that digest. Called when the first
  /// coded block of a member needs another one than the block before, and at the start of a member that needs a model,
  /// never at the same time by two threads. Must be set. What it makes is refused unless its digests are the header's.
  std::function<std::shared_ptr<const Compressor>(const CodecRequest& request)> codec_for;
};

/// The result of reading a whole stream.
struct ReadSummary : StreamSummary {
  /// Offset of bytes behind the last member that are neither ours nor zero padding.
  std::optional<uint64_t> trailing_garbage;
};

/// Decodes every member of `source` in order and verifies every checksum. Bytes reach `sink` only after their block's
/// checksum held, and all whole blocks before an error are delivered before it is thrown.
/// Errors: kCorrupt, kUnsupported and kLimit, with "block N" (counted from 1 over the whole file) or "byte N" (offset
/// in the packed stream). After a damaged index the rest is still decoded; the error comes last.
ReadSummary read_container(Source& source, Sink& sink, const ReadOptions& options, ProgressSink& progress);

/// One block as found in the file.
struct BlockEntry {
  uint64_t raw_offset = 0;  ///< of its first byte in the decoded stream (all members)
  uint64_t raw_size = 0;
  uint64_t packed_offset = 0;  ///< of its block header in the file
  uint64_t packed_size = 0;    ///< header and payload
  bool stored = false;
};

/// One member as found in the file.
struct MemberEntry {
  uint64_t packed_offset = 0;
  uint64_t packed_size = 0;
  uint64_t raw_size = 0;
  uint64_t block_size = 0;
  CodecRequest codec;
  bool indexed = false;  ///< has an intact footer index (otherwise rebuilt from block headers)
  std::vector<BlockEntry> blocks;
};

/// The structure of a whole file.
struct Listing {
  std::vector<MemberEntry> members;
  uint64_t raw_size = 0;
  uint64_t packed_size = 0;  ///< all bytes of the file
  std::optional<uint64_t> trailing_garbage;
};

/// Reads structure only (headers, indexes), no payload and no codec. A damaged or missing index is no error here.
/// Otherwise errors as read_container.
Listing list_container(RandomSource& source);

/// Checks all that can be checked without decoding: headers, indexes against blocks, checksums of stored blocks.
Listing check_structure(RandomSource& source);

/// Decodes raw bytes [offset, offset + length) only, touching no other block; stops at the end of the data. The summary
/// counts what was delivered and the blocks and members it came from. Errors as read_container, but damage outside the
/// blocks that are needed goes unnoticed where the index allows it.
StreamSummary read_range(RandomSource& source, Sink& sink, uint64_t offset, uint64_t length, const ReadOptions& options,
                         ProgressSink& progress);

/// The raw range [first, last) that shard `index` (1..count) of `count` compresses of a file of `raw_size` bytes: whole
/// members, as even as they divide. The outputs of all shards, concatenated, equal the output of one run. The empty
/// file belongs to shard 1. An empty range otherwise means "write nothing".
/// Refuses (kUsage): member_size 0, an index outside 1..count.
struct RawRange {
  uint64_t first = 0;
  uint64_t last = 0;
};
RawRange shard_range(uint64_t raw_size, uint64_t member_size, uint64_t index, uint64_t count);

}  // namespace lmzip
