// SPDX-License-Identifier: Apache-2.0
// What all classical codecs share: the loop over blocks, and the loop over pieces of one block.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "lmzip/bytes.h"
#include "lmzip/compressor.h"

namespace lmzip::codec {

/// Raw bytes between two reports of progress (and looks at the stop request) inside one block.
inline constexpr size_t kPieceSize = size_t{256} << 10;

/// A Compressor whose blocks have nothing to do with each other: a codec adds the two functions for one block.
/// Errors get the name of the codec in front ("gzip: truncated").
class BlockCodec : public Compressor {
 public:
  const CompressorInfo& info() const final { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const final;
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const final;

 protected:
  explicit BlockCodec(CompressorInfo info);

 private:
  /// Advances `progress` by raw.size() in all.
  virtual Bytes pack(ByteSpan raw, ProgressSink& progress) const = 0;
  /// Advances `progress` by the bytes it returns. Those need not be `raw_size` many (the caller checks), but an
  /// implementation must stop with corrupt() before it holds more.
  virtual Bytes unpack(ByteSpan packed, size_t raw_size, ProgressSink& progress) const = 0;

  CompressorInfo info_;
  std::string name_;
};

/// Throws Error(kCorrupt, reason).
[[noreturn]] void corrupt(const std::string& reason);

/// The input of one call of a streaming library.
struct StreamInput {
  ByteSpan bytes;
  bool last;  ///< nothing follows `bytes`
};

/// What that call did. One that neither consumed nor produced anything, and did not end, is stuck.
struct StreamStep {
  size_t consumed = 0;
  size_t produced = 0;
  bool ended = false;
};

/// One call of a streaming library: takes what it likes of the input, writes what it likes to `out` (not empty).
using StreamCall = std::function<StreamStep(StreamInput in, std::span<uint8_t> out)>;

/// Drives an encoder over `raw` until it ends. Memory: the result and one piece.
Bytes pack_stream(ByteSpan raw, ProgressSink& progress, const StreamCall& call);

/// Drives a decoder over `packed` until it ends, which must be at the end of `packed` and within `raw_size` bytes.
/// Memory: what the stream really yields, at most raw_size, and one piece.
Bytes unpack_stream(ByteSpan packed, size_t raw_size, ProgressSink& progress, const StreamCall& call);

}  // namespace lmzip::codec
