// SPDX-License-Identifier: Apache-2.0
#include "torch/network.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "lmzip/error.h"
#include "model/number_context.h"
#include "torch/growth.h"

namespace lmzip::torch_plugin {
namespace {

using model::Mixer;

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// What a parameter is before training.
at::Tensor initial_value(const model::TensorShape& shape, const model::Architecture& architecture,
                         const at::Generator& random) {
  const std::string_view name = shape.name;
  const auto normal = [&](double deviation) { return at::normal(0.0, deviation, {shape.rows, shape.columns}, random); };
  const double usual = 1 / std::sqrt(static_cast<double>(shape.columns));
  if (ends_with(name, ".gain")) return at::ones({shape.rows, shape.columns});
  if (name == "embedding") return normal(architecture.tied ? usual : 1);
  if (name == "tables") return normal(0.02);
  if (name == "output") return normal(usual / 2);
  if (ends_with(name, ".output") || !shape.matrix) {
    const at::Tensor zeros = at::zeros({shape.rows, shape.columns});
    if (ends_with(name, ".convolution")) zeros[0].fill_(1);  // the present position, unchanged
    // From short memory to long: forget gates from 0.38 to 0.993.
    const int64_t e = architecture.state_width;
    if (ends_with(name, "recurrence.input.bias")) zeros[0].narrow(0, e, e).copy_(at::linspace(-0.5, 5, e));
    return zeros;
  }
  return normal(usual);
}

at::Tensor tensor_of(const void* data, at::IntArrayRef shape, at::ScalarType type, at::Device device) {
  return at::from_blob(const_cast<void*>(data), shape, at::dtype(type)).to(device, type, false, true);
}

}  // namespace

void CarriedState::restart(const at::Tensor& cold) {
  const bool same = (states.empty() || !states[0].defined() || states[0].size(0) == cold.size(0)) &&
                    (previous.empty() || !previous[0].defined() || previous[0].size(0) == cold.size(0));
  if (!same) {
    states.clear();
    previous.clear();
    return;
  }
  const at::Tensor keep = 1 - cold;
  for (at::Tensor& state : states) {
    if (state.defined()) state = state * keep.unsqueeze(1);
  }
  for (at::Tensor& rows : previous) {
    if (rows.defined()) rows = rows * keep.to(rows.scalar_type()).view({-1, 1, 1});
  }
}

NetworkInput::NetworkInput(const train::Batch& batch, int64_t tables, at::Device device)
    : symbols(tensor_of(batch.inputs.data(), {batch.sequences, batch.length}, at::kInt, device)),
      targets(tensor_of(batch.targets.data(), {batch.sequences, batch.length}, at::kInt, device)),
      cold(tensor_of(batch.cold.data(), {batch.sequences}, at::kByte, device).to(at::kFloat)) {
  if (tables > 0) rows = tensor_of(batch.rows.data(), {batch.sequences, batch.length, tables}, at::kInt, device);
  if (!batch.row_weights.empty()) {
    row_weights = tensor_of(batch.row_weights.data(), {batch.sequences, batch.length, tables, 1}, at::kFloat, device);
  }
  if (!batch.features.empty()) {
    features = tensor_of(batch.features.data(), {batch.sequences, batch.length, model::NumberContext::kFeatures},
                         at::kChar, device);
  }
}

Network::Network(const model::Architecture& architecture, Placement placement, uint64_t seed)
    : architecture_(architecture), placement_(placement), ops_(placement.backend) {
  const at::Generator random = at::detail::createCPUGenerator(seed);
  for (const model::TensorShape& shape : model::tensors_of(architecture)) {
    place(shape, initial_value(shape, architecture, random));
  }
}

Network::Network(const model::Model& model, Placement placement)
    : architecture_(model.architecture()), placement_(placement), ops_(placement.backend) {
  for (const model::TensorShape& shape : model::tensors_of(architecture_)) {
    const std::vector<int64_t> size = {shape.rows, shape.columns};
    if (shape.matrix && model.quantised()) {
      const model::QuantisedMatrix matrix = model.matrix(shape.name);
      const at::Tensor scales = tensor_of(matrix.scales.data(), {shape.rows, 1}, at::kFloat, at::kCPU);
      place(shape, tensor_of(matrix.values.data(), size, at::kChar, at::kCPU).to(at::kFloat) * scales);
    } else {
      place(shape, tensor_of(model.floats(shape.name).data(), size, at::kFloat, at::kCPU));
    }
  }
}

void Network::begin_as(const Network& trained) {
  const model::Architecture& before = trained.architecture();
  if (!grows_from(before, architecture_)) {
    throw Error(ErrorKind::kUsage,
                "the model to begin with is of another architecture, which does not grow to this one");
  }
  const at::NoGradGuard no_grad;
  for (const Parameter& one : parameters_) {
    if (!is_of_new_layer(one.name, before)) one.value.copy_(grown(one.name, trained[one.name], before, architecture_));
  }
}

void Network::place(const model::TensorShape& shape, at::Tensor value) {
  if (!shape.matrix && shape.rows == 1) value = value.reshape({shape.columns});
  value = value.to(placement_.device).contiguous();
  value.set_requires_grad(shape.name != "tables");
  index_[shape.name] = parameters_.size();
  parameters_.push_back({shape.name, value, shape.matrix});
}

at::Tensor Network::operator[](const std::string& name) const { return parameters_.at(index_.at(name)).value; }

NormParameters Network::norm(const std::string& name) const {
  return {(*this)[name + ".gain"],
          architecture_.norm == model::Norm::kLayer ? (*this)[name + ".offset"] : at::Tensor()};
}

at::Tensor Network::head() const { return (*this)[architecture_.tied ? "embedding" : "output"]; }

at::Tensor Network::loss(const NetworkInput& input, CarriedState& carried, double scale,
                         TableGradients* gradients) const {
  const at::Tensor logits = ops_.linear(hidden(input, carried, gradients), head());
  return ops_.cross_entropy(logits, (*this)["output.bias"], input.targets, scale);
}

at::Tensor Network::logits(const NetworkInput& input, CarriedState& carried) const {
  return ops_.linear(hidden(input, carried, nullptr), head()).to(at::kFloat) + (*this)["output.bias"];
}

at::Tensor Network::hidden(const NetworkInput& input, CarriedState& carried, TableGradients* gradients) const {
  const size_t count = architecture_.layers.size();
  carried.restart(input.cold);
  carried.states.resize(count);
  carried.previous.resize(count);

  Joined x{ops_.embed((*this)["embedding"], input.symbols), {}};
  at::Tensor branch;  // what the stream still lacks; the next norm adds it
  if (!architecture_.tables.empty()) {
    at::Tensor found = ops_.lookup((*this)["tables"], input.rows, placement_.type, gradients);
    if (input.row_weights.defined()) {
      const std::array<int64_t, 4> one_by_one = {input.rows.size(0), input.rows.size(1), input.rows.size(2), -1};
      found = (found.view(one_by_one) * input.row_weights.to(placement_.type)).view_as(found);
    }
    branch = ops_.linear(found, (*this)["tables.project"]);
  }
  if (input.features.defined()) {
    branch = ops_.linear(input.features.to(placement_.type) * model::NumberContext::kFeatureUnit,
                         (*this)["numbers.project"]);
  }
  for (size_t layer = 0; layer < count; ++layer) {
    const std::string name = fmt::format("layers.{}.", layer);
    x = ops_.join(x.stream, branch, norm(name + "mixer_norm"), placement_.type);
    branch = mix(layer, x.normed, carried);
    if (architecture_.feed != model::Feed::kNone) {
      x = ops_.join(x.stream, branch, norm(name + "feed_norm"), placement_.type);
      branch = feed(layer, x.normed);
    }
  }
  return ops_.join(x.stream, branch, norm("output_norm"), placement_.type).normed;
}

at::Tensor Network::mix(size_t layer, const at::Tensor& u, CarriedState& carried) const {
  const std::string name = fmt::format("layers.{}.", layer);
  const int64_t batch = u.size(0), time = u.size(1);
  at::Tensor mixed = u;
  if (architecture_.convolution) {
    at::Tensor& previous = carried.previous[layer];
    if (!previous.defined()) previous = at::zeros({batch, 3, u.size(2)}, u.options());
    mixed = ops_.convolve(u, previous, (*this)[name + "convolution"]);
    previous = at::cat({previous, u.detach()}, 1).narrow(1, time, 3).contiguous();
  }
  if (architecture_.layers[layer] == Mixer::kRecurrence) {
    at::Tensor& state = carried.states[layer];
    if (!state.defined()) state = at::zeros({batch, architecture_.state_width}, u.options().dtype(at::kFloat));
    const Scanned scanned = ops_.scan(ops_.linear(mixed, (*this)[name + "recurrence.input"]),
                                      (*this)[name + "recurrence.input.bias"], state);
    state = scanned.last;
    return ops_.linear(scanned.output, (*this)[name + "recurrence.output"]);
  }
  const at::Tensor weights =
      at::cat({(*this)[name + "attention.query"], (*this)[name + "attention.key"], (*this)[name + "attention.value"]});
  const at::Tensor attended =
      ops_.attend(ops_.linear(mixed, weights),
                  {architecture_.heads, architecture_.key_value_heads, architecture_.head_width, architecture_.window});
  return ops_.linear(attended, (*this)[name + "attention.output"]);
}

at::Tensor Network::feed(size_t layer, const at::Tensor& u) const {
  const std::string name = fmt::format("layers.{}.feed.", layer);
  at::Tensor weights = (*this)[name + "input"], bias;
  Activation activation = Activation::kSquaredRelu;
  if (architecture_.feed == model::Feed::kGelu) {
    activation = Activation::kGelu;
    bias = (*this)[name + "input.bias"];
  } else if (architecture_.feed == model::Feed::kSwiGlu) {
    activation = Activation::kSwiGlu;
    weights = at::cat({weights, (*this)[name + "gate"]});
  }
  const at::Tensor out = ops_.linear(ops_.feed(ops_.linear(u, weights), bias, activation), (*this)[name + "output"]);
  return bias.defined() ? out + (*this)[name + "output.bias"].to(out.scalar_type()) : out;
}

}  // namespace lmzip::torch_plugin
