// SPDX-License-Identifier: Apache-2.0
#include "torch/stepper.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "model/ngram.h"
#include "model/number_context.h"
#include "predict/probe.h"
#include "predict/rotary.h"
#include "predict/sequence_session.h"
#include "torch/network.h"
#include "torch/ops_plain.h"

namespace lmzip::torch_plugin {
namespace {

using model::Mixer;

/// What one stream has left behind in one layer. [1, ...] is the batch, of one.
struct LayerMemory {
  at::Tensor state;         ///< [1, e]
  at::Tensor previous;      ///< [1, 3, d], before the convolution
  at::Tensor keys, values;  ///< [key-value heads, window, w]; keys are rotated
};

struct StepperLane final : predict::SequenceLane {
  explicit StepperLane(const model::Architecture& network)
      : shape(network),
        ngrams(shape.tables, shape.table_bits),
        numbers(shape.numbers, shape.row),
        memory(shape.layers.size()) {
    restart();
  }

  void restart() override {
    position = 0;
    ngrams = model::NgramRows(shape.tables, shape.table_bits);
    numbers = model::NumberContext(shape.numbers, shape.row);
    for (size_t layer = 0; layer < memory.size(); ++layer) {
      LayerMemory& one = memory[layer];
      if (shape.convolution) one.previous = at::zeros({1, 3, shape.width});
      if (shape.layers[layer] == Mixer::kRecurrence) {
        one.state = at::zeros({1, shape.state_width});
      } else if (!one.keys.defined()) {
        one.keys = at::zeros({shape.key_value_heads, shape.window, shape.head_width});
        one.values = at::zeros_like(one.keys);
      }
    }
  }

  const model::Architecture& shape;
  int64_t position = 0;  ///< of the next input
  model::NgramRows ngrams;
  model::NumberContext numbers;
  std::vector<LayerMemory> memory;
};

class Stepper final : public predict::SequenceNetwork {
 public:
  explicit Stepper(std::shared_ptr<const Network> network)
      : network_(std::move(network)), rotary_(network_->architecture().head_width) {}

  std::unique_ptr<predict::SequenceLane> open_lane() const override {
    return std::make_unique<StepperLane>(network_->architecture());
  }

  size_t symbols() const override { return static_cast<size_t>(network_->architecture().vocabulary); }

  void forward(std::span<const predict::SequenceInput> inputs, std::span<float> logits) override {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const at::Tensor row = step(static_cast<StepperLane&>(*inputs[i].lane), inputs[i].symbol).contiguous();
      if (!logits.empty()) std::copy_n(row.data_ptr<float>(), row.numel(), logits.data() + i * symbols());
    }
  }

  size_t ahead() const override { return 1; }

 private:
  at::Tensor weight(const std::string& name) const { return (*network_)[name]; }
  NormParameters norm(const std::string& name) const {
    const bool centred = network_->architecture().norm == model::Norm::kLayer;
    return {weight(name + ".gain"), centred ? weight(name + ".offset") : at::Tensor()};
  }

  at::Tensor step(StepperLane& lane, Symbol symbol);
  at::Tensor mix(StepperLane& lane, size_t layer, const at::Tensor& u);
  at::Tensor attend(StepperLane& lane, LayerMemory& memory, const at::Tensor& input);
  at::Tensor feed(const std::string& name, const at::Tensor& u) const;

