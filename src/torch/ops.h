// SPDX-License-Identifier: Apache-2.0
// The differentiable operations that networks are made of. Each comes twice: fused loops on the CPU (ops_cpu.cc), and
// libtorch's own operations (ops_plain.cc), for other devices and as the definition that tests compare with.
//
// Activations between the operations are of one type, float32 or bfloat16, that of the tensors that come in; the
// residual stream, states and all parameters are float32. [B, T, d] means sequences, positions, numbers.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "torch/cpu_loops.h"

namespace lmzip::torch_plugin {

enum class Backend { kFused, kPlain };

/// A norm's parameters; `offset` is undefined for RMS.
struct NormParameters {
  at::Tensor gain, offset;
};

struct Joined {
  at::Tensor stream;  ///< [B, T, d] float32: the sum
  at::Tensor normed;  ///< [B, T, d]: its norm
};

struct Scanned {
  at::Tensor output;  ///< [B, T, e]
  at::Tensor last;    ///< [B, e] float32: the state behind the last position; carries no gradient
};

struct AttentionShape {
  int64_t heads, key_value_heads, head_width, window;
};

/// Gradients of table rows, gathered by lookup()'s backward pass until the optimiser takes them.
struct TableGradients {
  struct Part {
    at::Tensor rows;      ///< [positions, tables] int32
    at::Tensor gradient;  ///< [positions, tables * width]
  };
  std::vector<Part> parts;
};

class Ops {
 public:
  explicit Ops(Backend backend) : fused_(backend == Backend::kFused) {}

  /// [B, T, d] float32 = rows of `table` [vocabulary, d]; symbols are [B, T] int32.
  at::Tensor embed(const at::Tensor& table, const at::Tensor& symbols) const;
  /// [B, T, tables * width] of `type` = rows of `table`, which is not differentiated: `gradients` (unless null) is told
  /// instead. `rows` is [B, T, tables].
  at::Tensor lookup(const at::Tensor& table, const at::Tensor& rows, at::ScalarType type,
                    TableGradients* gradients) const;
  /// x W^T in x's type. `weight` is float32.
  at::Tensor linear(const at::Tensor& x, const at::Tensor& weight) const;
  /// stream + branch (undefined: nothing) and the norm of that, in `type`.
  Joined join(const at::Tensor& stream, const at::Tensor& branch, const NormParameters& norm,
              at::ScalarType type) const;
  /// `previous` [B, 3, d], in u's type: what came before.
  at::Tensor convolve(const at::Tensor& u, const at::Tensor& previous, const at::Tensor& taps) const;
  /// input [B, T, 3 e] without bias; initial [B, e].
  Scanned scan(const at::Tensor& input, const at::Tensor& bias, const at::Tensor& initial) const;
  /// input [B, T, h], for SwiGLU [B, T, 2 h] (input, gate); bias [h] for GELU.
  at::Tensor feed(const at::Tensor& input, const at::Tensor& bias, Activation activation) const;
  /// input [B, T, (heads + 2 key_value_heads) head_width]: queries, keys, values.
  at::Tensor attend(const at::Tensor& input, const AttentionShape& shape) const;
  /// One float32 number: `scale` times the sum of the cross-entropies (nats) of targets [B, T] int32 under logits
  /// [B, T, vocabulary] + bias. The fused form's gradient takes for granted that this number is what is differentiated.
  at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& bias, const at::Tensor& targets,
                           double scale) const;

 private:
  bool fused_;
};

/// Adagrad with one sum per row: squares += mean(g^2), row -= rate g / (sqrt(squares) + 1e-6), with g = scale *
/// gradient. Rows that occur several times take one step after the other (fused) or one with their sum (plain).
void update_table(Backend backend, const TableGradients::Part& part, const at::Tensor& table, const at::Tensor& squares,
                  double rate, double scale);

/// Cosines and sines, [time, head_width / 2] each, of FORMAT.md's angles.
struct Rotation {
  at::Tensor cosine, sine;
};
Rotation rotation(int64_t time, int64_t head_width, at::Device device);

}  // namespace lmzip::torch_plugin
