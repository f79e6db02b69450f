// SPDX-License-Identifier: Apache-2.0
// What training does between its matrix products, fused into few passes over memory, for the CPU. No libtorch here:
// plain loops over plain arrays, compiled several times (cpu_loops.cc, cpu_attention.cc) and chosen by what the CPU
// has. They are fast, not exact: sums are reordered, and exp() is a polynomial of 2e-7 relative error.
//
// T is the type activations are kept in between the matrix products: float or Bfloat16. All sums are float. Arrays are
// dense and row-major; none overlap. Each loop works on the units [begin, end) of its first dimension, so that threads
// can share the work, and adds the gradients of parameters to `partial`, which the caller has zeroed.
#pragma once

#include <cstdint>
#include <string_view>

namespace lmzip::torch_plugin {

/// The upper half of a float.
struct Bfloat16 {
  uint16_t bits;
};

/// sum = stream + branch, then its norm; see FORMAT.md for both norms. Unit: row.
template <typename T>
struct Join {
  int64_t width = 0;
  bool centred = false;           ///< layer norm; else RMS
  const float* gain = nullptr;    ///< [width]
  const float* offset = nullptr;  ///< [width]; null for RMS
  const float* stream = nullptr;  ///< [rows, width]; forward only
  const T* branch = nullptr;      ///< [rows, width] or null; forward only
  float* sum = nullptr;           ///< [rows, width]; not written when branch is null: then it is stream
  float* statistics = nullptr;    ///< [rows, 2]: mean, 1 / deviation
  T* normed = nullptr;            ///< [rows, width]
  const float* d_sum = nullptr;   ///< [rows, width] or null
  const T* d_normed = nullptr;    ///< [rows, width]
  float* d_stream = nullptr;      ///< [rows, width]
  T* d_branch = nullptr;          ///< [rows, width] or null
};                                // partial: gain's gradient, offset's (2 width)

/// The causal convolution of four taps. Unit: sequence.
template <typename T>
struct Convolution {
  int64_t time = 0;
  int64_t width = 0;
  const float* taps = nullptr;  ///< [4, width]
  const T* input = nullptr;     ///< [batch, time, width]
  const T* previous = nullptr;  ///< [batch, 3, width]: what came before the sequence, the last row newest
  T* output = nullptr;          ///< [batch, time, width]
  const T* d_output = nullptr;
  T* d_input = nullptr;
};  // partial: taps (4 width)

/// The gated linear recurrence. Unit: sequence.
template <typename T>
struct Scan {
  int64_t time = 0;
  int64_t width = 0;
  const T* input = nullptr;        ///< [batch, time, 3 width]: candidate, forget, gate, without bias
  const float* bias = nullptr;     ///< [3 width]
  const float* initial = nullptr;  ///< [batch, width]
  float* states = nullptr;         ///< [batch, time, width]
  T* output = nullptr;             ///< [batch, time, width]
  const T* d_output = nullptr;
  T* d_input = nullptr;  ///< like input
};                       // partial: bias (3 width), then width floats of scratch

enum class Activation { kGelu, kSquaredRelu, kSwiGlu };

/// The position-wise function of the feed. Unit: row.
template <typename T>
struct Feed {
  Activation activation = Activation::kGelu;
  int64_t width = 0;
  const T* input = nullptr;     ///< [rows, width]; SwiGLU: [rows, 2 width], input then gate
  const float* bias = nullptr;  ///< [width], GELU only
  T* output = nullptr;          ///< [rows, width]
  const T* d_output = nullptr;
  T* d_input = nullptr;  ///< like input
};                       // partial: bias (width)

/// Softmax and cross-entropy. Unit: row.
template <typename T>
struct CrossEntropy {
  int64_t symbols = 0;               ///< a multiple of 16
  const T* logits = nullptr;         ///< [rows, symbols], without bias
  const float* bias = nullptr;       ///< [symbols]
  const int32_t* targets = nullptr;  ///< [rows]
  float* losses = nullptr;           ///< [rows], nats
  T* d_logits = nullptr;             ///< [rows, symbols], of the sum of losses times scale; null: not wanted
  float scale = 1;
};  // partial: bias (symbols), then symbols floats of scratch

/// Rows of the n-gram tables. Unit: position.
template <typename T>
struct Lookup {
  int64_t width = 0;              ///< of a row
  int64_t count = 0;              ///< rows per position
  const int32_t* rows = nullptr;  ///< [positions, count]
  float* table = nullptr;         ///< [all rows, width]
  T* output = nullptr;            ///< [positions, count * width]
  const T* gradient = nullptr;    ///< like output
  float* squares = nullptr;       ///< [all rows]: Adagrad's sums, one per row
  float rate = 0;
  float scale = 1;  ///< of the gradient
};

/// Causal attention with a window, rotation included. Unit: sequence.
template <typename T>
struct Attention {
  int64_t time = 0;
  int64_t heads = 0;
  int64_t key_value_heads = 0;
  int64_t head_width = 0;  ///< a multiple of 16
  int64_t window = 0;
  const T* input = nullptr;       ///< [batch, time, (heads + 2 key_value_heads) head_width]: queries, keys, values
  const float* cosine = nullptr;  ///< [time, head_width / 2]
  const float* sine = nullptr;    ///< [time, head_width / 2]
  T* output = nullptr;            ///< [batch, time, heads * head_width]
  float* log_sums = nullptr;      ///< [batch, heads, time]
  const T* d_output = nullptr;
  T* d_input = nullptr;  ///< like input
};                       // partial: attention_scratch() floats, need not be zero

/// Floats of scratch for one call, forward or backward.
int64_t attention_scratch(int64_t time, int64_t head_width);

template <typename T>
struct CpuLoops {
  using Unit = int64_t;
  void (*join)(const Join<T>&, Unit begin, Unit end);
  void (*join_backward)(const Join<T>&, Unit begin, Unit end, float* partial);
  void (*convolution)(const Convolution<T>&, Unit begin, Unit end);
  void (*convolution_backward)(const Convolution<T>&, Unit begin, Unit end, float* partial);
  void (*scan)(const Scan<T>&, Unit begin, Unit end);
  void (*scan_backward)(const Scan<T>&, Unit begin, Unit end, float* partial);
  void (*feed)(const Feed<T>&, Unit begin, Unit end);
  void (*feed_backward)(const Feed<T>&, Unit begin, Unit end, float* partial);
  void (*cross_entropy)(const CrossEntropy<T>&, Unit begin, Unit end, float* partial);
  void (*lookup)(const Lookup<T>&, Unit begin, Unit end);
  void (*lookup_update)(const Lookup<T>&, Unit begin, Unit end);  ///< not for several threads at once
  void (*attention)(const Attention<T>&, Unit begin, Unit end, float* scratch);
  void (*attention_backward)(const Attention<T>&, Unit begin, Unit end, float* scratch);
};

/// The fastest loops for T = float or Bfloat16 within kernels::isa_bound(), whatever libtorch takes the CPU for:
/// since 1.13 that is AVX2 unless it is told otherwise.
template <typename T>
const CpuLoops<T>& cpu_loops();

}  // namespace lmzip::torch_plugin
