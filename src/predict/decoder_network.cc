// SPDX-License-Identifier: Apache-2.0
#include "predict/decoder_network.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/huge_array.h"
#include "kernels/elementwise.h"
#include "predict/decoder_weights.h"

namespace lmzip::predict {
namespace {

/// Room for `size` elements; what is in it does not matter.
template <typename Vector>
auto* scratch(Vector& vector, size_t size) {
  if (vector.size() < size) vector.resize(size);
  return vector.data();
}

/// Keys and values of one stream. Memory that no position has reached is not touched.
struct DecoderLane final : SequenceLane {
  explicit DecoderLane(const DecoderWeights& weights) : memory(weights.lane_bytes) {}
  void restart() override { position = 0; }

  uint64_t position = 0;  ///< of the next input
  base::HugeArray memory;
};

DecoderLane& lane_of(const SequenceInput& input) { return static_cast<DecoderLane&>(*input.lane); }

/// As LmNetwork does it: a logit depends on the inputs of its lane only, every product being computed the same way
/// whatever else is in the batch, and the positions of a lane follow each other in order inside every layer.
class DecoderNetwork final : public SequenceNetwork {
 public:
  explicit DecoderNetwork(std::shared_ptr<const DecoderWeights> weights)
      : shared_(std::move(weights)), weights_(*shared_), shape_(weights_.shape) {}

  std::unique_ptr<SequenceLane> open_lane() const override { return std::make_unique<DecoderLane>(weights_); }
  size_t symbols() const override { return static_cast<size_t>(shape_.vocabulary); }
  size_t ahead() const override { return 32; }

  void forward(std::span<const SequenceInput> inputs, std::span<float> logits) override {
    for (size_t at = 0; at < inputs.size(); at += kBatch) {
      const auto batch = inputs.subspan(at, std::min(kBatch, inputs.size() - at));
      embed(batch);
      for (const DecoderLayer& layer : weights_.layers) pass(layer, batch);
      if (!logits.empty()) score(batch.size(), logits.data() + at * symbols());
    }
  }

 private:
  /// At most so many positions pass through the layers together: the weights are read once for all of them.
  static constexpr size_t kBatch = 64;

  void embed(std::span<const SequenceInput> inputs) {
    const auto row = static_cast<size_t>(weights_.width);
    const auto pairs = static_cast<size_t>(weights_.rotary.pairs());
    float* const stream = scratch(stream_, inputs.size() * row);
    float* const angles = scratch(angles_, inputs.size() * 2 * pairs);
    uint64_t* const positions = scratch(positions_, inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      const uint64_t position = positions[i] = lane_of(inputs[i]).position++;
      const auto id = static_cast<int>(inputs[i].symbol);
      std::visit([&](const auto& part) { part.row(id % DecoderWeights::kPartIds, stream + i * row); },
                 weights_.embedding[static_cast<size_t>(id / DecoderWeights::kPartIds)]);
      if (shape_.learned_positions) {
        const auto at = std::min(position, static_cast<uint64_t>(shape_.context) - 1);
        kernels::elementwise().add(weights_.positions.data() + at * row, weights_.width, stream + i * row);
      }
      float* const cosines = angles + i * 2 * pairs;
      weights_.rotary.angles(position, {cosines, pairs}, {cosines + pairs, pairs});
    }
  }

  void pass(const DecoderLayer& layer, std::span<const SequenceInput> inputs) {
    const size_t count = inputs.size();
    normalise(layer.attention_norm, count);
    multiply(*layer.attention_input, normalised_, count, inner_);
    if (weights_.profile == DecoderProfile::kInt8) {
      attend(layer, inputs, Int8Cache{layer.attention});
    } else {
      attend(layer, inputs, FloatCache{layer.attention});
    }
    multiply(*layer.attention_output, mixed_, count, attended_);
    if (!shape_.parallel) add(attended_, count);
    normalise(layer.feed_norm, count);
    multiply(*layer.feed_input, normalised_, count, inner_);
    multiply(*layer.feed_output, activate(count), count, fed_);
    if (shape_.parallel) add(attended_, count);
    add(fed_, count);
  }

  struct Int8Cache {
    const kernels::AttentionShape& shape;
    size_t scratch_floats() const { return kernels::attention_scratch_floats(shape); }
    void store(std::byte* cache, int slot, const float* key, const float* value) const {
      kernels::attention().store(shape, cache, slot, key, value);
    }
    void attend(const kernels::AttentionCall& call) const { kernels::attention().attend(shape, call); }
  };

