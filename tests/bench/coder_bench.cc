// SPDX-License-Identifier: Apache-2.0
// Speed of the arithmetic coder alone: symbols per second for a binary stream and for alphabets of several sizes.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "lmzip/arithmetic_coder.h"

namespace lmzip {
namespace {

constexpr size_t kSymbols = 1 << 16;

/// A stream of symbols drawn from `table`, the same on every run.
std::vector<Symbol> draw(const FrequencyTable& table) {
  std::mt19937 random(1);
  std::vector<Symbol> symbols(kSymbols);
  for (Symbol& symbol : symbols) symbol = table.find(static_cast<uint32_t>(random() % table.total()));
  return symbols;
}

/// Frequencies that fall from the first symbol to the last, as those of a language model do.
FrequencyTable falling(uint32_t alphabet) {
  std::vector<uint32_t> frequencies(alphabet);
  for (uint32_t i = 0; i < alphabet; ++i) frequencies[i] = 1 + FrequencyTable::kMaxTotal / 64 / (i + 1);
  FrequencyTable table;
  table.assign(frequencies);
  return table;
}

Bytes encode(const std::vector<Symbol>& symbols, const FrequencyTable& table) {
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (const Symbol symbol : symbols) encoder.encode(symbol, table);
  encoder.finish();
  return code;
}

Bytes encode_bits(const std::vector<Symbol>& bits, uint32_t p1) {
  Bytes code;
  ArithmeticEncoder encoder(code);
  for (const Symbol bit : bits) encoder.encode_bit(bit != 0, p1);
  encoder.finish();
  return code;
}

void count_symbols(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(kSymbols));
}

void encode_alphabet(benchmark::State& state) {
  const FrequencyTable table = falling(static_cast<uint32_t>(state.range(0)));
  const std::vector<Symbol> symbols = draw(table);
  for (auto _ : state) benchmark::DoNotOptimize(encode(symbols, table));
  count_symbols(state);
}
BENCHMARK(encode_alphabet)->Arg(2)->Arg(256)->Arg(1 << 17);

void decode_alphabet(benchmark::State& state) {
  const FrequencyTable table = falling(static_cast<uint32_t>(state.range(0)));
  const Bytes code = encode(draw(table), table);
  for (auto _ : state) {
    ArithmeticDecoder decoder(code);
    for (size_t i = 0; i < kSymbols; ++i) benchmark::DoNotOptimize(decoder.decode(table));
  }
  count_symbols(state);
}
BENCHMARK(decode_alphabet)->Arg(2)->Arg(256)->Arg(1 << 17);

FrequencyTable binary(uint32_t p1) {
  FrequencyTable table;
  table.set_bit(p1);
  return table;
}

void encode_bit(benchmark::State& state) {
  const uint32_t p1 = static_cast<uint32_t>(state.range(0));
  const std::vector<Symbol> bits = draw(binary(p1));
  for (auto _ : state) benchmark::DoNotOptimize(encode_bits(bits, p1));
  count_symbols(state);
}
BENCHMARK(encode_bit)->Arg(1 << 15)->Arg(1 << 10);

void decode_bit(benchmark::State& state) {
  const uint32_t p1 = static_cast<uint32_t>(state.range(0));
  const Bytes code = encode_bits(draw(binary(p1)), p1);
  for (auto _ : state) {
    ArithmeticDecoder decoder(code);
    for (size_t i = 0; i < kSymbols; ++i) benchmark::DoNotOptimize(decoder.decode_bit(p1));
  }
  count_symbols(state);
}
BENCHMARK(decode_bit)->Arg(1 << 15)->Arg(1 << 10);

/// What a byte or token model pays for handing over its table.
void assign_table(benchmark::State& state) {
  const std::vector<uint32_t> frequencies(static_cast<size_t>(state.range(0)), 100);
  FrequencyTable table;
  for (auto _ : state) {
    table.assign(frequencies);
    benchmark::DoNotOptimize(table.total());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(assign_table)->Arg(256)->Arg(1 << 17);

}  // namespace
}  // namespace lmzip
