// SPDX-License-Identifier: Apache-2.0
// Pretrained checkpoints in the files that people have.
#pragma once

#include <string>

#include "model/decoder.h"

namespace lmzip::model {

/// Reads what `path` is: a Hugging Face folder (config.json, model.safetensors or its shards, tokenizer.json,
/// tokenizer.model or vocab.json with merges.txt), a GGUF file, llama2.c's model.bin (with tokenizer.bin or tok*.bin
/// beside it), or what lmzip itself made of one of these (imported.h). Files are mapped, not read. Every size and
/// offset is checked before use. Errors, beginning with the file's path: kIo; kCorrupt; kUnsupported, naming the
/// architecture or type of numbers and those that are known.
Decoder open_checkpoint(const std::string& path);

/// Whether `path` looks like one: a folder with a config.json, or a file that begins as one of the three.
bool is_checkpoint(const std::string& path);

/// The three readers behind it.
Decoder open_hugging_face(const std::string& folder);
Decoder open_gguf(const std::string& path);
Decoder open_llama2c(const std::string& path);

}  // namespace lmzip::model
