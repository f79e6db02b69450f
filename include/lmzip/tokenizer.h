// SPDX-License-Identifier: Apache-2.0
// Tokenizer: bytes as symbols of a larger alphabet, which stand for strings of bytes.
#pragma once

#include <memory>
#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/frequency_table.h"

namespace lmzip {

/// Symbols back to bytes, one stream of them.
class Speller {
 public:
  virtual ~Speller() = default;
  /// The bytes that are known now that `symbol` < size() is: perhaps none yet. Valid until the next call.
  /// Errors: kCorrupt for a symbol that cannot stand here.
  virtual ByteSpan spell(Symbol symbol) = 0;
};

/// Immutable and thread-safe. For every byte string x, the empty one too, the bytes that a speller makes of encode(x)'s
/// symbols are x: so a coder needs the symbols only, and the number of raw bytes to know where they end.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// The alphabet: symbols are 0 .. size() - 1; 256 .. 2^17.
  virtual Symbol size() const = 0;
  /// In time about proportional to the number of bytes, whatever they are.
  virtual std::vector<Symbol> encode(ByteSpan text) const = 0;
  /// At the start of a stream. Lives no longer than this.
  virtual std::unique_ptr<Speller> speller() const = 0;
};

}  // namespace lmzip
