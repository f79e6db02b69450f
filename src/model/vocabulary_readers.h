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
  kTekken,  ///< Mistral Nemo: as Qwen 2, and words where small letters end
  kDeepSeek3,
  kDeepSeekCoder,  ///< the first DeepSeek models
  kSpaces,         ///< before every space
};

/// What becomes of a piece that is a token.
enum class Pieces : uint8_t {
  kMerged,      ///< the same as of any other: its bytes are merged, in whatever they end
  kWholeFirst,  ///< that token ("ignore_merges": Llama 3)
};

/// Byte pair encoding over bytes (GPT-2 and its like). Of ids with the same bytes an added one, or else the lowest,
/// keeps them; the others stand for nothing.
struct ByteLevelTokens {
  std::vector<Bytes> tokens;  ///< of each id; empty: it stands for nothing
  /// In order of rank: two tokens whose bytes become those of a third. One that names what is no token is never done.
  std::vector<std::pair<Bytes, Bytes>> merges;
  std::vector<Symbol> added;  ///< of at most 256 bytes: found in text before it is split, the longest of the leftmost
  Split split = Split::kGpt2;
  Pieces pieces = Pieces::kMerged;
  Symbol start = 0;
};
/// Errors: kCorrupt for a start or an added id that is none; kLimit (more than 2^18 tokens, tokens of more than 2^16
/// bytes, more than 2^21 merges).
std::shared_ptr<const Vocabulary> make_byte_level(ByteLevelTokens tokens);

/// SentencePiece's BPE: characters, then bytes where there is no such character; the pair whose token has the best
/// score is merged first, the leftmost of equals. Tokens of more than 256 bytes are never made. Of ids with the same
/// bytes an added one, or else the lowest that is no byte token, keeps them.
struct ScoredTokens {
  std::vector<Bytes> tokens;     ///< of each id, with spaces instead of U+2581; byte tokens their one byte
  std::vector<float> scores;     ///< as many
  std::vector<uint8_t> is_byte;  ///< as many; 1: <0xNN>, used where no other token stands for the byte
  std::vector<Symbol> added;     ///< as above ("user defined")
  Symbol start = 1;
};
/// Errors: as above; kCorrupt for lists that are not equally long, and scores that are no numbers.
std::shared_ptr<const Vocabulary> make_scored(ScoredTokens tokens);

/// More rows than any model has.
inline constexpr Symbol kAllRows = ~Symbol{0};

/// A Hugging Face tokenizer.json of type BPE, byte-level or over characters (Llama's byte fallback). `start`: the id of
/// config.json's bos_token_id (or eos). Normalizers are not applied. A regular expression that splits is one of those
/// that Split knows, or the nearest of them is taken, which costs a little ratio. Special tokens stand for nothing.
/// So do added ones that the model has no row for, from `rows` on.
/// Errors: kCorrupt; kLimit; kUnsupported, naming the model or pre-tokenizer.
std::shared_ptr<const Vocabulary> read_tokenizer_json(std::string_view json, Symbol start, Symbol rows = kAllRows);
/// SentencePiece's tokenizer.model (a protobuf) of type BPE. Errors as above (other types are named).
std::shared_ptr<const Vocabulary> read_sentencepiece(ByteSpan file);
/// llama2.c's tokenizer.bin, whose number of tokens stands in the model. Errors: kCorrupt, kLimit.
std::shared_ptr<const Vocabulary> read_llama2c_tokenizer(ByteSpan file, Symbol size);

/// The bytes that a token of a byte-level vocabulary ("\u0120the") stands for; nothing if it is not spelt in that
/// alphabet.
bool byte_level_bytes(std::string_view token, Bytes& bytes);

}  // namespace lmzip::model
