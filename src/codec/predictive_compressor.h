// SPDX-License-Identifier: Apache-2.0
// Predictor -> Compressor: one direction of the paper's duality. The other is code_length_predictor.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lmzip/compressor.h"
#include "lmzip/predictor.h"

namespace lmzip::codec {

/// What suits predictors with trained weights: they do not have to learn a file anew in each block, so blocks are small
/// enough that lanes and threads all have some.
inline constexpr uint64_t kTrainedBlockSize = uint64_t{128} << 10;

/// Codes bytes with the arithmetic coder under the predictor's forecasts: each as one symbol under a byte predictor, as
/// 8 bits, highest first, under a bit predictor; under one with a tokenizer the symbols are those that this makes of
/// every kPiece bytes of the block. Numbers of several bytes are turned round for predictors that want their highest
/// byte first (PredictorInfo::number_bytes); a broken number at the end is left as it is. The payload of a block is the
/// code alone (src/coder/SPEC.md): no header, no number of bytes or symbols. Symbols that go beyond a block's size are
/// corrupt.
///
/// The blocks of one call are stepped together as lanes of a session, as many as the predictor prefers at a time; how
/// they are grouped does not change a byte. Memory: lane_bytes and the symbols of a piece for each of these, and the
/// payloads.
class PredictiveCompressor final : public Compressor {
 public:
  /// Bytes whose symbols are in memory at a time. Blocks of kTrainedBlockSize are one piece; cutting larger ones costs
  /// a word broken in two now and then.
  static constexpr size_t kPiece = kTrainedBlockSize;

  /// Refuses (kUsage) an alphabet that is neither bits (2) nor bytes (256) nor the tokenizer's.
  explicit PredictiveCompressor(std::shared_ptr<const Predictor> predictor);

  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override;
  std::vector<Bytes> compress_counting(std::span<const ByteSpan> blocks, ProgressSink& progress,
                                       std::span<TokenCounts> counts) const override;
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override;

  /// In bits, the ideal length: what ideal_bits() says of it, without the code's last byte. Endings that differ in
  /// their last byte only and stand side by side cost one run of the predictor together. Over bits the sessions must be
  /// able to go back (kUnsupported). Token models know bytes only, since an ending may change the tokens before it.
  std::vector<double> code_lengths(ByteSpan history, std::span<const ByteSpan> endings, LengthUnit unit) const override;

  /// What each of `blocks` costs under the forecasts, in bits: the code of compress() is longer by at most 0.01 % and a
  /// byte.
  std::vector<double> ideal_bits(std::span<const ByteSpan> blocks, ProgressSink& progress) const;

 private:
  template <typename LaneOf>
  std::vector<TokenCounts> code_all(size_t lanes, const LaneOf& lane_of, ProgressSink& progress) const;

  std::shared_ptr<const Predictor> predictor_;
  CompressorInfo info_;
  std::string name_;  ///< spec without options, for messages
};

}  // namespace lmzip::codec
