// SPDX-License-Identifier: Apache-2.0
#include "predict/lm_weights.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "lmzip/error.h"

namespace lmzip::predict {
namespace {

using model::Architecture;
using model::Feed;
using model::Mixer;
using model::Norm;

/// Reads the tensors of one model.
class Loader {
 public:
  explicit Loader(const model::Model& model) : model_(model) {}

  NormWeights norm(const std::string& name) const {
    NormWeights norm{.gain = model_.floats(name + ".gain"), .offset = {}};
    if (model_.architecture().norm == Norm::kLayer) norm.offset = model_.floats(name + ".offset");
    return norm;
  }

  /// The matrices `names`, their rows behind each other, with the bias `bias` ("": none).
  kernels::PackedMatrix stacked(std::initializer_list<std::string> names, const std::string& bias = "") const {
    std::vector<int8_t> values;
    std::vector<float> scales;
    int rows = 0;
    int columns = 0;
    for (const std::string& name : names) {
      const model::QuantisedMatrix part = model_.matrix(name);
      values.insert(values.end(), part.values.begin(), part.values.end());
      scales.insert(scales.end(), part.scales.begin(), part.scales.end());
      rows += part.rows;
      columns = part.columns;
    }
    return kernels::PackedMatrix({.rows = rows,
                                  .columns = columns,
                                  .values = values,
                                  .scales = scales,
                                  .bias = bias.empty() ? std::span<const float>{} : model_.floats(bias)});
  }

  LayerWeights layer(int index) const {
    const Architecture& shape = model_.architecture();
    const std::string name = "layers." + std::to_string(index) + ".";
    LayerWeights layer{.mixer = shape.layers[static_cast<size_t>(index)],
                       .mixer_norm = norm(name + "mixer_norm"),
                       .taps = {},
                       .mixer_input = {},
                       .mixer_output = {},
                       .feed_norm = {},
                       .feed_input = {},
                       .feed_output = {}};
    if (shape.convolution) layer.taps = model_.floats(name + "convolution");
    if (layer.mixer == Mixer::kAttention) {
      layer.mixer_input = stacked({name + "attention.query", name + "attention.key", name + "attention.value"});
      layer.mixer_output = stacked({name + "attention.output"});
    } else {
      layer.mixer_input = stacked({name + "recurrence.input"}, name + "recurrence.input.bias");
      layer.mixer_output = stacked({name + "recurrence.output"});
    }
    if (shape.feed == Feed::kNone) return layer;
    layer.feed_norm = norm(name + "feed_norm");
    if (shape.feed == Feed::kSwiGlu) {
      layer.feed_input = stacked({name + "feed.gate", name + "feed.input"});
      layer.feed_output = stacked({name + "feed.output"});
    } else {
      const bool biased = shape.feed == Feed::kGelu;
      layer.feed_input = stacked({name + "feed.input"}, biased ? name + "feed.input.bias" : "");
      layer.feed_output = stacked({name + "feed.output"}, biased ? name + "feed.output.bias" : "");
    }
    return layer;
  }

 private:
  const model::Model& model_;
};

constexpr size_t kLine = 64;
size_t reserve(size_t& total, size_t bytes) {
  const size_t offset = total;
  total += (bytes + kLine - 1) / kLine * kLine;
  return offset;
}

}  // namespace

LmWeights::LmWeights(std::shared_ptr<const model::Model> model, int row)
    : rotary(model->architecture().head_width),
      attention{.heads = model->architecture().heads,
                .key_value_heads = model->architecture().key_value_heads,
                .head_width = model->architecture().head_width,
                .slots = model->architecture().window},
      ngrams(model->architecture().tables, model->architecture().table_bits),
      numbers(model->architecture().numbers, row != 0 ? row : model->architecture().row),
      model_(std::move(model)) {
  if (!model_->quantised()) {
    throw Error(ErrorKind::kUnsupported, "a float model; 'lmzip model quantize' makes one that can be coded with");
  }
  const Loader loader(*model_);
  embedding = model_->matrix("embedding");
  if (!shape().tables.empty()) {
    tables = model_->matrix("tables");
    tables_project = loader.stacked({"tables.project"});
  }
  if (shape().numbers != model::Numbers::kNone) numbers_project = loader.stacked({"numbers.project"});
  const size_t past = static_cast<size_t>(shape().width) * sizeof(float);
  for (int i = 0; i < static_cast<int>(shape().layers.size()); ++i) {
    LayerWeights& layer = layers.emplace_back(loader.layer(i));
    if (shape().convolution) layer.past_offset = reserve(lane_bytes, 3 * past);
    layer.state_offset = reserve(lane_bytes, layer.mixer == Mixer::kAttention
                                                 ? kernels::cache_bytes(attention)
                                                 : static_cast<size_t>(shape().state_width) * sizeof(float));
  }
  output_norm = loader.norm("output_norm");
  output = loader.stacked({shape().tied ? "embedding" : "output"}, "output.bias");
}

}  // namespace lmzip::predict