  std::shared_ptr<const Network> network_;
  predict::Rotary rotary_;
};

/// [V]: the logits behind one input.
at::Tensor Stepper::step(StepperLane& lane, Symbol symbol) {
  const model::Architecture& shape = network_->architecture();
  at::Tensor branch;
  if (shape.numbers != model::Numbers::kNone) {
    if (lane.position > 0) lane.numbers.advance(static_cast<uint8_t>(symbol));
    symbol = lane.numbers.centre();
    std::array<int8_t, model::NumberContext::kFeatures> features;
    lane.numbers.features(features);
    const at::Tensor told = at::from_blob(features.data(), {1, 1, features.size()}, at::kChar).to(at::kFloat);
    branch = at::linear(told * model::NumberContext::kFeatureUnit, weight("numbers.project"));
  }
  at::Tensor stream = weight("embedding").select(0, symbol).view({1, 1, shape.width});
  if (!shape.tables.empty()) {
    lane.ngrams.advance(static_cast<uint8_t>(symbol));  // only models of bytes have tables
    std::vector<uint32_t> rows(shape.tables.size());
    lane.ngrams.rows(rows);
    std::vector<at::Tensor> found;
    for (size_t t = 0; t < rows.size(); ++t) {
      found.push_back(weight("tables").select(0, static_cast<int64_t>((t << shape.table_bits) + rows[t])));
    }
    branch = at::linear(at::cat(found).view({1, 1, -1}), weight("tables.project"));
  }
  const auto normed = [&](const std::string& name) {
    const Joined joined = plain_ops::join(stream, branch, norm(name), at::kFloat);
    stream = joined.stream;
    return joined.normed;
  };
  for (size_t layer = 0; layer < shape.layers.size(); ++layer) {
    const std::string name = fmt::format("layers.{}.", layer);
    branch = mix(lane, layer, normed(name + "mixer_norm"));
    if (shape.feed != model::Feed::kNone) branch = feed(name + "feed.", normed(name + "feed_norm"));
  }
  ++lane.position;
  const at::Tensor head = weight(shape.tied ? "embedding" : "output");
  const at::Tensor logits = (at::linear(normed("output_norm"), head) + weight("output.bias")).view({shape.vocabulary});
  return shape.numbers == model::Numbers::kNone ? logits : logits.roll(symbol);
}

at::Tensor Stepper::mix(StepperLane& lane, size_t layer, const at::Tensor& u) {
  const std::string name = fmt::format("layers.{}.", layer);
  LayerMemory& memory = lane.memory[layer];
  at::Tensor mixed = u;
  if (memory.previous.defined()) {
    mixed = plain_ops::convolve(u, memory.previous, weight(name + "convolution"));
    memory.previous = at::cat({memory.previous, u}, 1).narrow(1, 1, 3);
  }
  if (network_->architecture().layers[layer] == Mixer::kRecurrence) {
    const Scanned scanned = plain_ops::scan(at::linear(mixed, weight(name + "recurrence.input")),
                                            weight(name + "recurrence.input.bias"), memory.state);
    memory.state = scanned.last;
    return at::linear(scanned.output, weight(name + "recurrence.output"));
  }
  const at::Tensor input =
      at::cat({at::linear(mixed, weight(name + "attention.query")), at::linear(mixed, weight(name + "attention.key")),
               at::linear(mixed, weight(name + "attention.value"))},
              -1);
  return at::linear(attend(lane, memory, input), weight(name + "attention.output"));
}

/// [1, 1, heads * w], from the queries, keys and values of one position.
at::Tensor Stepper::attend(StepperLane& lane, LayerMemory& memory, const at::Tensor& input) {
  const model::Architecture& shape = network_->architecture();
  const int64_t width = shape.head_width, groups = shape.key_value_heads, half = width / 2;
  const at::Tensor angles = at::empty({2, half});
  auto* const cosines = angles.data_ptr<float>();
  const auto pairs = static_cast<size_t>(half);
  rotary_.angles(static_cast<uint64_t>(lane.position), {cosines, pairs}, {cosines + half, pairs});

  const at::Tensor all = input.view({shape.heads + 2 * groups, width});
  const at::Tensor turned = all.narrow(0, 0, shape.heads + groups);
  const at::Tensor a = turned.narrow(1, 0, half), b = turned.narrow(1, half, half);
  const at::Tensor rotated = at::cat({a * angles[0] - b * angles[1], a * angles[1] + b * angles[0]}, 1);

  const int64_t slot = lane.position % shape.window, filled = std::min<int64_t>(lane.position + 1, shape.window);
  memory.keys.select(1, slot).copy_(rotated.narrow(0, shape.heads, groups));
  memory.values.select(1, slot).copy_(all.narrow(0, shape.heads + groups, groups));
  const at::Tensor query = rotated.narrow(0, 0, shape.heads).reshape({groups, shape.heads / groups, width});
  const at::Tensor scores =
      at::bmm(query, memory.keys.narrow(1, 0, filled).transpose(1, 2)) / std::sqrt(static_cast<double>(width));
  return at::bmm(at::softmax(scores, -1), memory.values.narrow(1, 0, filled)).view({1, 1, shape.heads * width});
}

at::Tensor Stepper::feed(const std::string& name, const at::Tensor& u) const {
  switch (network_->architecture().feed) {
    case model::Feed::kGelu:
      return at::linear(
                 plain_ops::feed(at::linear(u, weight(name + "input")), weight(name + "input.bias"), Activation::kGelu),
                 weight(name + "output")) +
             weight(name + "output.bias");
    case model::Feed::kSwiGlu:
      return at::linear(
          plain_ops::feed(at::cat({at::linear(u, weight(name + "input")), at::linear(u, weight(name + "gate"))}, -1),
                          {}, Activation::kSwiGlu),
          weight(name + "output"));
    default:
      return at::linear(plain_ops::feed(at::linear(u, weight(name + "input")), {}, Activation::kSquaredRelu),
                        weight(name + "output"));
  }
}

class StepperPredictor final : public Predictor {
 public:
  StepperPredictor(const model::Model& model, std::string_view name)
      : tokenizer_(model.tokenizer()),
        restart_(predict::restart_of(model.architecture(), 0)),
        network_(std::make_shared<const Network>(model, Placement{.backend = Backend::kPlain})) {
    // Of the process: nothing else of libtorch runs beside this.
    at::set_num_threads(1);
    const model::Architecture& shape = model.architecture();
    info_.spec = fmt::format("torch:{}", name);
    info_.alphabet = static_cast<Symbol>(shape.vocabulary);
    info_.context_length = restart_.after;
    info_.numerics = Numerics::kHostBound;
    info_.parameter_bytes = model.file_bytes();
    info_.parameters = shape.parameters();
    const int layer = 2 * shape.window * shape.key_value_heads * shape.head_width + shape.state_width + 3 * shape.width;
    info_.lane_bytes = shape.layers.size() * static_cast<uint64_t>(layer) * sizeof(float);
    info_.model_digest = model.digest();
    const std::vector<Symbol> letters(predict::kProbe.begin(), predict::kProbe.end());
    info_.probe_digest = predict::probe_digest(*open(1), letters);
  }

  const PredictorInfo& info() const override { return info_; }

  std::unique_ptr<Session> open(int lanes) const override {
    return predict::open_sequences(std::make_unique<Stepper>(network_), lanes, restart_);
  }

  const Tokenizer* tokenizer() const override { return tokenizer_.get(); }

 private:
  std::shared_ptr<const model::BpeTokenizer> tokenizer_;
  predict::Restart restart_;
  std::shared_ptr<const Network> network_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_stepper(const model::Model& model, std::string_view name) {
  return std::make_shared<const StepperPredictor>(model, name);
}

}  // namespace lmzip::torch_plugin
