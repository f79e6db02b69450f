// SPDX-License-Identifier: Apache-2.0
#include "predict/guesser.h"

namespace lmzip::predict {
namespace {

constexpr uint8_t kFirmest = 7;

}  // namespace

Guesser::Guesser() {
  for (std::vector<Entry>& table : tables_) table.resize(size_t{1} << kBits);
}

Guesser::Found Guesser::find(uint64_t history, int order) {
  const uint64_t context = history << (64 - 8 * order);
  const uint64_t hash = (context ^ context >> 29) * 0x9E3779B97F4A7C15u;
  return {static_cast<size_t>(hash >> (64 - kBits)), static_cast<uint8_t>(hash >> 40 & 31)};
}

void Guesser::add(uint8_t byte) {
  for (size_t i = 0; i < kOrders.size(); ++i) {
    const Found found = find(history_, kOrders[i]);
    Entry& entry = tables_[i][found.index];
    if (entry.check == found.check && entry.byte == byte) {
      entry.seen = static_cast<uint8_t>(entry.seen + (entry.seen < kFirmest)) & kFirmest;
    } else if (entry.check == found.check && entry.seen > 1) {
      entry.seen = static_cast<uint8_t>(entry.seen / 2) & kFirmest;
    } else {
      entry.byte = byte;
      entry.check = found.check & 31;
      entry.seen = 1;
    }
  }
  history_ = history_ << 8 | byte;
}

void Guesser::guess(std::span<Symbol> guesses) const {
  uint64_t history = history_;
  for (Symbol& next : guesses) {
    next = ' ';
    for (size_t i = 0; i < kOrders.size(); ++i) {
      const Found found = find(history, kOrders[i]);
      const Entry& entry = tables_[i][found.index];
      if (entry.seen == 0 || entry.check != found.check) continue;
      next = entry.byte;
      break;
    }
    history = history << 8 | next;
  }
}

}  // namespace lmzip::predict
