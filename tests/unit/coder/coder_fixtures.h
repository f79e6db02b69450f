// SPDX-License-Identifier: Apache-2.0
// Tables, sequences and the two directions of coding, as all tests of the coder need them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "lmzip/arithmetic_coder.h"

namespace lmzip::test {

inline FrequencyTable table_of(const std::vector<uint32_t>& frequencies) {
  FrequencyTable table;
  table.assign(frequencies);
  return table;
}

/// Uniform below `bound`; the same numbers with every standard library.
inline uint32_t below(std::mt19937_64& random, uint64_t bound) { return static_cast<uint32_t>(random() % bound); }

/// One frequency 1 for everyone, the rest of `total` thrown in by lots that get smaller and smaller: skewed, valid.
inline FrequencyTable random_table(uint32_t symbols, uint32_t total, std::mt19937_64& random) {
  std::vector<uint32_t> frequencies(symbols, 1);
  uint32_t left = total - symbols;
  while (left > 0) {
    const uint32_t lot = left / 16 + 1;
    frequencies[below(random, symbols)] += lot;
    left -= lot;
  }
  return table_of(frequencies);
}

/// All of `total` that the others (1 each) leave goes to symbol `winner`.
inline FrequencyTable winner_takes_all(uint32_t symbols, uint32_t total, Symbol winner) {
  std::vector<uint32_t> frequencies(symbols, 1);
  frequencies[winner] = total - (symbols - 1);
  return table_of(frequencies);
}

/// `count` symbols drawn from `table`.
inline std::vector<Symbol> draw(const FrequencyTable& table, size_t count, std::mt19937_64& random) {
  std::vector<Symbol> symbols(count);
  for (auto& symbol : symbols) symbol = table.find(below(random, table.total()));
  return symbols;
}

inline Bytes encode_all(std::span<const Symbol> symbols, const FrequencyTable& table) {
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (const Symbol symbol : symbols) encoder.encode(symbol, table);
  encoder.finish();
  return code;
}

inline std::vector<Symbol> decode_all(ByteSpan code, size_t count, const FrequencyTable& table) {
  std::vector<Symbol> symbols(count);
  ArithmeticDecoder decoder(code);
  for (auto& symbol : symbols) symbol = decoder.decode(table);
  decoder.finish();
  return symbols;
}

inline double ideal_bits(std::span<const Symbol> symbols, const FrequencyTable& table) {
  return std::accumulate(symbols.begin(), symbols.end(), 0.0,
                         [&](double sum, Symbol symbol) { return sum + table.bits(symbol); });
}

}  // namespace lmzip::test
