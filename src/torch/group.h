// SPDX-License-Identifier: Apache-2.0
// The processes that train one network together, each on samples of its own.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <span>
#include <vector>

#include "torch/network.h"
#include "train/options.h"

namespace lmzip::torch_plugin {

/// Over libtorch's c10d: a store at the first process, where the others meet, and Gloo between all. Sums are not
/// reduced on the way, as a ring does, but gathered and added in the order of the ranks, so that a sum is the same bits
/// in every process and every run; for that each process hears from every other one, a traffic that suits some dozen.
/// Of one process nothing here does anything. Errors: kIo when another process does not come or goes away.
class Group {
 public:
  explicit Group(const train::Peers& peers);
  ~Group();

  bool leads() const { return rank_ == 0; }
  /// Each process's `numbers`, [ranks, numbers].
  std::vector<std::vector<double>> gather(std::vector<double> numbers) const;
  /// Turns the gradients [any shape] float32 of each process into their mean.
  void average(std::span<at::Tensor> gradients) const;
  /// Turns the gradients of table rows of each process into those of all, as parts of one batch as large as all.
  void join(TableGradients& gradients) const;
  /// The tensors [any shape] of the first process, for all.
  void follow(std::span<at::Tensor> tensors) const;

 private:
  struct Link;
  /// Each process's tensor: all have the same shape.
  std::vector<at::Tensor> gather(const at::Tensor& mine) const;

  const int rank_, count_;
  std::unique_ptr<const Link> link_;
};

}  // namespace lmzip::torch_plugin
