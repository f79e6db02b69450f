// SPDX-License-Identifier: Apache-2.0
// What the keys and arrays of a GGUF file mean.
#pragma once

#include <memory>

#include "model/decoder.h"
#include "model/gguf.h"

namespace lmzip::model {

/// The checkpoint in the bytes of a GGUF file, which must outlive it: llama (and what calls itself so), qwen2, gpt2 and
/// gptneox. Errors: kCorrupt; kUnsupported, naming the architecture, the key or the array that this build does not
/// know what to do with.
Decoder read_gguf(ByteSpan file);

/// The tokenizer inside; null if there is none. Models "llama" and "gpt2"; errors: kCorrupt, kUnsupported with the
/// model's name. Where the file names a way of cutting text that we do not have, GPT-2's serves: the ids are then more,
/// the bytes the same.
std::shared_ptr<const Vocabulary> read_gguf_vocabulary(const Gguf& file);

}  // namespace lmzip::model
