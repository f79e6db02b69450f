// SPDX-License-Identifier: Apache-2.0
// What the ids of a pretrained checkpoint stand for, and how text becomes ids.
#pragma once

#include <vector>

#include "lmzip/bytes.h"
#include "lmzip/frequency_table.h"

namespace lmzip::model {

struct MergingTokens;

/// Immutable and thread-safe. Works on raw bytes: no normaliser, no dummy prefix, no special tokens in text. A coder's
/// decoder needs bytes() only; encode() decides how few ids there are, never whether the text comes back.
class Vocabulary {
 public:
  virtual ~Vocabulary() = default;
  /// Ids are 0 .. size() - 1.
  virtual Symbol size() const = 0;
  /// What `id` < size() stands for. Empty: nothing (control, unknown and unused ids, and those whose bytes a better id
  /// has); such ids are never coded.
  virtual ByteSpan bytes(Symbol id) const = 0;
  /// Ids whose bytes, one after the other, are `text`, as the model's own tokenizer would split ordinary text. A byte
  /// that no id stands for comes as size() + byte. In time about proportional to the text, whatever it is.
  virtual std::vector<Symbol> encode(ByteSpan text) const = 0;
  /// The id that stands before the first of a text: the beginning of a sentence, or the end of the text before.
  virtual Symbol start() const = 0;
  /// What it is made of (vocabulary_merging.h), for those who write it to a file; null: nothing that can be written.
  virtual const MergingTokens* parts() const { return nullptr; }
};

}  // namespace lmzip::model
