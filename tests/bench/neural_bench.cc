// SPDX-License-Identifier: Apache-2.0
// Speed of the integer kernels of networks on every instruction set of this machine, and the share of what the machine
// can do that they reach. For matrices that is the rate of the instruction in their inner loop, without loads ("peak");
// for attention the sum of its three passes' bounds (kernels/attention.h), whose cycles are taken from the same rate.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/attention.h"
#include "kernels/int8_matrix.h"

namespace lmzip::kernels {
namespace {

template <typename T>
using Lines = std::vector<T, base::LineAllocator<T>>;

#if defined(__x86_64__)
/// Twelve independent accumulators, as many as the latency needs. Operations: multiplications and additions.
int64_t multiply_vnni(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    asm volatile(
        "vpdpbusd %%zmm12, %%zmm13, %%zmm0\n vpdpbusd %%zmm12, %%zmm13, %%zmm1\n vpdpbusd %%zmm12, %%zmm13, %%zmm2\n"
        "vpdpbusd %%zmm12, %%zmm13, %%zmm3\n vpdpbusd %%zmm12, %%zmm13, %%zmm4\n vpdpbusd %%zmm12, %%zmm13, %%zmm5\n"
        "vpdpbusd %%zmm12, %%zmm13, %%zmm6\n vpdpbusd %%zmm12, %%zmm13, %%zmm7\n vpdpbusd %%zmm12, %%zmm13, %%zmm8\n"
        "vpdpbusd %%zmm12, %%zmm13, %%zmm9\n vpdpbusd %%zmm12, %%zmm13, %%zmm10\n vpdpbusd %%zmm12, %%zmm13, "
        "%%zmm11\n" ::
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11");
  }
  return int64_t{rounds} * 12 * 64 * 2;
}

/// What AVX2 needs for 32 products: two multiplications and a sum.
int64_t multiply_avx2(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    asm volatile(
        "vpmaddubsw %%ymm12, %%ymm13, %%ymm8\n vpmaddwd %%ymm14, %%ymm8, %%ymm8\n vpaddd %%ymm8, %%ymm0, %%ymm0\n"
        "vpmaddubsw %%ymm12, %%ymm13, %%ymm9\n vpmaddwd %%ymm14, %%ymm9, %%ymm9\n vpaddd %%ymm9, %%ymm1, %%ymm1\n"
        "vpmaddubsw %%ymm12, %%ymm13, %%ymm10\n vpmaddwd %%ymm14, %%ymm10, %%ymm10\n vpaddd %%ymm10, %%ymm2, %%ymm2\n"
        "vpmaddubsw %%ymm12, %%ymm13, %%ymm11\n vpmaddwd %%ymm14, %%ymm11, %%ymm11\n vpaddd %%ymm11, %%ymm3, "
        "%%ymm3\n" ::
            : "xmm0", "xmm1", "xmm2", "xmm3", "xmm8", "xmm9", "xmm10", "xmm11");
  }
  return int64_t{rounds} * 4 * 32 * 2;
}
#endif

/// Operations a second of the inner instruction alone, the best of many short runs; 0 where that is not known.
double peak(Isa isa) {
  int64_t (*multiply)(int) = nullptr;
#if defined(__x86_64__)
  if (isa == Isa::kAvx2) multiply = multiply_avx2;
  if (isa == Isa::kAvx512) multiply = multiply_vnni;
#endif
  double best = 0.0;
  for (int run = 0; multiply && run < 300; ++run) {
    const auto start = std::chrono::steady_clock::now();
    const int64_t done = multiply(10000);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(done) / spent.count());
  }
  return best;
}

void report(benchmark::State& state, double operations, double share_of) {
  using benchmark::Counter;
  state.counters["GOP/s"] = Counter(operations * 1e-9, Counter::kIsIterationInvariantRate);
  if (share_of > 0) state.counters["share"] = Counter(operations / share_of, Counter::kIsIterationInvariantRate);
}

void run_peak(benchmark::State& state, Isa isa) {
  for (auto _ : state) state.counters["GOP/s"] = peak(isa) * 1e-9;
}

struct Product {
  int rows, columns, batch;
};

void multiply(benchmark::State& state, const Int8Matrix& kernel, const Product& product, double peak_rate) {
  const auto size = static_cast<size_t>(product.rows * product.columns), rows = static_cast<size_t>(product.rows);
  const std::vector<int8_t> values(size, 3);
  const std::vector<float> scales(rows, 0.01f);
  const PackedMatrix w({product.rows, product.columns, values, scales, {}});
  Lines<float> x(static_cast<size_t>(product.batch * product.columns), 0.7f);
  Lines<float> y(static_cast<size_t>(product.batch) * rows);
  QuantisedRows quantised(product.batch, product.columns);
  kernel.quantise({x.data(), static_cast<size_t>(product.columns)}, product.batch, quantised);
  for (auto _ : state) {
    kernel.multiply(w, quantised, product.batch, {y.data(), rows});
    benchmark::ClobberMemory();
  }
  report(state, 2.0 * static_cast<double>(size) * product.batch, peak_rate);
}

