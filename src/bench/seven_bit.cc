// SPDX-License-Identifier: Apache-2.0
#include "bench/seven_bit.h"

#include <algorithm>
#include <array>

#include "lmzip/arithmetic_coder.h"
#include "lmzip/frequency_table.h"

namespace lmzip::bench {
namespace {

/// How likely a byte of text has lost bit 7, learnt from those before it in the chunk. UTF-8 sets it in runs, and in
/// bytes whose remains are seldom letters.
class LostBitModel {
 public:
  /// P(lost) in 65536ths. Not 0 and not 1: a byte has 12 bits of doubt at most.
  uint32_t forecast(uint8_t symbol) {
    context_ = history_ * 4 + symbol / 32;
    return std::clamp<uint32_t>(lost_[context_], 16, FrequencyTable::kBitTotal - 16);
  }
  void learn(bool lost) {
    uint32_t& p = lost_[context_];
    const uint32_t target = lost ? FrequencyTable::kBitTotal : 0;
    p = static_cast<uint32_t>(static_cast<int32_t>(p) + (static_cast<int32_t>(target) - static_cast<int32_t>(p)) / 16);
    history_ = (history_ << 1 | uint32_t{lost}) & 3;
  }

 private:
  /// After a byte that lost its bit another one is likely, after two or none the same goes on.
  static constexpr uint32_t kSeldom = 128, kOften = FrequencyTable::kBitTotal / 2;
  std::array<uint32_t, 16> lost_{kSeldom, kSeldom, kSeldom, kSeldom, kOften, kOften, kOften, kOften,
                                 kOften,  kOften,  kOften,  kOften,  kOften, kOften, kOften, kOften};
  uint32_t history_ = 0;
  uint32_t context_ = 0;
};

SevenBitChunk split_text(ByteSpan raw) {
  SevenBitChunk chunk;
  chunk.symbols.reserve(raw.size());
  LostBitModel model;
  ArithmeticEncoder coder(chunk.lost);
  for (const uint8_t byte : raw) {
    const auto symbol = static_cast<uint8_t>(byte & 0x7F);
    const bool lost = byte >= 0x80;
    chunk.symbols.push_back(symbol);
    chunk.lost_bits += lost;
    coder.encode_bit(lost, model.forecast(symbol));
    model.learn(lost);
  }
  coder.finish();
  return chunk;
}

Bytes join_text(ByteSpan symbols, ByteSpan lost) {
  Bytes raw(symbols.begin(), symbols.end());
  LostBitModel model;
  ArithmeticDecoder coder(lost);
  for (uint8_t& byte : raw) {
    const bool set = coder.decode_bit(model.forecast(byte));
    model.learn(set);
    if (set) byte |= 0x80;
  }
  return raw;
}

SevenBitChunk split_samples(ByteSpan raw) {
  SevenBitChunk chunk;
  chunk.symbols.resize(raw.size());
  chunk.lost_bits = raw.size();
  chunk.lost.resize((raw.size() + 7) / 8);
  for (size_t i = 0; i < raw.size(); ++i) {
    chunk.symbols[i] = raw[i] >> 1;
    chunk.lost[i / 8] |= static_cast<uint8_t>((raw[i] & 1) << i % 8);
  }
  return chunk;
}

Bytes join_samples(ByteSpan symbols, ByteSpan lost) {
  Bytes raw(symbols.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    raw[i] = static_cast<uint8_t>(symbols[i] << 1 | (lost[i / 8] >> i % 8 & 1));
  }
  return raw;
}

}  // namespace

SevenBitChunk split_bits(ByteSpan raw, CorpusKind kind) {
  return kind == CorpusKind::kText ? split_text(raw) : split_samples(raw);
}

Bytes join_bits(ByteSpan symbols, ByteSpan lost, CorpusKind kind) {
  return kind == CorpusKind::kText ? join_text(symbols, lost) : join_samples(symbols, lost);
}

}  // namespace lmzip::bench
