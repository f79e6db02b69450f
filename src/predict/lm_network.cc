// SPDX-License-Identifier: Apache-2.0
#include "predict/lm_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "kernels/elementwise.h"

namespace lmzip::predict {
namespace {

using model::Feed;
using model::Mixer;

/// Room for `size` elements; what is in it does not matter.
template <typename Vector>
auto* scratch(Vector& vector, size_t size) {
  if (vector.size() < size) vector.resize(size);
  return vector.data();
}

LmLane& lane_of(const SequenceInput& input) { return static_cast<LmLane&>(*input.lane); }

float* floats_at(std::byte* memory, size_t offset) { return reinterpret_cast<float*>(memory + offset); }

}  // namespace

bool LmLane::keep(size_t positions) {
  if (small_) trail_.resize(positions, {ngrams_, std::vector<std::byte>(memory_.size())});
  return small_;
}

void LmLane::back(size_t inputs) {
  pass_ -= inputs;
  position_ -= inputs;
  const Past& past = trail_[pass_ - 1];
  ngrams_ = past.ngrams;
  std::ranges::copy(past.memory, memory_.begin());
}

void LmNetwork::forward(std::span<const SequenceInput> inputs, std::span<float> logits) {
  for (size_t at = 0; at < inputs.size(); at += kBatch) {
    const auto batch = inputs.subspan(at, std::min(kBatch, inputs.size() - at));
    forward_batch(batch);
    if (logits.empty()) continue;
    float* const result = logits.data() + at * symbols();
    normalise(weights_.output_norm, batch.size());
    multiply(*weights_.output, normalised_, batch.size(), result);
    if (!weights_.numbers_project) continue;
    for (size_t i = 0; i < batch.size(); ++i) {  // from distances to numbers
      float* const row = result + i * symbols();
      std::rotate(row, row + symbols() - centres_[i], row + symbols());
    }
  }
}

void LmNetwork::forward_batch(std::span<const SequenceInput> inputs) {
  embed(inputs);
  for (const LayerWeights& layer : weights_.layers) {
    mix(layer, inputs);
    if (layer.feed_input) feed(layer, inputs.size());
  }
}

void LmNetwork::embed(std::span<const SequenceInput> inputs) {
  const kernels::Elementwise& kernel = kernels::elementwise();
  const model::Architecture& shape = weights_.shape();
  const auto width = static_cast<size_t>(shape.width);
  float* const stream = scratch(stream_, inputs.size() * width);
  uint64_t* const positions = scratch(positions_, inputs.size());
  const auto row_of = [&kernel](const model::QuantisedMatrix& matrix, size_t row, float* out) {
    const auto columns = static_cast<size_t>(matrix.columns);
    kernel.dequantise(matrix.values.data() + row * columns, matrix.scales[row], matrix.columns, out);
  };
  const auto table_width = static_cast<size_t>(shape.table_width);
  const size_t tables = shape.tables.size();
  float* const found = scratch(mixed_, inputs.size() * tables * table_width);
  std::array<uint32_t, 16> rows;
  LmLane::Past** const pasts = scratch(pasts_, inputs.size());
  for (const SequenceInput& input : inputs) lane_of(input).pass_ = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    LmLane& lane = lane_of(inputs[i]);
    pasts[i] = lane.next_past();
    if (lane.position_ == 0) lane.ngrams_ = weights_.ngrams;
    positions[i] = lane.position_++;
    if (weights_.numbers_project) continue;
    row_of(weights_.embedding, inputs[i].symbol, stream + i * width);
    if (tables == 0) continue;
    lane.ngrams_.advance(static_cast<uint8_t>(inputs[i].symbol));  // only models of bytes have tables
    lane.ngrams_.rows({rows.data(), tables});
    if (pasts[i] != nullptr) pasts[i]->ngrams = lane.ngrams_;
    for (size_t t = 0; t < tables; ++t) {
      row_of(weights_.tables, (t << shape.table_bits) + rows[t], found + (i * tables + t) * table_width);
    }
  }
  if (tables != 0) add_product(*weights_.tables_project, mixed_, inputs.size());
  if (weights_.numbers_project) tell_numbers(inputs);
  if (weights_.attention.heads == 0) return;
  const auto pairs = static_cast<size_t>(weights_.rotary.pairs());
  float* const angles = scratch(angles_, inputs.size() * 2 * pairs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    float* const cosines = angles + i * 2 * pairs;
    weights_.rotary.angles(positions[i], {cosines, pairs}, {cosines + pairs, pairs});
  }
}

