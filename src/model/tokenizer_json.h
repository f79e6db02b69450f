// SPDX-License-Identifier: Apache-2.0
// A tokenizer as Hugging Face writes it, parsed.
#pragma once

#include <memory>

#include "model/json.h"
#include "model/vocabulary.h"

namespace lmzip::model {

/// No file of a tokenizer is larger.
inline constexpr size_t kMaxTokenizerFile = size_t{1} << 27;

/// read_tokenizer_json() of what it parsed, or of what other files say in its words.
std::shared_ptr<const Vocabulary> read_tokenizer(const nlohmann::json& root, Symbol start, Symbol rows);

}  // namespace lmzip::model