  struct FloatCache {
    const kernels::AttentionShape& shape;
    size_t scratch_floats() const { return static_cast<size_t>(shape.slots); }
    void store(std::byte* cache, int slot, const float* key, const float* value) const {
      kernels::store_floats(shape, reinterpret_cast<float*>(cache), slot, key, value);
    }
    void attend(const kernels::AttentionCall& call) const {
      kernels::float_matrix().attend(shape, {.cache = reinterpret_cast<const float*>(call.cache),
                                             .filled = call.filled,
                                             .query = call.query,
                                             .output = call.output,
                                             .scratch = call.scratch});
    }
  };

  /// From inner_ to mixed_.
  template <typename Cache>
  void attend(const DecoderLayer& layer, std::span<const SequenceInput> inputs, const Cache& cache) {
    const kernels::Elementwise& kernel = kernels::elementwise();
    const kernels::AttentionShape& shape = layer.attention;
    const auto head = static_cast<size_t>(shape.head_width);
    const size_t query_size = static_cast<size_t>(shape.heads) * head;
    const size_t key_size = static_cast<size_t>(shape.key_value_heads) * head;
    const int pairs = weights_.rotary.pairs();
    // log2(e) makes the softmax's exponentials powers of two.
    const float scale = shape_.scaled ? 1.0f / std::sqrt(static_cast<float>(shape_.head_width)) : 1.0f;
    float* const mixed = scratch(mixed_, inputs.size() * query_size);
    float* const weighing = scratch(weighing_, cache.scratch_floats());
    for (size_t i = 0; i < inputs.size(); ++i) {
      float* const query = inner_.data() + i * (query_size + 2 * key_size);
      float* const key = query + query_size;
      const float* const cosines = angles_.data() + i * 2 * static_cast<size_t>(pairs);
      kernels::TurnCall turn{.cosines = cosines,
                             .sines = cosines + pairs,
                             .pairs = pairs,
                             .heads = shape.heads,
                             .width = shape.head_width,
                             .factor = 1.44269504f * scale,
                             .z = query};
      kernel.turn(turn);
      turn.heads = shape.key_value_heads;
      turn.factor = 1.0f;
      turn.z = key;
      if (pairs > 0) kernel.turn(turn);
      std::byte* const memory = reinterpret_cast<std::byte*>(lane_of(inputs[i]).memory.data()) + layer.cache_offset;
      const auto seen = static_cast<uint64_t>(layer.seen);
      cache.store(memory, static_cast<int>(positions_[i] % seen), key, key + key_size);
      cache.attend({.cache = memory,
                    .filled = static_cast<int>(std::min(positions_[i] + 1, seen)),
                    .query = query,
                    .output = mixed + i * query_size,
                    .scratch = weighing});
    }
  }

  /// What the feed's second matrix reads, made from inner_.
  const DecoderFloats& activate(size_t count) {
    const kernels::Elementwise& kernel = kernels::elementwise();
    const auto row = static_cast<size_t>(weights_.feed_width);
    if (!shape_.gated) {
      activate(static_cast<int>(count * row), inner_.data());
      return inner_;
    }
    float* const mixed = scratch(mixed_, count * row);
    for (size_t i = 0; i < count; ++i) {
      float* const gate = inner_.data() + i * 2 * row;
      if (shape_.activation == model::Activation::kSilu) {
        kernel.swiglu(gate, gate + row, weights_.feed_width, mixed + i * row);
      } else {
        activate(weights_.feed_width, gate);
        kernel.multiply(gate + row, weights_.feed_width, gate);
        std::copy_n(gate, row, mixed + i * row);
      }
    }
    return mixed_;
  }

  void activate(int size, float* z) {
    const kernels::Elementwise& kernel = kernels::elementwise();
    switch (shape_.activation) {
      case model::Activation::kGeluTanh:
        return kernel.gelu(size, z);
      case model::Activation::kGelu:
        return kernel.gelu_exact(size, z);
      case model::Activation::kSilu:
        return kernel.silu(size, z);
      case model::Activation::kRelu:
        return kernel.relu(size, z);
    }
  }

  void score(size_t count, float* logits) {
    normalise(weights_.output_norm, count);
    prepare(normalised_, weights_.width, count);
    for (size_t part = 0; part < weights_.output().size(); ++part) {
      const size_t first = part * static_cast<size_t>(DecoderWeights::kPartIds);
      const size_t ids = std::min(symbols() - first, static_cast<size_t>(DecoderWeights::kPartIds));
      const size_t stride = product(weights_.output()[part], normalised_, count, inner_);
      for (size_t i = 0; i < count; ++i) std::copy_n(inner_.data() + i * stride, ids, logits + i * symbols() + first);
    }
  }

