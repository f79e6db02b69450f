// SPDX-License-Identifier: Apache-2.0
#include "torch/optimiser.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace lmzip::torch_plugin {
namespace {

constexpr double kMomentum = 0.95;
constexpr double kBeta1 = 0.9, kBeta2 = 0.98, kEpsilon = 1e-8;

/// The nearest orthogonal matrices to those of `stack` [n, rows, columns], roughly: singular values end between 0.7 and
/// 1.2. The polynomial is Keller Jordan's.
at::Tensor orthogonal(const at::Tensor& stack, at::ScalarType type) {
  const bool tall = stack.size(1) > stack.size(2);
  at::Tensor x = tall ? stack.transpose(1, 2) : stack;
  x = (x / (x.flatten(1).norm(2, 1).view({-1, 1, 1}) + 1e-7)).to(type).contiguous();
  for (int i = 0; i < 5; ++i) {
    const at::Tensor square = at::bmm(x, x.transpose(1, 2));
    const at::Tensor mixed = at::baddbmm(square, square, square, -4.7750, 2.0315);
    x = at::baddbmm(x, mixed, x, 3.4445, 1);
  }
  return (tall ? x.transpose(1, 2) : x).to(at::kFloat);
}

}  // namespace

Optimiser::Optimiser(Network& network, const train::TrainOptions& options)
    : options_(options), placement_(network.placement()), steps_(at::zeros({1}, at::kLong)) {
  for (const Parameter& one : network.parameters()) {
    if (one.name == "tables") {
      tables_.push_back({one.value, at::zeros({one.value.size(0)}, one.value.options())});
    } else if (one.matrix && one.name.rfind("layers.", 0) == 0 && options.optimiser == train::Optimiser::kMuon) {
      const bool three = one.name.find("recurrence.input") != one.name.npos;
      matrices_.push_back({one.name, one.value, at::zeros_like(one.value), three ? 3 : 1});
    } else {
      const double decay = one.matrix && options.optimiser == train::Optimiser::kAdamW ? options.weight_decay : 0;
      others_.push_back({one.name, one.value, at::zeros_like(one.value), at::zeros_like(one.value), decay});
    }
  }
}

double Optimiser::step(double factor) {
  const at::NoGradGuard no_grad;
  const double norm = clip();
  steps_ += 1;
  step_matrices(options_.matrix_rate * factor);
  step_others(options_.rate * factor);
  step_tables(options_.table_rate * factor);
  return norm;
}

std::vector<at::Tensor> Optimiser::gradients() const {
  std::vector<at::Tensor> all;
  for (const Matrix& one : matrices_) all.push_back(one.value.grad());
  for (const Other& one : others_) all.push_back(one.value.grad());
  return all;
}

double Optimiser::clip() {
  std::vector<at::Tensor> norms;
  for (const at::Tensor& one : gradients()) norms.push_back(one.norm());
  const double norm = at::stack(norms).norm().item<double>();
  if (options_.clip > 0 && norm > options_.clip) {
    for (const at::Tensor& one : gradients()) one.mul_(options_.clip / norm);
  }
  return norm;
}

void Optimiser::step_matrices(double rate) {
  // Matrices of one shape are made orthogonal together: small products are slow one by one.
  std::map<std::pair<int64_t, int64_t>, std::vector<std::pair<at::Tensor, at::Tensor>>> shapes;  // value, direction
  for (Matrix& one : matrices_) {
    const at::Tensor gradient = one.value.grad();
    one.momentum.mul_(kMomentum).add_(gradient);
    const at::Tensor direction = gradient + kMomentum * one.momentum;
    const int64_t rows = one.value.size(0) / one.parts, columns = one.value.size(1);
    for (int64_t i = 0; i < one.parts; ++i) {
      shapes[{rows, columns}].emplace_back(one.value.narrow(0, i * rows, rows), direction.narrow(0, i * rows, rows));
    }
    one.value.mutable_grad() = at::Tensor();
  }
  for (auto& [shape, members] : shapes) {
    std::vector<at::Tensor> directions;
    for (const auto& member : members) directions.push_back(member.second);
    const at::Tensor made = orthogonal(at::stack(directions), placement_.type);
    const double scale = std::sqrt(std::max(1.0, static_cast<double>(shape.first) / static_cast<double>(shape.second)));
    for (size_t i = 0; i < members.size(); ++i) {
      members[i].first.mul_(1 - rate * options_.weight_decay).sub_(made[static_cast<int64_t>(i)], rate * scale);
    }
  }
}

void Optimiser::step_others(double rate) {
  const auto count = static_cast<double>(steps_.item<int64_t>());
  const double first = 1 - std::pow(kBeta1, count), second = std::sqrt(1 - std::pow(kBeta2, count));
  for (Other& one : others_) {
    const at::Tensor gradient = one.value.grad();
    one.mean.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    one.square.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    if (one.decay > 0) one.value.mul_(1 - rate * one.decay);
    one.value.addcdiv_(one.mean, one.square.sqrt().div_(second).add_(kEpsilon), -rate / first);
    one.value.mutable_grad() = at::Tensor();
  }
}

void Optimiser::step_tables(double rate) {
  // The loss is a mean over the batch. In its gradient a row's share is tiny; in units of a single position's it has
  // the size that Adagrad's sums and rate are meant for.
  for (const TableGradients::Part& part : table_gradients_.parts) {
    const int64_t positions = part.rows.numel() / part.rows.size(-1);
    update_table(placement_.backend, part, tables_[0].value, tables_[0].squares, rate,
                 static_cast<double>(positions * static_cast<int64_t>(table_gradients_.parts.size())));
  }
  table_gradients_.parts.clear();
}

std::vector<std::pair<std::string, at::Tensor>> Optimiser::state() const {
  std::vector<std::pair<std::string, at::Tensor>> all = {{"steps", steps_}};
  for (const Matrix& one : matrices_) all.emplace_back("momentum." + one.name, one.momentum);
  for (const Other& one : others_) {
    all.emplace_back("mean." + one.name, one.mean);
    all.emplace_back("square." + one.name, one.square);
  }
  for (const Table& one : tables_) all.emplace_back("squares.tables", one.squares);
  return all;
}

}  // namespace lmzip::torch_plugin
