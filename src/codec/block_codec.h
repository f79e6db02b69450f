// SPDX-License-Identifier: Apache-2.0
// What all classical codecs share: the loop over blocks, and the loop over pieces of one block.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/compressor.h"

namespace lmzip::codec {

/// Raw bytes between two reports of progress (and looks at the stop request) inside one block.
inline constexpr size_t kPieceSize = size_t{256} << 10;

/// A Compressor whose blocks have nothing to do with each other: a codec adds the two functions for one block, which
/// write as they go and keep within info().fixed_bytes; compress() and decompress() collect what they write.
/// Errors get the name of the codec in front ("gzip: truncated"), but for those of the caller's own sinks.
class BlockCodec : public Compressor {
 public:
  const CompressorInfo& info() const final { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const final;
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const final;
  void compress_to(ByteSpan block, Sink& packed, ProgressSink& progress) const final;
  void decompress_to(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const final;

 protected:
  explicit BlockCodec(CompressorInfo info);

  /// For the code_lengths() of codecs that cannot go on from the middle of a block, but can keep between blocks what
  /// they allocate: `pack_whole` is called for `history` with each of `endings` behind it.
  static std::vector<double> lengths_of(ByteSpan history, std::span<const ByteSpan> endings,
                                        const std::function<void(ByteSpan whole, Sink& packed)>& pack_whole);

 private:
  /// Advances `progress` by raw.size() in all.
  virtual void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const = 0;
  /// Advances `progress` by the bytes it writes. Those need not be `raw_size` many: `raw` refuses more, and that there
  /// were fewer is seen at the end.
  virtual void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const = 0;

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

/// Drives an encoder over `raw` until it ends. Memory: one piece.
void pack_stream(ByteSpan raw, Sink& packed, ProgressSink& progress, const StreamCall& call);

/// Drives a decoder over `packed` until it ends, which must be at the end of `packed`; `raw` refuses what is more than
/// `raw_size`. Memory: one piece.
void unpack_stream(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress, const StreamCall& call);

}  // namespace lmzip::codec
