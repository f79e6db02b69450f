// SPDX-License-Identifier: Apache-2.0
#include "torch/decoder_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "lmzip/error.h"
#include "predict/decoder_weights.h"

namespace lmzip::torch_plugin {
namespace {

using predict::DecoderWeights;

/// Reads the arrays of one checkpoint.
class Arrays {
 public:
  Arrays(const model::Decoder& decoder, at::Device device) : decoder_(decoder), device_(device) {}

  bool has(const std::string& name) const { return decoder_.weights.contains(name); }

  /// [rows, columns]
  at::Tensor get(const std::string& name) const {
    const model::DecoderWeight& weight = decoder_.weights.find(name)->second;
    const at::Tensor floats = at::empty({weight.rows, weight.columns}, at::kFloat);
    const auto columns = static_cast<size_t>(weight.columns);
    for (int64_t row = 0; row < weight.rows; ++row) {
      weight.read(row, {floats.data_ptr<float>() + row * weight.columns, columns});
    }
    // A comparison with NaN is false.
    if (!floats.abs().le(DecoderWeights::kLargestWeight).all().item<bool>()) {
      throw Error(ErrorKind::kUnsupported, fmt::format("{}: has a number that is not finite or beyond {}", name,
                                                       DecoderWeights::kLargestWeight));
    }
    return floats.to(device_);
  }

  at::Tensor vector(const std::string& name) const { return get(name).view({-1}); }

  DecoderNorm norm(const std::string& name) const {
    return {.gain = vector(name + ".gain"),
            .offset = has(name + ".offset") ? vector(name + ".offset") : at::Tensor(),
            .epsilon = static_cast<double>(decoder_.shape.norm_epsilon)};
  }

  /// The arrays below each other, zeros for the bias of one that has none where another has.
  DecoderMatrix matrix(const std::vector<std::string>& names) const {
    std::vector<at::Tensor> weights, biases;
    bool biased = false;
    for (const std::string& name : names) {
      weights.push_back(get(name));
      biased = biased || has(name + ".bias");
      biases.push_back(has(name + ".bias") ? vector(name + ".bias") : weights.back().new_zeros(weights.back().size(0)));
    }
    if (names.size() == 1) return {weights[0], biased ? biases[0] : at::Tensor()};
    return {at::cat(weights), biased ? at::cat(biases) : at::Tensor()};
  }

 private:
  const model::Decoder& decoder_;
  at::Device device_;
};

predict::Rotary rotary_of(const model::DecoderShape& shape) {
  return predict::Rotary(predict::RotaryShape{.width = shape.rotary_width,
                                              .base = shape.rotary_base,
                                              .factor = shape.rotary_factor,
                                              .low_factor = shape.rotary_low_factor,
                                              .high_factor = shape.rotary_high_factor,
                                              .original_context = shape.rotary_original_context});
}

}  // namespace

at::Tensor DecoderMatrix::operator()(const at::Tensor& rows) const {
  constexpr float kLargest = DecoderWeights::kLargestProduct;
  return at::linear(rows, weight, bias).clamp_(-kLargest, kLargest);
}

at::Tensor DecoderNorm::operator()(const at::Tensor& rows) const {
  if (offset.defined()) return at::layer_norm(rows, {rows.size(-1)}, gain, offset, epsilon);
  return rows * at::rsqrt(rows.square().mean(-1, true) + epsilon) * gain;
}

DecoderTensors::DecoderTensors(const model::Decoder& decoder, at::Device on)
    : shape(decoder.shape), device(on), rotary(rotary_of(decoder.shape)) {
  const Arrays arrays(decoder, device);
  embedding = arrays.get("embedding");
  if (shape.learned_positions) positions = arrays.get("positions");
  for (int i = 0; i < shape.layers; ++i) {
    const std::string name = fmt::format("layers.{}.", i);
    std::vector<std::string> feed_input = {name + "feed.up"};
    if (shape.gated) feed_input.insert(feed_input.begin(), name + "feed.gate");
    layers.push_back({.attention_norm = arrays.norm(name + "attention_norm"),
                      .feed_norm = arrays.norm(name + "feed_norm"),
                      .attention_input = arrays.matrix({name + "query", name + "key", name + "value"}),
                      .attention_output = arrays.matrix({name + "attention_output"}),
                      .feed_input = arrays.matrix(feed_input),
                      .feed_output = arrays.matrix({name + "feed.down"}),
                      .local = shape.is_local(i)});
  }
  output_norm = arrays.norm("output_norm");
  head = shape.tied ? DecoderMatrix{embedding, {}} : arrays.matrix({"output"});
}

at::Tensor DecoderTensors::activated(const at::Tensor& inner) const {
  const at::Tensor gate = shape.gated ? inner.narrow(1, 0, shape.feed_width) : inner;
  const at::Tensor active = [&] {
    switch (shape.activation) {
      case model::Activation::kGeluTanh:
        return at::gelu(gate, "tanh");
      case model::Activation::kGelu:
        return at::gelu(gate);
      case model::Activation::kSilu:
        return at::silu(gate);
      default:
        return at::relu(gate);
    }
  }();
  return shape.gated ? active * inner.narrow(1, shape.feed_width, shape.feed_width) : active;
}

int64_t DecoderTensors::seen(bool local) const {
  return std::min({shape.context, DecoderWeights::kMostSlots, local ? shape.window : shape.context});
}

}  // namespace lmzip::torch_plugin
