// SPDX-License-Identifier: Apache-2.0
// Speed of the mixer's inner loops on every instruction set of this machine: multiply-adds per second, with the sizes
// of level 5, from weights that rotate through a megabyte as a model's do.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/mixing.h"

namespace lmzip::kernels {
namespace {

constexpr int kInputs = 64, kSets = 7;
constexpr size_t kRows = 4096;

using Numbers = std::vector<int32_t, base::LineAllocator<int32_t>>;

struct Arguments {
  Numbers input = Numbers(kInputs);
  Numbers weights = Numbers(kRows * kInputs, 1000);
  int32_t* rows[kSets] = {};
  int32_t steps[kSets] = {900, -800, 700, -600, 500, -400, 300};
  int32_t dots[kSets] = {};

  Arguments() {
    for (int i = 0; i < kInputs; ++i) input[static_cast<size_t>(i)] = i * 37 % 2001 - 1000;
  }
  void select(size_t turn) {
    for (size_t s = 0; s < kSets; ++s) rows[s] = weights.data() + (turn * 131 + s * 577) % kRows * kInputs;
  }
};

void count(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * kInputs * kSets); }

void dot(benchmark::State& state, const Mixing& kernel) {
  Arguments arguments;
  size_t turn = 0;
  for (auto _ : state) {
    arguments.select(turn++);
    kernel.dot(arguments.input.data(), arguments.rows, kInputs, kSets, arguments.dots);
    benchmark::DoNotOptimize(arguments.dots);
  }
  count(state);
}

void train(benchmark::State& state, const Mixing& kernel) {
  Arguments arguments;
  size_t turn = 0;
  for (auto _ : state) {
    arguments.select(turn++);
    kernel.train(arguments.input.data(), arguments.rows, kInputs, kSets, arguments.steps);
    benchmark::ClobberMemory();
  }
  count(state);
}

}  // namespace
}  // namespace lmzip::kernels

int main(int argc, char** argv) {
  using namespace lmzip::kernels;
  for (const Mixing& kernel : available_mixing()) {
    benchmark::RegisterBenchmark(("dot/" + std::string(isa_name(kernel.isa))).c_str(), dot, kernel);
    benchmark::RegisterBenchmark(("train/" + std::string(isa_name(kernel.isa))).c_str(), train, kernel);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
