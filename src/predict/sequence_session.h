// SPDX-License-Identifier: Apache-2.0
// A session over any network that reads symbols one after the other: our own engine, or libtorch's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "lmzip/predictor.h"
#include "model/architecture.h"

namespace lmzip::predict {

/// What a network remembers of one stream.
class SequenceLane {
 public:
  virtual ~SequenceLane() = default;
  /// The next input belongs to the start of a sequence; nothing before it counts.
  virtual void restart() = 0;
  /// From now on back() works for the first `positions` inputs of each pass. False where too much is remembered for
  /// that.
  virtual bool keep(size_t /*positions*/) { return false; }
  /// Forgets the last `inputs` of the last pass, but not its first one.
  virtual void back(size_t /*inputs*/) {}
};

/// One position to compute: the lane it continues, and the symbol before it.
struct SequenceInput {
  SequenceLane* lane;
  Symbol symbol;
};

/// A network with its weights and its scratch memory.
class SequenceNetwork {
 public:
  virtual ~SequenceNetwork() = default;
  virtual std::unique_ptr<SequenceLane> open_lane() const = 0;
  /// Of the alphabet: V.
  virtual size_t symbols() const = 0;
  /// logits[V i ..] = the logits behind inputs[i]; inputs of one lane stand in their order. The lanes move on.
  /// Without room for logits (an empty span) none are computed. Finite logits, the same for a lane whatever else is in
  /// the batch.
  virtual void forward(std::span<const SequenceInput> inputs, std::span<float> logits) = 0;
  /// Positions that one call should be given when the symbols are known ahead; 1 where a pass over several gives other
  /// bits than one after the other.
  virtual size_t ahead() const = 0;
};

/// When a stream's context begins anew.
struct Restart {
  uint64_t after = 0;    ///< positions; 0: never
  uint64_t overlap = 0;  ///< so many of the new context's positions read again what was read last
};

/// Bytes that "chunk=" may name.
inline constexpr unsigned kMinChunk = 64;
inline constexpr unsigned kMaxChunk = 1u << 16;

/// With a chunk: after that many bytes, as the paper does with 2048; for models of bytes only. Without (0): a
/// recurrence remembers what it likes and a window shorter than the context slides, as both did in training. Attention
/// to the whole context begins anew with the last quarter of it, read again: its positions have no meaning beyond the
/// lengths it was trained on, and a window that slides past the beginning did worse than chunks of 2048 (49 against 42
/// %, measured once, on a model of 200K weights after 40 seconds of training, not on a finished one). Under the shipped
/// model of 200K a byte costs 2.139 bits in chunks of 2048, 2.136 with a half read again, 2.133 with a quarter; a half
/// doubles the time, a quarter adds a third. Files depend on this rule. Errors: kUsage for a chunk out of range, or of
/// a model of tokens, whose steps are not bytes: blocks do there what chunks do.
Restart restart_of(const model::Architecture& shape, unsigned chunk);

/// A session of `lanes` empty streams over `network`.
std::unique_ptr<Session> open_sequences(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart);

}  // namespace lmzip::predict
