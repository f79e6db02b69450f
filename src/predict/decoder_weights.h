// SPDX-License-Identifier: Apache-2.0
// A checkpoint's weights, arranged for the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/attention.h"
#include "kernels/float_matrix.h"
#include "kernels/int8_matrix.h"
#include "predict/decoder_network.h"
#include "predict/rotary.h"

namespace lmzip::predict {

using DecoderFloats = std::vector<float, base::LineAllocator<float>>;

/// A matrix in the form of its profile.
using DecoderMatrix = std::variant<kernels::PackedMatrix, kernels::PackedFloatMatrix>;

/// Gain and offset of a norm, of the padded width; no offset with RMS norm.
struct DecoderNorm {
  DecoderFloats gain;
  DecoderFloats offset;
};

/// One layer. Matrices that read the same vector are one matrix, their rows behind each other.
struct DecoderLayer {
  DecoderNorm attention_norm;
  DecoderNorm feed_norm;
  std::optional<DecoderMatrix> attention_input;  ///< query, key, value
  std::optional<DecoderMatrix> attention_output;
  std::optional<DecoderMatrix> feed_input;  ///< gate, if gated, and up
  std::optional<DecoderMatrix> feed_output;
  kernels::AttentionShape attention;
  int seen = 0;             ///< positions that one sees, itself included: at most the slots
  size_t cache_offset = 0;  ///< of its keys and values in a lane's memory, in bytes; a multiple of 64
};

/// Every width here is a multiple of 16, the shape's own being padded with zeros: rows and columns of matrices, gains
/// and offsets of norms, each head. What is computed from zeros is zero.
///
/// No number grows beyond what the kernels take (NaN and infinity never occur, whatever the weights): weights above
/// kLargestWeight are refused, so norms give at most 2^7 * 2^16 + 2^16, and every product is clamped to
/// -kLargestProduct..kLargestProduct behind its bias, where real checkpoints never come. So queries, keys and values
/// keep below the 2^40 of kernels/attention.h; gate times up stays below 2^60 and its product with a row of 65536
/// weights below 2^92; the stream of 256 layers stays below 2^39 and its sum of squares below 2^92.
class DecoderWeights {
 public:
  static constexpr float kLargestWeight = 0x1p16f;
  static constexpr float kLargestProduct = 0x1p30f;
  /// Global layers see so many positions at most, the last ones.
  static constexpr int kMostSlots = 1 << 16;
  /// The embedding and the head come in parts of so many ids, whose logits stay in the second cache.
  static constexpr int kPartIds = 2048;

  DecoderWeights(const model::Decoder& decoder, DecoderProfile chosen, unsigned threads);

  model::DecoderShape shape;
  DecoderProfile profile;
  int width = 0;       ///< of the stream
  int head_width = 0;  ///< of each head
  int feed_width = 0;
  std::vector<DecoderMatrix> embedding;
  std::vector<DecoderMatrix> head;  ///< empty if tied: the embedding
  DecoderFloats positions;          ///< [context][width] if learned
  Rotary rotary{0};
  std::vector<DecoderLayer> layers;
  DecoderNorm output_norm;
  uint64_t bytes = 0;     ///< of weights
  size_t lane_bytes = 0;  ///< memory of a lane

  const std::vector<DecoderMatrix>& output() const { return shape.tied ? embedding : head; }
};

}  // namespace lmzip::predict
