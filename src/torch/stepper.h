// SPDX-License-Identifier: Apache-2.0
// libtorch as a predictor: one byte after the other, in float32, one stream at a time.
#pragma once

#include <memory>
#include <string_view>

#include "lmzip/predictor.h"
#include "model/model_file.h"

namespace lmzip::torch_plugin {

/// The predictor "torch:NAME", host-bound: it gives the same bits only with the same libtorch, BLAS and kind of
/// processor, which the probe digest tells. Encoder and decoder take the same steps, always one position of one lane on
/// one thread, since a product over several rounds otherwise. `model` may be float or quantised.
std::shared_ptr<const Predictor> make_stepper(const model::Model& model, std::string_view name);

}  // namespace lmzip::torch_plugin