  /// From stream_ to normalised_.
  void normalise(const DecoderNorm& norm, size_t count) {
    const kernels::Elementwise& kernel = kernels::elementwise();
    const auto row = static_cast<size_t>(weights_.width);
    float* const normalised = scratch(normalised_, count * row);
    for (size_t i = 0; i < count; ++i) {
      const kernels::NormCall call{.x = stream_.data() + i * row,
                                   .gain = norm.gain.data(),
                                   .offset = norm.offset.data(),
                                   .width = shape_.width,
                                   .epsilon = shape_.norm_epsilon,
                                   .y = normalised + i * row};
      norm.offset.empty() ? kernel.rms_norm_of(call) : kernel.layer_norm_of(call);
    }
  }

  /// stream_ += change.
  void add(const DecoderFloats& change, size_t count) {
    kernels::elementwise().add(change.data(), static_cast<int>(count) * weights_.width, stream_.data());
  }

  void multiply(const DecoderMatrix& matrix, const DecoderFloats& source, size_t count, DecoderFloats& result) {
    prepare(source, std::visit([](const auto& form) { return form.columns(); }, matrix), count);
    product(matrix, source, count, result);
  }

  /// What product() needs of a source besides: its rows as int8.
  void prepare(const DecoderFloats& source, int columns, size_t count) {
    if (weights_.profile == DecoderProfile::kFloat) return;
    auto rows = std::find_if(quantised_.begin(), quantised_.end(),
                             [columns](const auto& one) { return one.columns() == columns; });
    if (rows == quantised_.end()) rows = quantised_.emplace(rows, static_cast<int>(kBatch), columns);
    kernels::int8_matrix().quantise({source.data(), static_cast<size_t>(columns)}, static_cast<int>(count), *rows);
    prepared_ = static_cast<size_t>(rows - quantised_.begin());
  }

  /// result[i] = matrix source[i] for the source that was prepared; clamped (DecoderWeights). How far its rows are
  /// apart.
  size_t product(const DecoderMatrix& matrix, const DecoderFloats& source, size_t count, DecoderFloats& result) {
    const auto rows = static_cast<int>(count);
    const auto outputs = static_cast<size_t>(std::visit([](const auto& form) { return form.rows(); }, matrix));
    float* const out = scratch(result, count * outputs);
    if (const auto* const floats = std::get_if<kernels::PackedFloatMatrix>(&matrix)) {
      const auto inputs = static_cast<size_t>(floats->columns());
      kernels::float_matrix().multiply(*floats, {source.data(), inputs}, rows, {out, outputs});
    } else {
      const auto& packed = std::get<kernels::PackedMatrix>(matrix);
      kernels::int8_matrix().multiply(packed, quantised_[prepared_], rows, {out, outputs});
    }
    kernels::elementwise().clamp(DecoderWeights::kLargestProduct, static_cast<int>(count * outputs), out);
    return outputs;
  }

  std::shared_ptr<const DecoderWeights> shared_;
  const DecoderWeights& weights_;
  const model::DecoderShape& shape_;
  DecoderFloats stream_;                           ///< the residual stream, rows of the padded width
  DecoderFloats normalised_;                       ///< what a matrix reads
  DecoderFloats inner_;                            ///< what a layer's first matrix makes
  DecoderFloats mixed_;                            ///< what its second matrix reads
  DecoderFloats attended_, fed_;                   ///< what a layer adds to the stream
  DecoderFloats angles_;                           ///< cosines and sines of each input's position
  DecoderFloats weighing_;                         ///< what attention needs to work in
  std::vector<kernels::QuantisedRows> quantised_;  ///< one for each number of columns that occurs
  size_t prepared_ = 0;                            ///< of quantised_, the one that product() reads
  std::vector<uint64_t> positions_;                ///< of each input
};

class PortableEngine final : public DecoderEngine {
 public:
  explicit PortableEngine(std::shared_ptr<const DecoderWeights> weights) : weights_(std::move(weights)) {}

  std::unique_ptr<SequenceNetwork> open() const override { return make_decoder_network(weights_); }
  uint64_t lane_bytes() const override { return weights_->lane_bytes; }
  Numerics numerics() const override { return Numerics::kPortable; }
  std::string options() const override { return weights_->profile == DecoderProfile::kFloat ? ",bits=32" : ""; }

 private:
  std::shared_ptr<const DecoderWeights> weights_;
};

}  // namespace

std::unique_ptr<SequenceNetwork> make_decoder_network(std::shared_ptr<const DecoderWeights> weights) {
  return std::make_unique<DecoderNetwork>(std::move(weights));
}

std::shared_ptr<const DecoderEngine> make_portable_engine(const model::Decoder& decoder, DecoderProfile profile,
                                                          unsigned threads) {
  return std::make_shared<const PortableEngine>(pack_decoder(decoder, profile, threads));
}

}  // namespace lmzip::predict
