// SPDX-License-Identifier: Apache-2.0
// Any predictor as a generator: what it finds likely to follow a prompt ("Language Modeling Is Compression", section
// 3.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/predictor.h"
#include "lmzip/progress.h"
#include "sample/shaping.h"

namespace lmzip::sample {

/// What one prompt was continued with.
struct Continuation {
  Bytes bytes;
  /// Of each byte: -log2 of the probability that the predictor itself gave it, before temperature and cuts. The bits of
  /// a token are shared evenly by its bytes.
  std::vector<float> bits;
};

struct GeneratorOptions {
  size_t bytes = 0;  ///< for each prompt; exactly so many come
  Shaping shaping = {};
  uint64_t seed = 0;     ///< prompt i of a run draws from a stream of its own, made of the seed and i
  unsigned threads = 1;  ///< that share the prompts; the result does not depend on them
};

/// Told the bytes of each prompt's continuation as they come, never by two threads at once.
using Listener = std::function<void(size_t prompt, ByteSpan bytes, std::span<const float> bits)>;

/// Continues each of `prompts`, as if it were alone. `progress` advances by the bytes read and the bytes made.
/// Errors: kCancelled; std::bad_alloc.
std::vector<Continuation> continue_prompts(const std::shared_ptr<const Predictor>& predictor,
                                           std::span<const ByteSpan> prompts, const GeneratorOptions& options,
                                           ProgressSink& progress, const Listener& listener = {});

}  // namespace lmzip::sample
