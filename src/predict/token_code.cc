// SPDX-License-Identifier: Apache-2.0
#include "predict/token_code.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lmzip/error.h"

namespace lmzip::predict {

TokenCode::TokenCode(std::shared_ptr<const model::Vocabulary> vocabulary) : vocabulary_(std::move(vocabulary)) {
  std::array<bool, 256> known{};
  for (Symbol id = 0; id < vocabulary_->size(); ++id) {
    const ByteSpan bytes = vocabulary_->bytes(id);
    if (bytes.empty()) continue;
    ids_.push_back(id);
    if (bytes.size() == 1) known[bytes[0]] = true;
  }
  if (ids_.size() < 4) throw Error(ErrorKind::kUnsupported, "fewer than four tokens of its vocabulary stand for text");
  for (size_t byte = 0; byte < known.size(); ++byte) {
    if (!known[byte]) escaped_.push_back(static_cast<uint8_t>(byte));
  }

  // Two at least, as a table of one symbol is none.
  const size_t groups = std::max<size_t>(2, (ids_.size() + kGroup - 1) / kGroup);
  places_.resize(vocabulary_->size());
  size_t largest = 0;
  for (size_t group = 0; group <= groups; ++group) starts_.push_back(ids_.size() * group / groups);
  for (size_t group = 0; group < groups; ++group) {
    largest = std::max(largest, starts_[group + 1] - starts_[group]);
    for (size_t i = starts_[group]; i < starts_[group + 1]; ++i) {
      places_[ids_[i]] = {static_cast<Symbol>(group), static_cast<Symbol>(i - starts_[group])};
    }
  }
  size_ = static_cast<Symbol>(std::max<size_t>({256, groups + 1, largest}));
}

std::vector<Symbol> TokenCode::encode(ByteSpan text) const {
  std::vector<Symbol> symbols;
  for (const Symbol id : vocabulary_->encode(text)) {
    if (id < vocabulary_->size()) {
      symbols.push_back(places_[id].group);
      symbols.push_back(places_[id].index);
      continue;
    }
    const auto byte = static_cast<uint8_t>(id - vocabulary_->size());
    const auto found = std::lower_bound(escaped_.begin(), escaped_.end(), byte);
    symbols.push_back(escape());
    symbols.push_back(static_cast<Symbol>(found - escaped_.begin()));
  }
  return symbols;
}

std::unique_ptr<Speller> TokenCode::speller() const {
  class Pairs final : public Speller {
   public:
    explicit Pairs(const TokenCode& code) : code_(code) {}

    ByteSpan spell(Symbol symbol) override {
      if (!first_) {
        if (symbol > code_.groups() || (symbol == code_.escape() && code_.escaped().empty())) refuse();
        first_ = symbol;
        return {};
      }
      const Symbol first = *std::exchange(first_, std::nullopt);
      if (first == code_.escape()) {
        if (symbol >= code_.escaped().size()) refuse();
        return code_.escaped().subspan(symbol, 1);
      }
      const size_t at = code_.start(first) + symbol;
      if (at >= code_.start(first + 1)) refuse();
      return code_.vocabulary().bytes(code_.ids()[at]);
    }

   private:
    [[noreturn]] static void refuse() { throw Error(ErrorKind::kCorrupt, "a symbol that no token has"); }

    const TokenCode& code_;
    std::optional<Symbol> first_;  ///< of a pair
  };
  return std::make_unique<Pairs>(*this);
}

}  // namespace lmzip::predict
