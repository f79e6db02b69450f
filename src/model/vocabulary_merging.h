// SPDX-License-Identifier: Apache-2.0
// What byte-level and scored vocabularies have in common: distinct tokens, and a list of pairs of them that become one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/vocabulary_readers.h"

namespace lmzip::model {

/// Two adjacent symbols become `joined`; the smallest rank first, the leftmost of equals.
struct PairMerge {
  Symbol left = 0;
  Symbol right = 0;
  uint32_t rank = 0;
  Symbol joined = 0;
};

/// What text is taken apart into before anything is merged.
enum class Unit : uint8_t {
  kBytes,
  kCharacters,  ///< of UTF-8, as far as there are tokens for them; else bytes
};

inline constexpr size_t kMaxTokens = size_t{1} << 18;
inline constexpr size_t kMaxTokenBytes = size_t{1} << 16;
inline constexpr size_t kMaxMerges = size_t{1} << 21;
/// No such token, or none with these bytes.
inline constexpr Symbol kNoToken = ~Symbol{0};

/// Ids by their bytes, which must outlive it and stay where they are (a vector that holds them may move).
class TokenIndex {
 public:
  /// Of equal ones the first that `better` (ids below tokens.size()) names, or else the lowest id keeps its bytes; the
  /// others are made empty. Errors: kLimit.
  TokenIndex(std::vector<Bytes>& tokens, std::span<const Symbol> better);
  /// The id of these bytes, or kNoToken; empty bytes have none.
  Symbol find(ByteSpan bytes) const;
  /// Adds the merge of these two into what their bytes together stand for; not where one of the three is no token.
  void add_merge(ByteSpan left, ByteSpan right, uint32_t rank, std::vector<PairMerge>& merges) const;

 private:
  std::unordered_map<std::string_view, Symbol> ids_;
};

struct MergingTokens {
  std::vector<Bytes> tokens;  ///< of each id, those of `index`
  TokenIndex index;
  std::vector<PairMerge> merges;
  std::vector<Symbol> added;  ///< see ByteLevelTokens
  Unit unit = Unit::kBytes;
  Split split = Split::kNone;
  Pieces pieces = Pieces::kMerged;
  Symbol start = 0;
};

/// The bytes of a token as SentencePiece spells it: spaces for U+2581.
Bytes spelt_with_spaces(std::string_view token);
/// The byte that "<0xNN>" names, or -1.
int named_byte(std::string_view token);

/// Refuses (kCorrupt) ids in `added` that are not below `size`.
void check_added(std::span<const Symbol> added, size_t size);

/// Errors: kCorrupt for a start that is no id; kLimit.
std::shared_ptr<const Vocabulary> make_merging(MergingTokens tokens);

}  // namespace lmzip::model
