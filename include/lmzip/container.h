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

namespace lmzip {

/// Where raw or packed bytes come from: a file, a pipe, memory.
class Source {
 public:
  virtual ~Source() = default;
  /// Reads 1..size bytes into `data`, or 0 at the end. Errors: kIo.
  virtual size_t read(uint8_t* data, size_t size) = 0;
};

/// A source that can be read anywhere.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual uint64_t size() const = 0;
  /// Reads up to `size` bytes at `offset`; fewer only at the end. Errors: kIo.
  virtual size_t read_at(uint64_t offset, uint8_t* data, size_t size) = 0;
};

/// Where bytes go. Errors: kIo.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(ByteSpan bytes) = 0;
};

/// How a stream is cut and coded. None of `threads`, `lanes` changes a byte of the output.
struct WriteOptions {
  uint64_t block_size = uint64_t{16} << 20;  ///< raw bytes per block; kMinBlockSize..kMaxBlockSize, multiple of 1 KiB
  uint64_t member_size = 0;     ///< raw bytes per member, multiple of block_size; 0 = kBlocksPerMember blocks
  unsigned threads = 1;         ///< blocks coded at once, 1..256; each takes the codec's working memory
  unsigned lanes = 1;           ///< blocks one thread gives to the codec in one call, 1..64
};

inline constexpr uint64_t kMinBlockSize = uint64_t{1} << 10;
inline constexpr uint64_t kMaxBlockSize = uint64_t{1} << 30;
inline constexpr unsigned kBlocksPerMember = 4;

/// What a finished job did.
struct StreamSummary {
  uint64_t raw_bytes = 0;
  uint64_t packed_bytes = 0;
  uint64_t blocks = 0;
  uint64_t stored_blocks = 0;
  uint64_t members = 0;
};

/// Compresses everything that `source` yields. Memory: (threads x lanes + 1) blocks and the codec's working sets.
/// Empty input becomes one member without blocks.
StreamSummary write_container(Source& source, Sink& sink, const Compressor& codec, const WriteOptions& options,
                              ProgressSink& progress);

/// How a container is read.
struct ReadOptions {
  unsigned threads = 1;       ///< blocks decoded at once
  unsigned lanes = 1;         ///< blocks one thread gives to the codec in one call
  uint64_t memory_limit = 0;  ///< refuse (kLimit) what one block cannot be decoded within; fewer threads first; 0 = none
  /// Makes the codec a header names; normally make_compressor. Called once per member that names a new one.
  std::function<std::shared_ptr<const Compressor>(const std::string& spec)> codec_for;
};

/// The result of reading a whole stream.
struct ReadSummary : StreamSummary {
  /// Offset of bytes behind the last member that are neither ours nor zero padding.
  std::optional<uint64_t> trailing_garbage;
};

/// Decodes every member of `source` in order and verifies every checksum. Bytes reach `sink` only after their block's
/// checksum held. Errors: kCorrupt and kUnsupported, with "block N" and "byte N" (of the packed stream).
ReadSummary read_container(Source& source, Sink& sink, const ReadOptions& options, ProgressSink& progress);

/// One block as found in the file.
struct BlockEntry {
  uint64_t raw_offset = 0;     ///< of its first byte in the decoded stream (all members)
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
  std::string codec;                        ///< spec text
  Numerics numerics = Numerics::kPortable;
  bool indexed = false;                     ///< has an intact footer index (otherwise rebuilt from block headers)
  std::vector<BlockEntry> blocks;
};

/// The structure of a whole file.
struct Listing {
  std::vector<MemberEntry> members;
  uint64_t raw_size = 0;
  uint64_t packed_size = 0;                 ///< all bytes of the file
  std::optional<uint64_t> trailing_garbage;
};

/// Reads structure only (headers, indexes), no payload and no codec. Errors as read_container.
Listing list_container(RandomSource& source);

/// Checks all that can be checked without decoding: headers, indexes against blocks, checksums of stored blocks.
Listing check_structure(RandomSource& source);

/// Decodes raw bytes [offset, offset + length) only, touching no other block; stops at the end of the data.
StreamSummary read_range(RandomSource& source, Sink& sink, uint64_t offset, uint64_t length,
                         const ReadOptions& options, ProgressSink& progress);

/// The raw range [first, last) that shard `index` (1..count) of `count` compresses of a file of `raw_size` bytes: whole
/// members, as even as they divide. The outputs of all shards, concatenated, equal the output of one run. The empty
/// file belongs to shard 1. An empty range otherwise means "write nothing".
struct RawRange {
  uint64_t first = 0;
  uint64_t last = 0;
};
RawRange shard_range(uint64_t raw_size, uint64_t member_size, uint64_t index, uint64_t count);

}  // namespace lmzip
