// SPDX-License-Identifier: Apache-2.0
// Tokenizers come from anywhere: any bytes, read as a tokenizer.json (if they begin with '{') or as a tokenizer.model
// and a tokenizer.bin, are refused in one printable line or make a vocabulary whose ids spell every text. A vocabulary
// is made of any bytes, too: of each kind, with the tokens that they spell, for the text that they are.
#include <algorithm>

#include "fuzz/checks.h"
#include "model/vocabulary_readers.h"

namespace {

using namespace lmzip;
using namespace lmzip::model;

/// Encodes `text` with what `make` returns; it may only refuse politely.
template <typename Make>
void use(Make make, ByteSpan text) {
  if (const auto vocabulary = fuzz::result_of(make)) fuzz::round_trip(**vocabulary, text);
}

/// Tokens of one to four bytes as they come, every pair of which that makes another may be merged.
void make_of(ByteSpan input, ByteSpan text) {
  ByteLevelTokens pairs;
  ScoredTokens scored;
  for (size_t at = 0; at < std::min<size_t>(input.size(), 200);) {
    const size_t length = std::min<size_t>(1 + input[at] % 4, input.size() - at);
    const ByteSpan token = input.subspan(at, length);
    const auto id = static_cast<Symbol>(pairs.tokens.size());
    pairs.tokens.emplace_back(token.begin(), token.end());
    scored.scores.push_back(static_cast<float>(input[at] >> 4));
    scored.is_byte.push_back(length == 1 && input[at] >= 0x80);
    if (input[at] % 32 == 7) pairs.added.push_back(id);
    for (size_t cut = 1; cut < length; ++cut) {
      const auto middle = token.begin() + static_cast<ptrdiff_t>(cut);
      pairs.merges.emplace_back(Bytes(token.begin(), middle), Bytes(middle, token.end()));
    }
    at += length;
  }
  scored.tokens = pairs.tokens;
  scored.added = pairs.added;
  scored.start = 0;
  use([&] { return make_scored(scored); }, text);
  for (const Split split : {Split::kNone, Split::kGpt2, Split::kLlama3, Split::kQwen2, Split::kDigits, Split::kTekken,
                            Split::kDeepSeek3, Split::kDeepSeekCoder, Split::kSpaces}) {
    pairs.split = split;
    pairs.pieces = split == Split::kLlama3 ? Pieces::kWholeFirst : Pieces::kMerged;
    use([&] { return make_byte_level(pairs); }, text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size), text = input.first(std::min(size, fuzz::kMaxText));
  if (!input.empty() && input[0] == '{') {
    use([&] { return read_tokenizer_json({reinterpret_cast<const char*>(data), size}, 0); }, text);
  } else {
    use([&] { return read_sentencepiece(input); }, text);
    use([&] { return read_llama2c_tokenizer(input, 7); }, text);
  }
  make_of(input, text);
  return 0;
}