void LmNetwork::tell_numbers(std::span<const SequenceInput> inputs) {
  constexpr size_t kFeatures = model::NumberContext::kFeatures;
  const kernels::Elementwise& kernel = kernels::elementwise();
  const model::QuantisedMatrix& embedding = weights_.embedding;
  const auto width = static_cast<size_t>(weights_.shape().width);
  float* const told = scratch(mixed_, inputs.size() * kFeatures);
  uint8_t* const centres = scratch(centres_, inputs.size());
  std::array<int8_t, kFeatures> features;
  for (size_t i = 0; i < inputs.size(); ++i) {
    LmLane& lane = lane_of(inputs[i]);
    if (positions_[i] == 0) {
      lane.numbers_ = weights_.numbers;  // the symbol before the first is none
    } else {
      lane.numbers_.advance(static_cast<uint8_t>(inputs[i].symbol));
    }
    const size_t centre = centres[i] = lane.numbers_.centre();
    kernel.dequantise(embedding.values.data() + centre * width, embedding.scales[centre], embedding.columns,
                      stream_.data() + i * width);
    lane.numbers_.features(features);
    for (size_t f = 0; f < kFeatures; ++f) {
      told[i * kFeatures + f] = static_cast<float>(features[f]) * model::NumberContext::kFeatureUnit;
    }
  }
  add_product(*weights_.numbers_project, mixed_, inputs.size());
}

void LmNetwork::mix(const LayerWeights& layer, std::span<const SequenceInput> inputs) {
  normalise(layer.mixer_norm, inputs.size());
  if (!layer.taps.empty()) convolve(layer, inputs);
  multiply(*layer.mixer_input, normalised_, inputs.size(), inner_);
  if (layer.mixer == Mixer::kAttention) {
    attend(layer, inputs);
  } else {
    recur(layer, inputs);
  }
  add_product(*layer.mixer_output, mixed_, inputs.size());
}

void LmNetwork::convolve(const LayerWeights& layer, std::span<const SequenceInput> inputs) {
  const kernels::Elementwise& kernel = kernels::elementwise();
  const int width = weights_.shape().width;
  const auto row = static_cast<size_t>(width);
  float* const result = scratch(change_, row);
  for (size_t i = 0; i < inputs.size(); ++i) {
    float* const past = floats_at(lane_of(inputs[i]).memory_.data(), layer.past_offset);
    if (positions_[i] == 0) std::fill_n(past, 3 * row, 0.0f);
    float* const u = normalised_.data() + i * row;
    kernel.convolve(u, past, layer.taps.data(), width, result);
    std::memmove(past + row, past, 2 * row * sizeof(float));
    std::copy_n(u, row, past);
    std::copy_n(result, row, u);
    keep_part(i, lane_of(inputs[i]), layer.past_offset, 3 * row * sizeof(float));
  }
}

void LmNetwork::keep_part(size_t i, const LmLane& lane, size_t offset, size_t bytes) {
  if (pasts_[i] == nullptr) return;
  std::memcpy(pasts_[i]->memory.data() + offset, lane.memory_.data() + offset, bytes);
}

void LmNetwork::attend(const LayerWeights& layer, std::span<const SequenceInput> inputs) {
  const kernels::Elementwise& kernel = kernels::elementwise();
  const kernels::Attention& attention = kernels::attention();
  const kernels::AttentionShape& shape = weights_.attention;
  const auto head = static_cast<size_t>(shape.head_width);
  const size_t query_size = static_cast<size_t>(shape.heads) * head;
  const size_t key_size = static_cast<size_t>(shape.key_value_heads) * head;
  const auto pairs = static_cast<size_t>(weights_.rotary.pairs());
  // log2(e) makes the softmax's exponentials powers of two.
  const float query_factor = 1.44269504f / std::sqrt(static_cast<float>(shape.head_width));
  float* const mixed = scratch(mixed_, inputs.size() * query_size);
  float* const weighing = scratch(weighing_, kernels::attention_scratch_floats(shape));
  for (size_t i = 0; i < inputs.size(); ++i) {
    float* const query = inner_.data() + i * (query_size + 2 * key_size);
    float* const key = query + query_size;
    const float* const cosines = angles_.data() + i * 2 * pairs;
    const float* const sines = cosines + pairs;
    for (size_t h = 0; h < query_size; h += head) {
      kernel.rotate(cosines, sines, shape.head_width, query_factor, query + h);
    }
    for (size_t h = 0; h < key_size; h += head) kernel.rotate(cosines, sines, shape.head_width, 1.0f, key + h);
    std::byte* const cache = lane_of(inputs[i]).memory_.data() + layer.state_offset;
    const auto slots = static_cast<uint64_t>(shape.slots);
    attention.store(shape, cache, static_cast<int>(positions_[i] % slots), key, key + key_size);
    const auto filled = static_cast<int>(std::min(positions_[i] + 1, slots));
    attention.attend(
        shape,
        {.cache = cache, .filled = filled, .query = query, .output = mixed + i * query_size, .scratch = weighing});
  }
}

