// SPDX-License-Identifier: Apache-2.0
// Compressor: bytes to fewer bytes. One half of the paper's duality; the other is predictor.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/code_length.h"
#include "lmzip/predictor.h"
#include "lmzip/progress.h"
#include "lmzip/stream.h"

namespace lmzip {

/// What a codec says of itself.
struct CompressorInfo {
  std::string spec;  ///< canonical text that makes it again, e.g. "gzip:9"; goes into file headers (<= 255 bytes)
  Numerics numerics = Numerics::kPortable;  ///< of decoding
  uint64_t parameter_bytes = 0;             ///< trained weights a decoder must have
  uint64_t parameters = 0;                  ///< trained numbers, whatever they take in the file
  uint64_t top = 0;                         ///< as in PredictorInfo
  uint64_t fixed_bytes = 0;                 ///< working memory of one block in flight, whatever its size
  double bytes_per_byte = 0;                ///< and the part that grows with the block, per raw byte
  std::string model_digest = {};  ///< as in PredictorInfo; goes into file headers, and decoders find the model by it
  std::string probe_digest = {};  ///< as in PredictorInfo; goes into file headers, and decoders compare it
  uint64_t preferred_block_size = 0;  ///< raw bytes per block, when nobody asks for others; 0: as the level says
  unsigned preferred_lanes = 1;       ///< blocks in one call, when nobody asks for others; 1..kMaxLanes
};

/// A named codec over independent blocks. Immutable and thread-safe: one object serves all threads.
class Compressor {
 public:
  virtual ~Compressor() = default;
  virtual const CompressorInfo& info() const = 0;

  /// One packed block for each of `blocks`. Every byte string is accepted, the empty one too. The result for a block
  /// does not depend on the others. Reports to `progress` and throws Error(kCancelled) when that asks to stop.
  virtual std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const = 0;

  /// The inverse; `raw_sizes[i]` is the exact size of block i (the container knows it; codecs need not store it).
  /// Corrupt input throws Error(kCorrupt) or yields wrong bytes of the right size (the container's checksum finds
  /// those); it never crashes, hangs, or allocates more than info() says for that raw size.
  virtual std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                        ProgressSink& progress) const = 0;

  /// compress() that says of each block what it took in tokens, instead of telling `progress`. Room for all blocks.
  virtual std::vector<Bytes> compress_counting(std::span<const ByteSpan> blocks, ProgressSink& progress,
                                               std::span<TokenCounts> /*counts*/) const {
    return compress(blocks, progress);
  }

  /// compress() of one block whose packed bytes go to `packed` as they come; for blocks as large as a corpus. Codecs
  /// that can need no memory beyond fixed_bytes (the classical ones) do so; this one collects the packed bytes first.
  virtual void compress_to(ByteSpan block, Sink& packed, ProgressSink& progress) const {
    for (const Bytes& whole : compress({&block, 1}, progress)) packed.write(whole);
  }
  /// The inverse. What went to `raw` before an error is thrown is worth nothing.
  virtual void decompress_to(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const {
    for (const Bytes& whole : decompress({&packed, 1}, {&raw_size, 1}, progress)) raw.write(whole);
  }

  /// Bits that `history` with each of `endings` behind it would be packed into, one number each: what makes a generator
  /// of a codec. In bytes, exactly 8 * compress(history + ending).size(). This one compresses all of that; codecs that
  /// can take up where the history ended do so.
  virtual std::vector<double> code_lengths(ByteSpan history, std::span<const ByteSpan> endings,
                                           LengthUnit /*unit*/) const {
    Bytes whole(history.begin(), history.end());
    std::vector<double> bits;
    bits.reserve(endings.size());
    ProgressSink unwatched;
    for (const ByteSpan ending : endings) {
      whole.resize(history.size());
      whole.insert(whole.end(), ending.begin(), ending.end());
      const ByteSpan block = whole;
      bits.push_back(8.0 * static_cast<double>(compress({&block, 1}, unwatched).front().size()));
    }
    return bits;
  }
};

}  // namespace lmzip
