// SPDX-License-Identifier: Apache-2.0
// The vocabulary of a Hugging Face folder.
#pragma once

#include <memory>
#include <string>

#include "model/hugging_face_config.h"
#include "model/vocabulary.h"

namespace lmzip::model {

/// Out of the first of these that is there: tokenizer.json; tokenizer.model; vocab.json with merges.txt (byte-level,
/// cut as the class in tokenizer_config.json says, or else as the family of the model does). Null if there is none. Of
/// the last, added tokens come from tokenizer_config.json or added_tokens.json; what tokenizer_config.json and
/// special_tokens_map.json call special stands for nothing. Errors begin with the file's path: kIo; kCorrupt; kLimit;
/// kUnsupported.
std::shared_ptr<const Vocabulary> read_folder_vocabulary(const std::string& folder, const HuggingFaceConfig& config);

}  // namespace lmzip::model