void LmNetwork::recur(const LayerWeights& layer, std::span<const SequenceInput> inputs) {
  const kernels::Elementwise& kernel = kernels::elementwise();
  const int width = weights_.shape().state_width;
  const auto row = static_cast<size_t>(width);
  float* const mixed = scratch(mixed_, inputs.size() * row);
  for (size_t i = 0; i < inputs.size(); ++i) {
    float* const state = floats_at(lane_of(inputs[i]).memory_.data(), layer.state_offset);
    if (positions_[i] == 0) std::fill_n(state, row, 0.0f);
    kernel.recur(inner_.data() + i * 3 * row, width, state, mixed + i * row);
    keep_part(i, lane_of(inputs[i]), layer.state_offset, row * sizeof(float));
  }
}

void LmNetwork::feed(const LayerWeights& layer, size_t count) {
  const kernels::Elementwise& kernel = kernels::elementwise();
  const model::Architecture& shape = weights_.shape();
  normalise(layer.feed_norm, count);
  multiply(*layer.feed_input, normalised_, count, inner_);
  const auto total = static_cast<int>(count) * shape.feed_width;
  switch (shape.feed) {
    case Feed::kGelu:
      kernel.gelu(total, inner_.data());
      break;
    case Feed::kSquaredRelu:
      kernel.squared_relu(total, inner_.data());
      break;
    case Feed::kSwiGlu: {
      const auto row = static_cast<size_t>(shape.feed_width);
      float* const mixed = scratch(mixed_, count * row);
      for (size_t i = 0; i < count; ++i) {
        const float* const gate = inner_.data() + i * 2 * row;
        kernel.swiglu(gate, gate + row, shape.feed_width, mixed + i * row);
      }
      return add_product(*layer.feed_output, mixed_, count);
    }
    case Feed::kNone:
      return;
  }
  add_product(*layer.feed_output, inner_, count);
}

void LmNetwork::normalise(const NormWeights& norm, size_t count) {
  const kernels::Elementwise& kernel = kernels::elementwise();
  const int width = weights_.shape().width;
  const auto row = static_cast<size_t>(width);
  float* const normalised = scratch(normalised_, count * row);
  for (size_t i = 0; i < count; ++i) {
    const float* const x = stream_.data() + i * row;
    float* const y = normalised + i * row;
    if (norm.offset.empty()) {
      kernel.rms_norm(x, norm.gain.data(), width, y);
    } else {
      kernel.layer_norm(x, norm.gain.data(), norm.offset.data(), width, y);
    }
  }
}

void LmNetwork::multiply(const kernels::PackedMatrix& matrix, const Floats& source, size_t count, float* result) {
  const kernels::Int8Matrix& kernel = kernels::int8_matrix();
  auto rows = std::find_if(quantised_.begin(), quantised_.end(),
                           [&matrix](const auto& one) { return one.columns() == matrix.columns(); });
  if (rows == quantised_.end()) rows = quantised_.emplace(rows, static_cast<int>(kBatch), matrix.columns());
  const auto inputs = static_cast<size_t>(matrix.columns());
  const auto outputs = static_cast<size_t>(matrix.rows());
  kernel.quantise({source.data(), inputs}, static_cast<int>(count), *rows);
  kernel.multiply(matrix, *rows, static_cast<int>(count), {result, outputs});
}

void LmNetwork::multiply(const kernels::PackedMatrix& matrix, const Floats& source, size_t count, Floats& result) {
  multiply(matrix, source, count, scratch(result, count * static_cast<size_t>(matrix.rows())));
}

void LmNetwork::add_product(const kernels::PackedMatrix& matrix, const Floats& source, size_t count) {
  multiply(matrix, source, count, change_);
  kernels::elementwise().add(change_.data(), static_cast<int>(count) * matrix.rows(), stream_.data());
}

}  // namespace lmzip::predict
