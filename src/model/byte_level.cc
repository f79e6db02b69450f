// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "model/vocabulary_merging.h"

namespace lmzip::model {
namespace {

/// GPT-2's alphabet: bytes that are printable in Latin-1 stand for themselves, the others, in order, for U+0100 on.
constexpr size_t kAlphabet = 256 + 68;

constexpr std::array<int16_t, kAlphabet> make_alphabet() {
  std::array<int16_t, kAlphabet> bytes{};
  for (int16_t& byte : bytes) byte = -1;
  size_t next = 256;
  for (int16_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
    bytes[printable ? static_cast<size_t>(byte) : next++] = byte;
  }
  return bytes;
}

}  // namespace

bool byte_level_bytes(std::string_view token, Bytes& bytes) {
  static constexpr auto kBytes = make_alphabet();
  bytes.clear();
  for (size_t i = 0; i < token.size(); ++i) {
    auto code_point = static_cast<uint32_t>(static_cast<uint8_t>(token[i]));
    if (code_point >= 0x80) {  // all of the alphabet has one or two bytes
      if (code_point < 0xC2 || code_point >= 0xE0 || ++i == token.size()) return false;
      const auto second = static_cast<uint8_t>(token[i]);
      if ((second & 0xC0) != 0x80) return false;
      code_point = (code_point & 31) << 6 | (second & 63u);
    }
    if (code_point >= kAlphabet || kBytes[code_point] < 0) return false;
    bytes.push_back(static_cast<uint8_t>(kBytes[code_point]));
  }
  return true;
}

std::shared_ptr<const Vocabulary> make_byte_level(ByteLevelTokens tokens) {
  check_added(tokens.added, tokens.tokens.size());
  TokenIndex index(tokens.tokens, tokens.added);
  std::vector<PairMerge> merges;
  merges.reserve(std::min(tokens.merges.size(), kMaxMerges));
  uint32_t rank = 0;
  for (const auto& [left, right] : tokens.merges) index.add_merge(left, right, rank++, merges);
  return make_merging({std::move(tokens.tokens), std::move(index), std::move(merges), std::move(tokens.added),
                       Unit::kBytes, tokens.split, tokens.pieces, tokens.start});
}

}  // namespace lmzip::model
