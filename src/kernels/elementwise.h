// SPDX-License-Identifier: Apache-2.0
// The float32 parts of a network, for every instruction set with the same bits.
//
// They are written once, as plain loops over independent elements, and compiled for each instruction set: IEEE 754
// fixes the result of every + - * / and square root, nothing is contracted or reassociated, and no function of libm is
// called. Sums run in a fixed order: sixteen partial sums by index modulo 16, then halves onto halves (16, 8, 4, 2, 1).
// Widths are multiples of 16. All are bound by L1: 8 to 16 bytes moved per element, a few dozen operations where there
// is an exponential.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/isa.h"

namespace lmzip::kernels {

/// The norm of one row of any width, in arrays of width elements rounded up to a multiple of 16; beyond the width x is
/// zero and y becomes zero.
struct NormCall {
  const float* x;
  const float* gain;
  const float* offset;  ///< of layer norm
  int width;
  float epsilon;
  float* y;
};

/// Rotary positions of `heads` heads behind each other, `width` numbers each, the first 2 * pairs of which are turned.
struct TurnCall {
  const float* cosines;  ///< pairs of them
  const float* sines;
  int pairs;  ///< any number, 0 too
  int heads;
  int width;
  float factor;  ///< of all numbers
  float* z;
};

/// Arrays have `width` elements unless said otherwise; outputs may be inputs.
struct Elementwise {
  Isa isa;

  /// y = x / sqrt(mean(x^2) + 1e-6) * gain.
  void (*rms_norm)(const float* x, const float* gain, int width, float* y);
  /// y = (x - mean) / sqrt(mean((x - mean)^2) + 1e-6) * gain + offset.
  void (*layer_norm)(const float* x, const float* gain, const float* offset, int width, float* y);
  /// x += y.
  void (*add)(const float* y, int width, float* x);
  /// y = values * scale: a row of an int8 matrix.
  void (*dequantise)(const int8_t* values, float scale, int width, float* y);
  /// y = taps[0] u + taps[1] past[0] + taps[2] past[1] + taps[3] past[2], in this order; taps and past are rows of
  /// width.
  void (*convolve)(const float* u, const float* past, const float* taps, int width, float* y);
  /// One step of a gated linear recurrence (GILR, Martin and Cundy 2018, with a forget bias): input is candidate,
  /// forget and gate, `width` each. f = sigmoid(forget); state = f state + (1 - f) candidate; y = state * silu(gate).
  void (*recur)(const float* input, int width, float* state, float* y);
  /// z = gelu(z), the tanh approximation (Hendrycks and Gimpel 2016).
  void (*gelu)(int width, float* z);
  /// z = max(z, 0)^2 (So et al. 2021).
  void (*squared_relu)(int width, float* z);
  /// y = silu(gate) * value (Shazeer 2020).
  void (*swiglu)(const float* gate, const float* value, int width, float* y);
  /// Rotary positions of one head: the pairs (z[k], z[k + width/2]) turned by the angles whose cosines and sines are
  /// given (width/2 each), then multiplied by `factor`.
  void (*rotate)(const float* cosines, const float* sines, int width, float factor, float* z);
  /// Logits (finite; `symbols` of them, 16 to 2^17, a multiple of 16) to frequencies proportional to softmax, at least
  /// 1 each, their sum between 2^22 and 2^24. The arrays must not overlap.
  void (*frequencies)(const float* logits, int symbols, uint32_t* frequencies);

  // What checkpoints need besides.
  /// rms_norm and layer_norm with the means and the epsilon of the call.
  void (*rms_norm_of)(const NormCall& call);
  void (*layer_norm_of)(const NormCall& call);
  /// z = z Phi(z), Phi being the normal distribution, by formula 7.1.26 of Abramowitz and Stegun: the error function's
  /// error is below 2e-7, that of z below 1e-6.
  void (*gelu_exact)(int width, float* z);
  /// z = z sigmoid(z).
  void (*silu)(int width, float* z);
  /// z = max(z, 0).
  void (*relu)(int width, float* z);
  /// x *= y.
  void (*multiply)(const float* y, int width, float* x);
  /// z = what is nearest to it in -limit..limit.
  void (*clamp)(float limit, int width, float* z);
  /// Each pair (z[k], z[pairs + k]) of a head is turned; then all numbers are multiplied by the factor.
  void (*turn)(const TurnCall& call);
};

/// The implementations this machine can run, slowest first; never empty.
std::span<const Elementwise> available_elementwise();

/// The best of them within force_isa().
const Elementwise& elementwise();

}  // namespace lmzip::kernels
