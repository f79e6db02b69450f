// SPDX-License-Identifier: Apache-2.0
// A network of src/model/FORMAT.md, in float, differentiable.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>
#include <vector>

#include "model/architecture.h"
#include "model/model_file.h"
#include "torch/ops.h"
#include "train/batches.h"

namespace lmzip::torch_plugin {

/// Where and in what type a network computes.
struct Placement {
  at::Device device = at::kCPU;
  at::ScalarType type = at::kFloat;  ///< of activations and matrix products
  Backend backend = Backend::kFused;
};

/// Names as in FORMAT.md. Values are float32: matrices [rows, columns], vectors [columns], convolutions [4, d].
struct Parameter {
  std::string name;
  at::Tensor value;
  bool matrix = false;
};

/// What recurrent layers carry from batch to batch; empty: nothing yet. One entry a layer.
struct CarriedState {
  std::vector<at::Tensor> states;    ///< [B, e] float32; undefined for attention
  std::vector<at::Tensor> previous;  ///< [B, 3, d]; undefined without convolution

  /// Zeroes the sequences in `cold` [B] (1: zero), or, if the number of sequences has changed, forgets all.
  void restart(const at::Tensor& cold);
};

/// A batch as tensors on the network's device.
struct NetworkInput {
  at::Tensor symbols;      ///< [B, T] int32
  at::Tensor rows;         ///< [B, T, tables] int32; undefined without tables
  at::Tensor row_weights;  ///< [B, T, tables, 1] float32; undefined without dropout
  at::Tensor features;     ///< [B, T, kFeatures] int8; undefined unless symbols are numbers
  at::Tensor targets;      ///< [B, T] int32
  at::Tensor cold;         ///< [B] float32

  NetworkInput(const train::Batch& batch, int64_t tables, at::Device device);
};

class Network {
 public:
  /// Untrained: matrices normal with deviation 1 / sqrt(columns), those that end a residual branch zero, so that the
  /// network starts as its head on the embedding.
  Network(const model::Architecture& architecture, Placement placement, uint64_t seed);
  /// The weights of a model, float or quantised.
  Network(const model::Model& model, Placement placement);

  /// Takes over the weights of `trained`, from which this one's architecture grows (growth.h). Errors: kUsage when it
  /// does not.
  void begin_as(const Network& trained);

  const model::Architecture& architecture() const { return architecture_; }
  const Placement& placement() const { return placement_; }
  /// In the order of model::tensors_of(). Their values may be written.
  const std::vector<Parameter>& parameters() const { return parameters_; }
  at::Tensor operator[](const std::string& name) const;

  /// `scale` times the sum of the costs, in nats, of the batch's targets. `carried` is used and brought forward
  /// (detached) by recurrent layers; attention sees the batch only. With `gradients` the tables' are told to it in
  /// backward().
  at::Tensor loss(const NetworkInput& input, CarriedState& carried, double scale, TableGradients* gradients) const;

  /// [B, T, vocabulary] float32: the logits.
  at::Tensor logits(const NetworkInput& input, CarriedState& carried) const;

 private:
  void place(const model::TensorShape& shape, at::Tensor value);
  /// Up to the head's matrix product.
  at::Tensor hidden(const NetworkInput& input, CarriedState& carried, TableGradients* gradients) const;
  at::Tensor head() const;
  at::Tensor mix(size_t layer, const at::Tensor& u, CarriedState& carried) const;
  at::Tensor feed(size_t layer, const at::Tensor& u) const;
  NormParameters norm(const std::string& name) const;

  model::Architecture architecture_;
  Placement placement_;
  Ops ops_;
  std::vector<Parameter> parameters_;
  std::map<std::string, size_t> index_;
};

}  // namespace lmzip::torch_plugin
