// SPDX-License-Identifier: Apache-2.0
// The operations of ops.h in libtorch's own terms.
#pragma once

#include "torch/ops.h"

namespace lmzip::torch_plugin::plain_ops {

at::Tensor lookup(const at::Tensor& table, const at::Tensor& rows, at::ScalarType type);
Joined join(const at::Tensor& stream, const at::Tensor& branch, const NormParameters& norm, at::ScalarType type);
at::Tensor convolve(const at::Tensor& u, const at::Tensor& previous, const at::Tensor& taps);
Scanned scan(const at::Tensor& input, const at::Tensor& bias, const at::Tensor& initial);
at::Tensor feed(const at::Tensor& input, const at::Tensor& bias, Activation activation);
at::Tensor attend(const at::Tensor& input, const AttentionShape& shape);
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& bias, const at::Tensor& targets, double scale);
void update_table(const TableGradients::Part& part, const at::Tensor& table, const at::Tensor& squares, double rate,
                  double scale);

}  // namespace lmzip::torch_plugin::plain_ops
