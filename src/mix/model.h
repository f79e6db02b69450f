// SPDX-License-Identifier: Apache-2.0
// The context-mixing model: P(next bit) from all the bits before it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "mix/text_detector.h"

namespace lmzip::mix {

/// An adaptive model of one byte stream, fed bit by bit (highest bit of each byte first). Integer arithmetic only:
/// what it forecasts depends on the bits alone, on every machine.
class Model {
 public:
  virtual ~Model() = default;
  /// P(next bit = 1), 1..65535 of 65536.
  virtual uint32_t p1() const = 0;
  virtual void update(int bit) = 0;
  /// mark() remembers the present state, rewind() returns to the last mark and forgets it. Marks nest. No byte may end
  /// while one is open. Throws Error(kUsage) when one would, or when there is no mark to return to.
  virtual void mark() = 0;
  virtual void rewind() = 0;
};

/// The same with a network's opinion of each byte of text before it begins. Of programs, pictures and sound a network
/// that was trained on text has nothing to say that is worth its time: where the stream is not text, none is heard.
class GuidedModel : public Model {
 public:
  /// Has seen all whole bytes; the next one waits for expect() exactly where it says text.
  virtual const TextDetector& detector() const = 0;
  /// A network thinks `weights` of the next byte, of a sum below 2^32 - 256. To be called before each byte that waits
  /// for it, and nowhere else.
  virtual void expect(std::span<const uint32_t, 256> weights) = 0;
};

inline constexpr int kMinLevel = 1;
inline constexpr int kMaxLevel = 9;

/// The model of a level, kMinLevel (fastest) to kMaxLevel (smallest code).
std::unique_ptr<Model> make_model(int level);
std::unique_ptr<GuidedModel> make_guided_model(int level);

/// Memory of a model of that level, in bytes, once its tables have grown to their full size; without the history of
/// the stream, which takes one byte for each.
uint64_t model_bytes(int level);
uint64_t guided_model_bytes(int level);

}  // namespace lmzip::mix
