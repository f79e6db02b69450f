// SPDX-License-Identifier: Apache-2.0
// Of two codecs, for each block the one that makes it smaller.
#pragma once

#include <memory>

#include "lmzip/compressor.h"

namespace lmzip::codec {

/// A specialist, which may know nothing of a block, and an all-rounder that stands in for it then: so what a model of
/// text has never seen costs no more than without it. A packed block begins with a byte: 0, the specialist's code
/// follows; 1, the other's.
///
/// The first kTrial bytes of a longer block are tried with both; where the all-rounder does clearly better, the
/// specialist does not see the rest, so that it wastes no time on a block that it loses. Else both code the block, and
/// the smaller stays; of equals the specialist's. spec, digests, numbers and lanes are the specialist's; memory is that
/// of both. Tokens are counted of the blocks that the specialist has coded in the end.
class EitherCompressor final : public Compressor {
 public:
  static constexpr size_t kTrial = 4096;

  EitherCompressor(std::unique_ptr<Compressor> specialist, std::unique_ptr<Compressor> all_rounder);

  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override;
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override;

 private:
  std::unique_ptr<Compressor> specialist_, all_rounder_;
  CompressorInfo info_;
};

}  // namespace lmzip::codec
