// SPDX-License-Identifier: Apache-2.0
// Predictor: a distribution over the next symbol. One half of the paper's duality; the other is compressor.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lmzip/bytes.h"
#include "lmzip/error.h"
#include "lmzip/frequency_table.h"
#include "lmzip/token_counts.h"
#include "lmzip/tokenizer.h"

namespace lmzip {

/// Where the frequencies of a predictor can be reproduced.
enum class Numerics : uint8_t {
  kPortable = 0,   ///< bit for bit on every machine, thread count, instruction set and compiler
  kHostBound = 1,  ///< only by the same software on the same kind of machine; files are marked with it
};

/// What a predictor says of itself.
struct PredictorInfo {
  std::string spec;                         ///< canonical text that makes it again, e.g. "mix:5"
  Symbol alphabet = 256;                    ///< 2 (bits of bytes, highest first), 256 (bytes), or a tokenizer's
  uint64_t context_length = 0;              ///< symbols of history that can matter; 0 = all of it
  Numerics numerics = Numerics::kPortable;  ///< see above
  uint64_t parameter_bytes = 0;             ///< trained weights a decoder must have; 0 for adaptive models
  uint64_t parameters = 0;                  ///< trained numbers, whatever they take in the file
  uint64_t lane_bytes = 0;                  ///< memory of one lane of a session, in bytes
  double bytes_per_byte = 0;                ///< and the part of it that grows with the stream, per byte of that
  uint64_t vocabulary = 0;                  ///< tokens, where several symbols are one; 0: the alphabet's
  uint64_t top = 0;              ///< only so many tokens, the likeliest, have the model's probabilities; 0: all of them
  unsigned preferred_lanes = 1;  ///< that suit a session best: enough to share work, few enough for the cache
  /// Numbers of several bytes, from the byte `first_number` of a stream on: files have their lowest byte first, this
  /// predictor wants the highest first. 1: bytes as they are.
  unsigned number_bytes = 1;
  uint64_t first_number = 0;
  std::string model_digest = {};  ///< of the trained weights' file, 32 hexadecimal digits; empty: there are none
  /// Host-bound predictors only: a hash of the first forecasts for a fixed text, 16 hexadecimal digits. Equal digests
  /// are taken for equal arithmetic; decoders refuse what was made with another one.
  std::string probe_digest = {};

  /// Where, in a stream of `size` bytes, the byte stands that this predictor reads at `step`. Its own inverse.
  uint64_t place_of(uint64_t step, uint64_t size) const {
    if (number_bytes == 1 || step < first_number) return step;
    const uint64_t in_number = (step - first_number) % number_bytes, number = step - in_number;
    return number + number_bytes <= size ? number + number_bytes - 1 - in_number : step;  // the last may be cut short
  }
};

/// Fed to Session::advance() for a lane that has nothing more to code.
inline constexpr Symbol kIdle = ~Symbol{0};

/// Many independent symbol streams ("lanes") stepped together.
///
/// Contract, checked for every predictor by one shared harness (tests/unit/predict/session_contract.h): the forecasts
/// of a lane depend on nothing but the symbols fed to that lane: not on the number of lanes, on other lanes, on
/// threads or, for portable numerics, on the machine.
class Session {
 public:
  virtual ~Session() = default;
  virtual int lanes() const = 0;
  /// The distribution of the next symbol of `lane` (0 <= lane < lanes()); valid until the next advance().
  virtual const FrequencyTable& forecast(int lane) = 0;
  /// Feeds one symbol (or kIdle) to each lane; next.size() == lanes().
  virtual void advance(std::span<const Symbol> next) = 0;
  /// A hint: these are the next symbols that advance() will be given for this lane, in order. Not before all that was
  /// foreseen last has been fed. The session may compute ahead from them; its forecasts are the same as without.
  /// `upcoming` must stay valid and unchanged until all of it was fed or the session is gone.
  virtual void foresee(int /*lane*/, std::span<const Symbol> /*upcoming*/) {}
  /// What `lane` has been fed so far, for predictors of tokens.
  virtual TokenCounts counts(int /*lane*/) const { return {}; }
  /// Over bits only (an alphabet of 2): mark() remembers the state of `lane`, rewind() returns to the last mark and
  /// forgets it. Marks nest. From the first open mark on at most the rest of a byte may be fed, short of its last bit.
  /// That is how all the ways in which a byte can go on are looked at: what is fed behind a mark is learned from as if
  /// it had come. Feeding more, or a rewind() without a mark, throws Error(kUsage); predictors of other symbols throw
  /// Error(kUnsupported).
  virtual void mark(int /*lane*/) { throw Error(ErrorKind::kUnsupported, "this predictor cannot go back"); }
  virtual void rewind(int lane) { mark(lane); }
};

/// An immutable, thread-safe model. Weights are shared by all its sessions.
class Predictor {
 public:
  virtual ~Predictor() = default;
  virtual const PredictorInfo& info() const = 0;
  /// A fresh session of `lanes` >= 1 empty streams. May throw std::bad_alloc.
  virtual std::unique_ptr<Session> open(int lanes) const = 0;
  /// What the symbols stand for, if they are neither bits nor bytes; lives as long as this.
  virtual const Tokenizer* tokenizer() const { return nullptr; }
};

}  // namespace lmzip
