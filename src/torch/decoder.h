// SPDX-License-Identifier: Apache-2.0
// libtorch as the engine of pretrained checkpoints, in float32.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "model/decoder.h"
#include "predict/decoder_network.h"

namespace lmzip::torch_plugin {

/// The first CUDA device, or the CPU where libtorch sees none.
at::Device decoder_device();

/// What computes model/decoder.h's equations for "checkpoint:NAME,engine=torch", host-bound: the same bits only with
/// the same libtorch, BLAS and kind of processor, on one thread of it.
///
/// A lane's logits may not depend on what stands beside it, but libtorch's products of several rows round otherwise
/// than those of one, and may round one row otherwise than the next. So lanes always step in batches of one width, idle
/// rows filled with anything, and that width is the widest of 24, 8 and 1 at which this network gives all rows of a
/// batch the same bits for the same inputs, as a trial tells. So it is 24 with OpenBLAS 0.3.21's kernels for AVX-512, 8
/// with those for AVX2. A stream alone costs as much as a batch, which is little: memory is the bound then. Measured on
/// one core of a busy machine, decoding with 24 lanes: 5,100 tokens of stories260K a second, 1,240 of a GPT-Neo of 3.4M
/// parameters whose many small heads are small products (our own engine in float32: 20,000 and 3,400). Not yet tried on
/// CUDA.
///
/// Precondition: check(decoder). Errors: kUnsupported for numbers that are not finite or beyond 2^16, naming the array;
/// those of libtorch, as kUnsupported.
std::shared_ptr<const predict::DecoderEngine> make_decoder_engine(const model::Decoder& decoder, at::Device device);

/// The same at a given width, untried: for tests.
std::shared_ptr<const predict::DecoderEngine> make_decoder_engine(const model::Decoder& decoder, at::Device device,
                                                                  int width);

}  // namespace lmzip::torch_plugin
