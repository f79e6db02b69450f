// SPDX-License-Identifier: Apache-2.0
// `mix:LEVEL,model=NAME`: context mixing that hears a trained network before each byte.
#pragma once

#include <memory>
#include <string>

#include "lmzip/predictor.h"
#include "model/model_file.h"

namespace lmzip::predict {

struct GuidedOptions {
  int level = 5;     ///< of the context mixing, kMixMinLevel..kMixMaxLevel
  std::string name;  ///< of the model, for the spec
};

/// A portable predictor of bits. `model` must be quantised, and of bytes. Errors: kUnsupported when it is not, kUsage
/// for a level out of range.
std::shared_ptr<const Predictor> make_guided(std::shared_ptr<const model::Model> model, const GuidedOptions& options);

}  // namespace lmzip::predict
