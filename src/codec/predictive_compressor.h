// SPDX-License-Identifier: Apache-2.0
// Predictor -> Compressor: one direction of the paper's duality. The other is code_length_predictor.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lmzip/compressor.h"
#include "lmzip/predictor.h"

namespace lmzip::codec {

/// What suits predictors with trained weights: they do not have to learn a file anew in each block, so blocks are small
/// enough that lanes and threads all have some.
inline constexpr uint64_t kTrainedBlockSize = uint64_t{128} << 10;

/// Codes each byte with the arithmetic coder under the predictor's forecasts: as one symbol under a byte predictor, as
/// 8 bits, highest first, under a bit predictor. The payload of a block is the code alone (src/coder/SPEC.md): no
/// header, no length.
///
/// The blocks of one call are stepped together as lanes of a session, as many as the predictor prefers at a time; how
/// they are grouped does not change a byte. Memory: lane_bytes for each of these, and the payloads.
class PredictiveCompressor final : public Compressor {
 public:
  /// Refuses (kUsage) an alphabet that is neither bits (2) nor bytes (256).
  explicit PredictiveCompressor(std::shared_ptr<const Predictor> predictor);

  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override;
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override;

  /// What each of `blocks` costs under the forecasts, in bits: the code of compress() is longer by at most 0.01 % and a
  /// byte.
  std::vector<double> ideal_bits(std::span<const ByteSpan> blocks, ProgressSink& progress) const;

 private:
  template <typename Lane>
  void code_all(std::vector<Lane>& lanes, ProgressSink& progress) const;
  template <typename Lane>
  void code_lanes(std::span<Lane> lanes, ProgressSink& progress) const;

  std::shared_ptr<const Predictor> predictor_;
  CompressorInfo info_;
  std::string name_;  ///< spec without options, for messages
};

}  // namespace lmzip::codec
