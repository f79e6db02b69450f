// SPDX-License-Identifier: Apache-2.0
// Byte-level byte pair encoding (Sennrich et al., 2016): symbols are bytes and pairs of symbols merged again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lmzip/tokenizer.h"

namespace lmzip::model {

/// Symbols 0..255 are the bytes; symbol 256 + i stands for the bytes of merges[i].left, then those of .right, both
/// smaller than 256 + i.
struct Merge {
  Symbol left = 0;
  Symbol right = 0;
  bool operator==(const Merge&) const = default;
};

class BpeTokenizer final : public Tokenizer {
 public:
  static constexpr size_t kBytes = 256;
  static constexpr size_t kMaxSymbols = size_t{1} << 17;
  static constexpr size_t kMaxSymbolBytes = 64;

  /// Errors: kCorrupt for a merge of a symbol that is not there yet, one that occurs twice, symbols of more than
  /// kMaxSymbolBytes, more than kMaxSymbols symbols.
  explicit BpeTokenizer(std::vector<Merge> merges);

  const std::vector<Merge>& merges() const { return merges_; }

  Symbol size() const override { return static_cast<Symbol>(kBytes + merges_.size()); }
  /// What `symbol` < size() stands for, at least one byte.
  ByteSpan bytes(Symbol symbol) const;
  /// Word by word (word_length()): in each, of all adjacent pairs that are merges, the earliest merge of the list is
  /// done first, leftmost first, until none is left. At most 64 steps a byte, whatever text and merges are.
  std::vector<Symbol> encode(ByteSpan text) const override;
  std::unique_ptr<Speller> speller() const override;

 private:
  /// The symbol that a merge of the two makes, or a number larger than any symbol.
  Symbol merged(Symbol left, Symbol right) const;

  std::vector<Merge> merges_;
  std::vector<uint32_t> starts_;  ///< of each symbol's bytes in spelling_; one more at the end
  Bytes spelling_;
  // Not hashed: nobody can choose merges that collide.
  std::vector<uint32_t> pairs_;   ///< indices of merges, by left, then right
  std::vector<uint32_t> firsts_;  ///< of each left symbol in pairs_; one more at the end
};

/// Length of the word at the start of `text` (not empty): no merge crosses its end. A word is, of at most
/// kMaxSymbolBytes bytes, the longest of: letters (bytes from 128 on count as such), digits, or other signs (control
/// characters count as such), each run with one space before it if there is one; or a run of white space, less its last
/// byte if that is a space before one of the former.
size_t word_length(ByteSpan text);

/// The file of a tokenizer alone, NAME.tokenizer.json: {"type": "byte-level BPE", "merges": [[left, right], ...]}.
std::string to_json(const BpeTokenizer& tokenizer);
/// Errors: kCorrupt.
BpeTokenizer parse_tokenizer(std::string_view json);

}  // namespace lmzip::model
