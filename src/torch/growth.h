// SPDX-License-Identifier: Apache-2.0
// How a trained network goes on as a larger one, so that the small one's training is not lost on it.
#pragma once

#include <ATen/ATen.h>

#include <string_view>

#include "model/architecture.h"

namespace lmzip::torch_plugin {

/// Whether `now` is `before` with more layers behind its own, more rows in its tables and fewer tables, or just the
/// same.
bool grows_from(model::Architecture before, const model::Architecture& now);

/// What the tensor `name` (a parameter, or the optimiser's of one) of a network `now` begins as, out of `kept`, that of
/// the network `before`, from which it grows: the rows that one of a table has become all begin as what that was. Not
/// for those of new layers. Errors: kCorrupt when `kept` has not the shape.
at::Tensor grown(std::string_view name, const at::Tensor& kept, const model::Architecture& before,
                 const model::Architecture& now);

/// Whether `name` belongs to a layer that `before` has not. As it is made, such a layer changes nothing.
bool is_of_new_layer(std::string_view name, const model::Architecture& before);

}  // namespace lmzip::torch_plugin
