// SPDX-License-Identifier: Apache-2.0
// What each byte of a text costs under a predictor, and what else might have come.
#pragma once

#include <cstdint>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/predictor.h"
#include "lmzip/progress.h"

namespace lmzip::explain {

/// A byte that might have come.
struct Alternative {
  uint8_t byte = 0;
  double probability = 0;
};

/// A part of a text.
struct Part {
  uint64_t first = 0;
  uint64_t last = 0;  ///< one past
};

struct Costs {
  double bits = 0;                                     ///< of the whole text
  std::vector<double> shown;                           ///< bits of each byte of the part
  std::vector<std::vector<Alternative>> alternatives;  ///< of each byte of the part, the likeliest first; or empty
};

/// What the bytes of `text` cost, -log2 of their probabilities, as they are coded: one after the other, the predictor
/// beginning anew after every `block` bytes. Of those in `part`, with the `top` likeliest bytes each. Those of a
/// predictor of bits take fifty times the work of coding (predict/byte_view.h). Errors: kUnsupported when it predicts
/// neither bytes nor bits, or bits and cannot go back; kCancelled.
Costs costs_of(const Predictor& predictor, ByteSpan text, uint64_t block, Part part, size_t top,
               ProgressSink& progress);

}  // namespace lmzip::explain
