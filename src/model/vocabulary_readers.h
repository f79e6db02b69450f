// SPDX-License-Identifier: Apache-2.0
// Vocabularies out of the files they come in, and the two ways of splitting text that they need.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/vocabulary.h"

namespace lmzip::model {

/// How text is cut before pairs are merged; no token crosses a cut.
enum class Split : uint8_t {
  kNone,    ///< not at all
  kGpt2,    ///< GPT-2, GPT-NeoX, Pythia
  kLlama3,  ///< Llama 3 (tiktoken's cl100k with \p{N}{1,3})
  kQwen2,   ///< Qwen 2: as Llama 3, but single digits
  kDigits,  ///< SmolLM: digits singly, then as GPT-2
};

/// Byte pair encoding over bytes (GPT-2 and its like).
struct ByteLevelTokens {
  std::vector<Bytes> tokens;                    ///< of each id; empty: it stands for nothing
  std::vector<std::pair<Bytes, Bytes>> merges;  ///< in order of rank: two tokens whose bytes become those of a third
  Split split = Split::kGpt2;
  Symbol start = 0;
};
/// Errors: kCorrupt, kLimit (more than 2^18 tokens, tokens of more than 2^16 bytes).
std::shared_ptr<const Vocabulary> make_byte_level(ByteLevelTokens tokens);

/// SentencePiece's BPE: characters, then bytes where there is no such character; the pair whose token has the best
/// score is merged first, the leftmost of equals.
struct ScoredTokens {
  std::vector<Bytes> tokens;  ///< of each id, with spaces instead of U+2581; byte tokens their one byte
  std::vector<float> scores;
  std::vector<uint8_t> is_byte;  ///< 1: <0xNN>, used where no other token stands for the byte
  Symbol start = 1;
};
std::shared_ptr<const Vocabulary> make_scored(ScoredTokens tokens);

/// A Hugging Face tokenizer.json (models BPE with byte-level or with byte-fallback pre-tokenization). `start`: the id
/// of config.json's bos_token_id (or eos). Errors: kCorrupt; kUnsupported, naming the model or pre-tokenizer.
std::shared_ptr<const Vocabulary> read_tokenizer_json(std::string_view json, Symbol start);
/// SentencePiece's tokenizer.model (a protobuf) of type BPE. Errors as above (unigram models are named).
std::shared_ptr<const Vocabulary> read_sentencepiece(ByteSpan file);
/// llama2.c's tokenizer.bin, whose number of tokens stands in the model.
std::shared_ptr<const Vocabulary> read_llama2c_tokenizer(ByteSpan file, Symbol size);

/// The bytes that a token of a byte-level vocabulary ("\u0120the") stands for; nothing if it is not spelt in that
/// alphabet.
bool byte_level_bytes(std::string_view token, Bytes& bytes);

}  // namespace lmzip::model