void quantise(benchmark::State& state, const Int8Matrix& kernel) {
  constexpr int kRows = 16, kColumns = 256;
  Lines<float> x(kRows * kColumns, 0.7f);
  QuantisedRows quantised(kRows, kColumns);
  for (auto _ : state) {
    kernel.quantise({x.data(), kColumns}, kRows, quantised);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kRows * kColumns);
}

struct Attending {
  AttentionShape shape;
  int filled;
  int lanes;  ///< whose caches take turns
};

/// Of AVX-512, for 64 slots and a head: two loads and two additions a cycle.
double attention_cycles(int width) { return (width * 1.25 + 8) / 2 + 24 + (width + 4.0 * std::ceil(width / 32.0)) / 2; }

void attend(benchmark::State& state, const Attention& kernel, const Attending& call, double peak_rate) {
  const AttentionShape& shape = call.shape;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const auto numbers = [&](int heads) {
    Lines<float> made(static_cast<size_t>(heads * shape.head_width));
    for (float& x : made) x = normal(random);
    return made;
  };
  const size_t bytes = cache_bytes(shape);
  Lines<std::byte> caches(bytes * static_cast<size_t>(call.lanes));
  for (int lane = 0; lane < call.lanes; ++lane) {
    for (int slot = 0; slot < call.filled; ++slot) {
      const Lines<float> key = numbers(shape.key_value_heads), value = numbers(shape.key_value_heads);
      kernel.store(shape, caches.data() + static_cast<size_t>(lane) * bytes, slot, key.data(), value.data());
    }
  }
  Lines<float> query = numbers(shape.heads), output(query.size()), scratch(attention_scratch_floats(shape));
  for (float& x : query) x *= 1.44f / std::sqrt(static_cast<float>(shape.head_width));
  size_t turn = 0;
  for (auto _ : state) {
    const std::byte* const cache = caches.data() + turn++ % static_cast<size_t>(call.lanes) * bytes;
    kernel.attend(shape, {cache, call.filled, query.data(), output.data(), scratch.data()});
    benchmark::ClobberMemory();
  }
  const double slot_heads = static_cast<double>(call.filled) * shape.heads;
  const double operations = 4.0 * slot_heads * shape.head_width;
  const double cycle = 256.0 / peak_rate;  // two instructions of 128 operations
  const double bound = slot_heads / kAttentionBlock * attention_cycles(shape.head_width) * cycle;
  report(state, operations, kernel.isa == Isa::kAvx512 ? operations / bound : 0.0);
  const double read = static_cast<double>(call.filled) * shape.key_value_heads * (2.0 * shape.head_width + 8.0);
  state.counters["GB/s"] = benchmark::Counter(read * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void register_all() {
  for (const Int8Matrix& kernel : available_int8_matrix()) {
    const std::string isa(isa_name(kernel.isa));
    const double rate = peak(kernel.isa);
    if (rate > 0) benchmark::RegisterBenchmark(("peak/" + isa).c_str(), run_peak, kernel.isa)->Iterations(1);
    benchmark::RegisterBenchmark(("quantise/" + isa).c_str(), quantise, kernel);
    for (const auto& [rows, columns] :
         {std::pair{64, 64}, {192, 64}, {256, 256}, {768, 256}, {256, 1024}, {1024, 1024}}) {
      for (const int batch : {1, 2, 4, 8, 16, 64}) {
        if (kernel.isa == Isa::kScalar && (rows != 256 || batch > 1)) continue;
        const std::string size = std::to_string(rows) + "x" + std::to_string(columns) + "/" + std::to_string(batch);
        benchmark::RegisterBenchmark(("multiply/" + isa + "/" + size).c_str(), multiply, kernel,
                                     Product{rows, columns, batch}, rate);
      }
    }
  }
  const Attending calls[] = {{{4, 4, 16, 2048}, 1024, 1},  {{4, 4, 32, 2048}, 1024, 1},  {{8, 8, 32, 2048}, 1024, 1},
                             {{4, 1, 32, 2048}, 1024, 1},  {{4, 4, 16, 2048}, 2048, 1},  {{4, 4, 16, 2048}, 1024, 64},
                             {{8, 8, 32, 2048}, 2048, 32}, {{8, 2, 32, 2048}, 2048, 32}, {{2, 1, 64, 512}, 512, 32}};
  for (const Attention& kernel : available_attention()) {
    const double rate = peak(kernel.isa);
    for (const Attending& call : calls) {
      if (kernel.isa == Isa::kScalar && call.lanes > 1) continue;
      const AttentionShape& shape = call.shape;
      const std::string name = "attend/" + std::string(isa_name(kernel.isa)) + "/" + std::to_string(shape.heads) + ":" +
                               std::to_string(shape.key_value_heads) + "x" + std::to_string(shape.head_width) + "/" +
                               std::to_string(call.filled) + "/lanes:" + std::to_string(call.lanes);
      benchmark::RegisterBenchmark(name.c_str(), attend, kernel, call, rate);
    }
  }
}

}  // namespace
}  // namespace lmzip::kernels

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  lmzip::kernels::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
