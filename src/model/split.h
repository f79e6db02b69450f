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
///     kTekken  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|
///              [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|
///              \p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
///
/// DeepSeek's are several, each for what those before it left together (what one takes, and what stands between):
///
///     kDeepSeek3      \p{N}{1,3}, then [\u4E00-\u9FA5\u3040-\u30FF]+, then
///                     [ASCII punctuation][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|
///                     \s*[\r\n]+|\s+(?!\S)|\s+
///     kDeepSeekCoder  [\r\n], then \s?\p{L}+, then \s?\p{P}+, then [\u0800-\u9FA5\uAC00-\uD7FF]+, then \p{N}
///
/// kSpaces cuts before every space.
size_t piece_length(Split split, ByteSpan text);

}  // namespace lmzip::model
