// SPDX-License-Identifier: Apache-2.0
// A checkpoint's weights as tensors, and its layers' matrices, norms and activations.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/decoder.h"
#include "predict/rotary.h"

namespace lmzip::torch_plugin {

/// x W^T + bias; `bias` may be undefined.
struct DecoderMatrix {
  at::Tensor weight, bias;

  /// Of rows [W, columns]; clamped as the portable engine's products are (predict/decoder_weights.h), so that no number
  /// ever becomes infinite.
  at::Tensor operator()(const at::Tensor& rows) const;
};

/// `offset` is undefined for RMS.
struct DecoderNorm {
  at::Tensor gain, offset;
  double epsilon = 0;

  at::Tensor operator()(const at::Tensor& rows) const;
};

/// Matrices that read the same rows are one, below each other.
struct DecoderLayer {
  DecoderNorm attention_norm, feed_norm;
  DecoderMatrix attention_input;  ///< query, key, value
  DecoderMatrix attention_output;
  DecoderMatrix feed_input;  ///< gate, if gated, and up
  DecoderMatrix feed_output;
  bool local = false;
};

/// Immutable. Errors: as make_decoder_engine().
struct DecoderTensors {
  DecoderTensors(const model::Decoder& decoder, at::Device on);

  /// What feed_output reads, made of feed_input's product.
  at::Tensor activated(const at::Tensor& inner) const;
  /// Positions that one of a layer sees, itself included.
  int64_t seen(bool local) const;

  model::DecoderShape shape;
  at::Device device;
  at::Tensor embedding;
  at::Tensor positions;  ///< undefined unless learned
  std::vector<DecoderLayer> layers;
  DecoderNorm output_norm;
  DecoderMatrix head;
  predict::Rotary rotary;  ///< without pairs if there is none
};

}  // namespace lmzip::torch_plugin
