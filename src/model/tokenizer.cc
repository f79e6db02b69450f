// SPDX-License-Identifier: Apache-2.0
#include "model/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "lmzip/error.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxText = size_t{1} << 22;  // 2^17 merges take at most 2 MiB without spaces
constexpr std::string_view kType = "byte-level BPE";

/// No pair of symbols: larger than any that a merge makes.
constexpr Symbol kNone = ~Symbol{0};

enum class Kind : uint8_t { kSpace, kLetter, kDigit, kSign };

Kind kind_of(uint8_t byte) {
  if (byte == ' ' || (byte >= '\t' && byte <= '\r')) return Kind::kSpace;
  if (byte >= 128 || ((byte | 32) >= 'a' && (byte | 32) <= 'z')) return Kind::kLetter;
  return byte >= '0' && byte <= '9' ? Kind::kDigit : Kind::kSign;
}

[[noreturn]] void refuse(size_t merge, std::string_view complaint) {
  throw Error(ErrorKind::kCorrupt, fmt::format("merge {}: {}", merge, complaint));
}

}  // namespace

BpeTokenizer::BpeTokenizer(std::vector<Merge> merges) : merges_(std::move(merges)), spelling_(kBytes) {
  if (merges_.size() > kMaxSymbols - kBytes) refuse(kMaxSymbols - kBytes, "there are too many");
  std::iota(spelling_.begin(), spelling_.end(), uint8_t{0});
  starts_.resize(kBytes + 1);
  std::iota(starts_.begin(), starts_.end(), 0u);
  for (size_t i = 0; i < merges_.size(); ++i) {
    const auto [left, right] = merges_[i];
    if (left >= kBytes + i || right >= kBytes + i) refuse(i, "of a symbol that is not there yet");
    if (bytes(left).size() + bytes(right).size() > kMaxSymbolBytes) {
      refuse(i, fmt::format("makes a symbol of more than {} bytes", kMaxSymbolBytes));
    }
    for (const Symbol part : {left, right}) {
      for (uint32_t at = starts_[part]; at < starts_[part + 1]; ++at) spelling_.push_back(spelling_[at]);
    }
    starts_.push_back(static_cast<uint32_t>(spelling_.size()));
  }

  pairs_.resize(merges_.size());
  std::iota(pairs_.begin(), pairs_.end(), 0u);
  const auto key = [this](uint32_t i) { return std::pair(merges_[i].left, merges_[i].right); };
  std::ranges::sort(pairs_, {}, [&](uint32_t i) { return std::pair(key(i), i); });
  const auto twice = std::ranges::adjacent_find(pairs_, {}, key);
  if (twice != pairs_.end()) refuse(*std::next(twice), "stands there twice");
  firsts_.assign(size() + size_t{1}, 0);
  for (const Merge& merge : merges_) ++firsts_[merge.left + size_t{1}];
  std::partial_sum(firsts_.begin(), firsts_.end(), firsts_.begin());
}

std::unique_ptr<Speller> BpeTokenizer::speller() const {
  class Words final : public Speller {
   public:
    explicit Words(const BpeTokenizer& tokenizer) : tokenizer_(tokenizer) {}
    ByteSpan spell(Symbol symbol) override { return tokenizer_.bytes(symbol); }

   private:
    const BpeTokenizer& tokenizer_;
  };
  return std::make_unique<Words>(*this);
}

ByteSpan BpeTokenizer::bytes(Symbol symbol) const {
  return ByteSpan(spelling_).subspan(starts_[symbol], starts_[symbol + size_t{1}] - starts_[symbol]);
}

Symbol BpeTokenizer::merged(Symbol left, Symbol right) const {
  const auto begin = pairs_.begin() + firsts_[left];
  const auto end = pairs_.begin() + firsts_[left + size_t{1}];
  const auto found = std::ranges::lower_bound(begin, end, right, {}, [this](uint32_t i) { return merges_[i].right; });
  return found != end && merges_[*found].right == right ? static_cast<Symbol>(kBytes + *found) : kNone;
}

std::vector<Symbol> BpeTokenizer::encode(ByteSpan text) const {
  std::vector<Symbol> symbols;
  std::array<Symbol, kMaxSymbolBytes> word;
  std::array<Symbol, kMaxSymbolBytes> made;  // made[i]: what word[i] and word[i + 1] merge to
  while (!text.empty()) {
    size_t count = word_length(text);
    std::copy_n(text.begin(), count, word.begin());
    text = text.subspan(count);
    const auto look_up = [&](size_t i) { made[i] = i + 1 < count ? merged(word[i], word[i + 1]) : kNone; };
    for (size_t i = 0; i < count; ++i) look_up(i);
    for (;;) {
      const auto best = static_cast<size_t>(std::min_element(made.begin(), made.begin() + count) - made.begin());
      if (made[best] == kNone) break;
      word[best] = made[best];
      --count;
      std::copy(word.begin() + best + 2, word.begin() + count + 1, word.begin() + best + 1);
      std::copy(made.begin() + best + 2, made.begin() + count + 1, made.begin() + best + 1);
      look_up(best);
      if (best != 0) look_up(best - 1);
    }
    symbols.insert(symbols.end(), word.begin(), word.begin() + count);
  }
  return symbols;
}

size_t word_length(ByteSpan text) {
  const size_t end = std::min(text.size(), BpeTokenizer::kMaxSymbolBytes);
  const bool joined = end > 1 && text[0] == ' ' && kind_of(text[1]) != Kind::kSpace;
  const Kind kind = kind_of(text[joined ? 1 : 0]);
  size_t length = joined ? 2 : 1;
  while (length < end && kind_of(text[length]) == kind) ++length;
  const bool leads = kind == Kind::kSpace && length > 1 && text[length - 1] == ' ' && length < text.size() &&
                     kind_of(text[length]) != Kind::kSpace;
  return leads ? length - 1 : length;
}

std::string to_json(const BpeTokenizer& tokenizer) {
  nlohmann::ordered_json merges = nlohmann::ordered_json::array();
  for (const auto& [left, right] : tokenizer.merges()) merges.push_back({left, right});
  return nlohmann::ordered_json({{"type", kType}, {"merges", std::move(merges)}}).dump();
}

BpeTokenizer parse_tokenizer(std::string_view json) {
  const nlohmann::json parsed = parse_json(json, kMaxText, "tokenizer");
  JsonFields fields(parsed, "tokenizer");
  if (fields.text("type") != kType) fields.fail("type", "is not known");
  std::vector<Merge> merges;
  for (const nlohmann::json& merge : fields.array("merges")) {
    const auto symbol = [&](size_t i) {
      const bool fits = merge[i].is_number_unsigned() && merge[i].get<uint64_t>() < BpeTokenizer::kMaxSymbols;
      if (!fits) fields.fail("merges", "holds what is no symbol");
      return merge[i].get<Symbol>();
    };
    if (!merge.is_array() || merge.size() != 2) fields.fail("merges", "is no list of pairs");
    merges.push_back({symbol(0), symbol(1)});
  }
  fields.finish();
  return BpeTokenizer(std::move(merges));
}

}  // namespace lmzip::model
