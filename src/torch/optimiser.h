// SPDX-License-Identifier: Apache-2.0
// One step downhill: Muon for the matrices of the layers, AdamW for everything else, row-wise Adagrad for tables.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "torch/network.h"
#include "train/options.h"

namespace lmzip::torch_plugin {

/// Muon (Jordan et al. 2024): momentum 0.95, Nesterov's; its direction made orthogonal by five Newton-Schulz steps;
/// scaled by sqrt(max(1, rows / columns)). Matrices that stand in one parameter (candidate, forget, gate) count as
/// several. AdamW: betas 0.9 and 0.98, epsilon 1e-8.
class Optimiser {
 public:
  /// `network` must outlive it.
  Optimiser(Network& network, const train::TrainOptions& options);

  /// Uses and clears the gradients of the parameters, and those of the tables. All rates are multiplied by `factor`.
  /// Returns the norm of the gradient (without the tables') before clipping.
  double step(double factor);

  /// Those gradients, but of the tables; to be looked at or changed between Network::loss()'s backward() and step().
  std::vector<at::Tensor> gradients() const;
  /// For Network::loss().
  TableGradients* table_gradients() { return tables_.empty() ? nullptr : &table_gradients_; }

  /// What a checkpoint must hold besides the parameters; they may be written. In a fixed order.
  std::vector<std::pair<std::string, at::Tensor>> state() const;

 private:
  struct Matrix {
    std::string name;
    at::Tensor value;
    at::Tensor momentum;
    int64_t parts;  ///< matrices one above the other
  };
  struct Other {
    std::string name;
    at::Tensor value;
    at::Tensor mean, square;
    double decay;
  };
  struct Table {
    at::Tensor value, squares;
  };

  double clip();
  void step_matrices(double rate);
  void step_others(double rate);
  void step_tables(double rate);

  const train::TrainOptions& options_;
  const Placement placement_;
  std::vector<Matrix> matrices_;
  std::vector<Other> others_;
  std::vector<Table> tables_;
  TableGradients table_gradients_;
  at::Tensor steps_;  ///< [1] int64: AdamW's count
};

}  // namespace lmzip::torch_plugin
