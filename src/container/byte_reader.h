// SPDX-License-Identifier: Apache-2.0
// Reading a container byte by byte from a pipe, a seekable file or memory, always knowing where one is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "lmzip/bytes.h"
#include "lmzip/container.h"

namespace lmzip::container {

/// Reads at most `size` bytes in pieces of up to 1 MiB, fewer only when `read` returns 0. Never allocates more than
/// twice what has arrived plus 64 KiB, so that small inputs are cheap and claimed sizes are not believed.
Bytes read_growing(uint64_t size, const std::function<size_t(uint8_t*, size_t)>& read);

/// A buffered reader that counts. Everything that runs into the end of the data throws kCorrupt with "byte N".
class ByteReader {
 public:
  /// Reads `source` from its current position, which counts as byte 0.
  explicit ByteReader(Source& source) : stream_(&source), buffer_(size_t{1} << 16) {}
  /// Reads `source` from `offset`; skip() seeks. The small buffer fits headers: payloads are mostly skipped over.
  ByteReader(RandomSource& source, uint64_t offset) : random_(&source), buffer_(512), position_(offset) {}
  /// Reads memory, which must outlive the reader.
  explicit ByteReader(ByteSpan bytes) : ready_(bytes) {}

  /// Offset of the next byte in the whole source.
  uint64_t position() const { return position_; }
  bool at_end() { return ready_.empty() && !refill(); }

  uint8_t byte();
  /// The same without moving. Precondition: !at_end().
  uint8_t peek() const { return ready_.front(); }
  /// Little endian, `size` 1..8 bytes.
  uint64_t little_endian(int size);
  /// LEB128 in its shortest form, at most `max_bytes` (1..9) long; anything else is kCorrupt.
  uint64_t varint(int max_bytes);
  /// Exactly `size` bytes.
  Bytes bytes(uint64_t size);
  /// Up to `size` bytes, fewer only at the end of the data.
  Bytes bytes_until_end(uint64_t size);
  /// Moves over `size` bytes.
  void skip(uint64_t size);

 private:
  bool refill();
  size_t fetch(uint64_t offset, uint8_t* data, size_t size);
  [[noreturn]] void truncated() const;

  Source* stream_ = nullptr;
  RandomSource* random_ = nullptr;
  Bytes buffer_;
  ByteSpan ready_;         ///< the unread part of buffer_
  uint64_t position_ = 0;  ///< of the first byte of ready_
};

}  // namespace lmzip::container
