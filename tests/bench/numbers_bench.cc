// SPDX-License-Identifier: Apache-2.0
// Speed of the adaptive models of pixels and samples on every instruction set: raw bytes per second of one lane, coder
// left out. A grey pixel costs about 3,000 multiplications (two fields of 24 x 24 products take turns, 3 of 16 x 16; 14
// steps of descent; 16 lanes at 5 bits that are not sure), a sample about 2,500: half a microsecond at 6 a nanosecond,
// what AVX2 can do of 32 bits. Measured: twice that; the rest waits, as each step of a descent needs the one before.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <string>

#include "kernels/isa.h"
#include "lmzip/bytes.h"
#include "numbers/model.h"

namespace lmzip {
namespace {

/// Waves with a little noise, as numbers of `bits`, `channels` side by side, `width` to a row; highest byte first.
Bytes waves(unsigned bits, unsigned channels, size_t width, bool is_signed) {
  constexpr size_t kBytes = 96000;
  Bytes bytes;
  uint32_t noise = 1;
  for (size_t i = 0; bytes.size() < kBytes; ++i) {
    const auto x = static_cast<double>(i % width), y = static_cast<double>(i / width);
    for (unsigned c = 0; c < channels; ++c) {
      noise = noise * 1664525 + 1013904223;
      const double wave = 0.3 * std::sin(x / 9 + y / 5) + 0.15 * std::sin(y / 31 - x / 77) + 0.01 * c;
      auto value = static_cast<int32_t>(std::ldexp(0.5 + wave + 0.02 * std::ldexp(noise, -32), static_cast<int>(bits)));
      if (is_signed) value -= 1 << (bits - 1);
      for (unsigned shift = bits; shift > 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(value >> (shift - 8)));
    }
  }
  return bytes;
}

template <typename Layout>
void code(benchmark::State& state, const Layout& layout, const Bytes& bytes, const std::string& isa) {
  kernels::force_isa(isa);
  const auto model = numbers::make_model(layout, false);
  for (auto _ : state) {
    for (const uint8_t byte : bytes) {
      for (int shift = 7; shift >= 0; --shift) {
        benchmark::DoNotOptimize(model->p1());
        model->update(byte >> shift & 1);
      }
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(bytes.size()));
}

template <typename Layout>
void add(const std::string& name, const Layout& layout, const Bytes& bytes) {
  for (const kernels::Isa isa : kernels::available_isas()) {
    const std::string on(kernels::isa_name(isa));
    benchmark::RegisterBenchmark((name + "/" + on).c_str(), [=](benchmark::State& state) {
      code(state, layout, bytes, on);
    })->Unit(benchmark::kMillisecond);
  }
}

}  // namespace
}  // namespace lmzip

int main(int argc, char** argv) {
  using lmzip::numbers::PixelLayout;
  using lmzip::numbers::SampleLayout;
  lmzip::add("pixels/grey", PixelLayout{320, 1, 8}, lmzip::waves(8, 1, 320, false));
  lmzip::add("pixels/colour", PixelLayout{320, 3, 8}, lmzip::waves(8, 3, 320, false));
  lmzip::add("pixels/deep", PixelLayout{320, 1, 16}, lmzip::waves(16, 1, 320, false));
  lmzip::add("samples/8", SampleLayout{1, 8}, lmzip::waves(8, 1, 96000, false));
  lmzip::add("samples/16", SampleLayout{1, 16}, lmzip::waves(16, 1, 96000, true));
  lmzip::add("samples/16/stereo", SampleLayout{2, 16}, lmzip::waves(16, 2, 96000, true));
  lmzip::add("samples/24", SampleLayout{1, 24}, lmzip::waves(24, 1, 96000, true));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
