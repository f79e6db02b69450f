// SPDX-License-Identifier: Apache-2.0
// Speed of training's attention on what this CPU has: scores a second (a query and a key that it sees), forward and
// backward, of bfloat16 heads of width 32. Next to none of it is waiting for memory: torch/amx_attention.cc has the
// bound.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "kernels/isa.h"
#include "torch/cpu_variants.h"

namespace lmzip::torch_plugin {
namespace {

constexpr int64_t kHeads = 8, kWidth = 32;

void attention(benchmark::State& state, const CpuLoops<Bfloat16>& loops) {
  const int64_t time = state.range(0);
  const auto numbers = [&](int64_t count) { return std::vector<float>(static_cast<size_t>(count), 0.5F); };
  const auto halves = [&](int64_t columns) {
    std::mt19937 random(1);
    std::vector<Bfloat16> found(static_cast<size_t>(time * columns * kWidth));
    for (Bfloat16& one : found) one.bits = static_cast<uint16_t>(0x3c00 + random() % 0x400 + (random() % 2 << 15));
    return found;
  };
  const std::vector<float> cosine = numbers(time * kWidth / 2), sine = cosine;
  const std::vector<Bfloat16> input = halves(3 * kHeads), d_output = halves(kHeads);
  std::vector<Bfloat16> output = halves(kHeads), d_input = halves(3 * kHeads);
  std::vector<float> log_sums = numbers(kHeads * time), scratch = numbers(attention_scratch(time, kWidth));
  Attention<Bfloat16> a;
  a.time = a.window = time;
  a.heads = a.key_value_heads = kHeads;
  a.head_width = kWidth;
  a.input = input.data();
  a.cosine = cosine.data();
  a.sine = sine.data();
  a.output = output.data();
  a.log_sums = log_sums.data();
  a.d_output = d_output.data();
  a.d_input = d_input.data();
  for (auto _ : state) {
    loops.attention(a, 0, 1, scratch.data());
    loops.attention_backward(a, 0, 1, scratch.data());
    benchmark::ClobberMemory();
  }
  state.counters["scores"] = benchmark::Counter(
      static_cast<double>(state.iterations() * kHeads * time * (time + 1) / 2), benchmark::Counter::kIsRate);
}

void add(const char* name, const CpuLoops<Bfloat16>& loops) {
  benchmark::RegisterBenchmark(name, [&loops](benchmark::State& state) { attention(state, loops); })
      ->Arg(256)
      ->Arg(2048);
}

}  // namespace
}  // namespace lmzip::torch_plugin

int main(int argc, char** argv) {
  using namespace lmzip::torch_plugin;
  add("plain", plain::of_bfloat16());
#ifdef LMZIP_X86_VARIANTS
  using lmzip::kernels::Isa, lmzip::kernels::isa_bound;
  if (isa_bound() >= Isa::kAvx2) add("avx2", avx2::of_bfloat16());
  if (isa_bound() >= Isa::kAvx512) add("avx512", avx512::of_bfloat16());
#endif
  add("fastest", cpu_loops<lmzip::torch_plugin::Bfloat16>());  // with tiles, if there are
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
