// SPDX-License-Identifier: Apache-2.0
// A trained network as a predictor of bytes or tokens, bit for bit the same everywhere.
#pragma once

#include <memory>
#include <string>

#include "lmzip/predictor.h"
#include "model/model_file.h"
#include "predict/sequence_session.h"

namespace lmzip::predict {

struct LmOptions {
  std::string name;  ///< of the model, for the spec
  /// Bytes after which the predictor starts anew, for models of bytes only; 0: as restart_of() says.
  unsigned chunk = 0;
  /// Pixels of a row, for models of those, 2..16384; 0: as the model was trained.
  unsigned width = 0;
};

/// The predictor "lm:NAME[,chunk=N]". `model` must be quantised. Errors: kUnsupported when it is
/// not, kUsage for a chunk out of range or of tokens.
std::shared_ptr<const Predictor> make_lm(std::shared_ptr<const model::Model> model, const LmOptions& options);

}  // namespace lmzip::predict
