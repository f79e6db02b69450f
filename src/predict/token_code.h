// SPDX-License-Identifier: Apache-2.0
// The ids of a large vocabulary as two small symbols each: the alphabet that checkpoints are coded in.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lmzip/tokenizer.h"
#include "model/vocabulary.h"

namespace lmzip::predict {

/// Ids that stand for bytes are dealt into groups of neighbours, as even as they go, of about kGroup. A token is coded
/// as its group, then as its place in that group: so a decoder searches two tables of some hundred entries, not one of
/// a hundred thousand, and each has the coder's whole precision. A byte that no id stands for is an escape: the symbol
/// behind the last group, then its place among the bytes of that kind.
class TokenCode final : public Tokenizer {
 public:
  static constexpr size_t kGroup = 256;

  /// Errors: kUnsupported when fewer than four ids stand for bytes.
  explicit TokenCode(std::shared_ptr<const model::Vocabulary> vocabulary);

  /// The larger of both alphabets, at least 256.
  Symbol size() const override { return size_; }
  std::vector<Symbol> encode(ByteSpan text) const override;
  std::unique_ptr<Speller> speller() const override;

  const model::Vocabulary& vocabulary() const { return *vocabulary_; }
  size_t groups() const { return starts_.size() - 1; }
  /// All ids that stand for bytes, group by group.
  std::span<const Symbol> ids() const { return ids_; }
  /// The ids of one group (>= 2 of them) begin at ids()[start(group)] and end before start(group + 1).
  size_t start(size_t group) const { return starts_[group]; }
  /// The bytes that no id stands for.
  std::span<const uint8_t> escaped() const { return escaped_; }
  /// The first symbol of an escape; there is none when escaped() is empty.
  Symbol escape() const { return static_cast<Symbol>(groups()); }

 private:
  struct Place {
    Symbol group = 0, index = 0;
  };

  std::shared_ptr<const model::Vocabulary> vocabulary_;
  std::vector<Symbol> ids_;
  std::vector<size_t> starts_;
  std::vector<Place> places_;  ///< of each id
  Bytes escaped_;
  Symbol size_;
};

}  // namespace lmzip::predict
