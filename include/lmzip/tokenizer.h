// SPDX-License-Identifier: Apache-2.0
// Tokenizer: bytes as symbols of a larger alphabet, each of which stands for a string of bytes.
#pragma once

#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/frequency_table.h"

namespace lmzip {

/// Immutable and thread-safe. For every byte string x, the empty one too, the bytes of encode(x)'s symbols, one after
/// the other, are x: so a coder needs the symbols only, and the number of raw bytes to know where they end.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// The alphabet: symbols are 0 .. size() - 1; 256 .. 2^17.
  virtual Symbol size() const = 0;
  /// What `symbol` < size() stands for, at least one byte.
  virtual ByteSpan bytes(Symbol symbol) const = 0;
  /// In time about proportional to the number of bytes, whatever they are.
  virtual std::vector<Symbol> encode(ByteSpan text) const = 0;
};

}  // namespace lmzip
