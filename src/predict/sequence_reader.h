// SPDX-License-Identifier: Apache-2.0
// Streams of symbols on their way through a network: positions, restarts, batches over lanes and over what is known
// ahead. What its numbers mean to a coder is the sessions' business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "predict/guesser.h"
#include "predict/sequence_session.h"

namespace lmzip::predict {

/// Makes `weights` of one position out of its logits.
struct Weighing {
  size_t weights = 0;  ///< numbers for each position
  std::function<void(const float* logits, uint32_t* weights)> weigh;
};

class SequenceReader {
 public:
  /// `start` is the input of a position without a symbol before it.
  SequenceReader(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart, Symbol start, Weighing weighing);

  int lanes() const { return static_cast<int>(lanes_.size()); }
  /// The weights of the next position of `lane`; valid until that lane is fed.
  std::span<const uint32_t> weights(int lane);
  void feed(int lane, Symbol symbol);
  /// From now on a single lane that knows nothing of what comes guesses it: reading the network's weights is what takes
  /// time, and serves several positions as well as one. Symbols must be bytes. What is forecast does not change.
  void guess_ahead();
  /// As Session::foresee(). Errors: feed() refuses (kUsage) another symbol than foreseen.
  void foresee(int lane, std::span<const Symbol> upcoming) { lanes_[static_cast<size_t>(lane)].upcoming = upcoming; }

 private:
  struct Lane {
    explicit Lane(std::unique_ptr<SequenceLane> memory, Symbol start) : state(std::move(memory)), last(start) {}

    /// Whether the next position has no weights yet.
    bool waits() const { return next == computed; }

    std::unique_ptr<SequenceLane> state;
    uint64_t position = 0;             ///< of the next input, in its context
    std::vector<Symbol> read;          ///< the inputs of this context, if some will be read again
    Symbol last;                       ///< the symbol before the next position
    std::span<const Symbol> upcoming;  ///< what will be fed next, as far as it is known
    std::vector<uint32_t> weights;     ///< of the positions computed last
    size_t computed = 0;               ///< how many those are
    size_t next = 0;                   ///< how many of them have been fed
    std::optional<Guesser> guesser;
    std::vector<Symbol> guesses;  ///< what positions 1, 2.. of those computed last took for known
  };

  /// What is to be read again goes to batch_.
  void begin_anew(Lane& lane);
  void add_input(Lane& lane, Symbol symbol);
  /// Unless `symbol` is what was guessed, what was computed from the guess is forgotten.
  void compare_with_guess(Lane& lane, Symbol symbol);
  void compute();

  std::unique_ptr<SequenceNetwork> network_;
  const Restart restart_;
  const Symbol start_;
  const Weighing weighing_;
  std::vector<Lane> lanes_;
  std::vector<Lane*> waiting_;  ///< in compute()
  std::vector<SequenceInput> batch_;
  std::vector<float> logits_;
};

}  // namespace lmzip::predict
