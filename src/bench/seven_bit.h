// SPDX-License-Identifier: Apache-2.0
// The paper's bytes for models of ASCII: seven bits of each go to the model, the eighth is lost (appendix B.1, and
// utils.py of the official code). What a lossless codec would have to do about it is here, too.
#pragma once

#include "bench/corpus.h"
#include "lmzip/bytes.h"

namespace lmzip::bench {

/// A chunk without its lost bits, and these.
struct SevenBitChunk {
  Bytes symbols;           ///< below 128, as many as raw bytes
  uint64_t lost_bits = 0;  ///< as the paper counts: of text one for each byte from 128 on, of all else one a byte
  /// What a decoder needs besides the symbols. Text: which bytes had bit 7, in the arithmetic coder under adaptive
  /// probabilities: the paper does not say how a decoder would know. All else: the lowest bits, eight in a byte.
  Bytes lost;
};

/// Text: bit 7 is cleared where it is set. All other kinds: every byte is shifted right by one.
SevenBitChunk split_bits(ByteSpan raw, CorpusKind kind);

/// The inverse: the raw bytes from symbols and lost bits.
Bytes join_bits(ByteSpan symbols, ByteSpan lost, CorpusKind kind);

}  // namespace lmzip::bench
