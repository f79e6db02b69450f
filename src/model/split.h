// SPDX-License-Identifier: Apache-2.0
// Where byte pair encoders cut text before they merge.
#pragma once

#include <cstddef>

#include "model/vocabulary_readers.h"

namespace lmzip::model {

/// Length of the piece that `text` (not empty) starts with: what the model's regular expression would match there, over
/// bytes (those that are no UTF-8 count as other signs); of kNone the whole text. Cutting all of a text so takes time
/// proportional to it. The expressions:
///
///     kGpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///     kDigits  the same between digits, each of which is a piece
///     kLlama3  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
///              \s*[\r\n]+|\s+(?!\S)|\s+
///     kQwen2   the same with \p{N}
size_t piece_length(Split split, ByteSpan text);

}  // namespace lmzip::model
