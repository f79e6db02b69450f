// SPDX-License-Identifier: Apache-2.0
// config.json of a Hugging Face checkpoint, with the defaults of the library transformers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lmzip/frequency_table.h"
#include "model/decoder.h"

namespace lmzip::model {

/// Whose arrays the folder has; model_type says it.
enum class Family : uint8_t { kLlama, kMistral, kQwen2, kGpt2, kGptNeo, kGptNeoX };

struct HuggingFaceConfig {
  static constexpr size_t kMaxText = size_t{1} << 20;

  Family family = Family::kLlama;
  std::string model_type;
  DecoderShape shape;  ///< has passed check()
  Symbol start = 0;    ///< bos_token_id, or if there is none eos_token_id; below the shape's vocabulary
};

/// Errors: kCorrupt with the field's name; kUnsupported for networks that DecoderShape cannot say, with their name:
/// other model types (the known ones are listed), activations, rotary types, quantised weights.
HuggingFaceConfig parse_hugging_face_config(std::string_view json);

}  // namespace lmzip::model
