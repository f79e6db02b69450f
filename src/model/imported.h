// SPDX-License-Identifier: Apache-2.0
// lmzip's own file of a checkpoint: whatever the original came in, one file that holds all that coding needs
// (FORMAT.md, section 5).
#pragma once

#include <memory>
#include <string>

#include "lmzip/container.h"
#include "model/decoder.h"
#include "model/safetensors.h"
#include "model/vocabulary_merging.h"

namespace lmzip::model {

/// Writes `decoder`, whose numbers stay what they are, each array in the smallest form that says them exactly: so the
/// file is hardly ever larger than what the decoder was read from. The head is left out where it is the embedding once
/// more. The same bytes whenever the same decoder is written. Arrays are read row by row, twice. Errors: kUnsupported
/// without a vocabulary; those of `sink`. Precondition: check().
void write_imported(const Decoder& decoder, unsigned threads, Sink& sink);

/// Whether a file begins as such a one.
bool is_imported(ByteSpan file);

/// Reads what write_imported() wrote; `file` must outlive the result. Every size is checked before use. Errors:
/// kCorrupt, kLimit; kUnsupported for later versions.
Decoder read_imported(ByteSpan file);
Decoder open_imported(const std::string& path);

/// The digest that the file claims to have; empty if it is none of these files. Whoever relies on it computes it.
std::string claimed_digest(const std::string& path);

/// A vocabulary as tensors, whose data are appended to `data` in the order of files, and one line of JSON; and back.
struct VocabularyTensors {
  std::string json;
  std::vector<Tensor> tensors;
  std::vector<Bytes> data;  ///< what they point to
};
VocabularyTensors vocabulary_tensors(const MergingTokens& parts);
/// Takes the tensors that it reads out of `tensors`. Errors: kCorrupt, kLimit.
std::shared_ptr<const Vocabulary> read_vocabulary_tensors(std::string_view json,
                                                          std::map<std::string, Tensor, std::less<>>& tensors);

}  // namespace lmzip::model
