// SPDX-License-Identifier: Apache-2.0
// A trained network as a predictor of bytes, bit for bit the same everywhere.
#pragma once

#include <memory>
#include <string>

#include "lmzip/predictor.h"
#include "model/model_file.h"

namespace lmzip::predict {

struct LmOptions {
  std::string name;  ///< of the model, for the spec
  /// Bytes after which the predictor starts anew, as in the paper's chunks of 2048; kMinChunk..kMaxChunk. 0: never;
  /// then a recurrence remembers what it likes, a window shorter than the context slides, and attention to the whole
  /// context begins anew with the last half of it.
  unsigned chunk = 0;
};

inline constexpr unsigned kMinChunk = 64;
inline constexpr unsigned kMaxChunk = 1u << 16;

/// The predictor "lm:NAME[,chunk=N]". `model` must be quantised (kUnsupported otherwise).
std::shared_ptr<const Predictor> make_lm(std::shared_ptr<const model::Model> model, const LmOptions& options);

}  // namespace lmzip::predict
