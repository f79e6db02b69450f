// SPDX-License-Identifier: Apache-2.0
// Speed of the levels and of the teaching predictors, coder included: raw bytes per second on English prose, both ways.
// And of looking at whole bytes ahead of each, as a sampler does, at the levels over bits.
#include <benchmark/benchmark.h>

#include <set>
#include <string>
#include <vector>

#include "bench/prose.h"
#include "lmzip/registry.h"
#include "predict/byte_view.h"
#include "predict/mix_predictor.h"

namespace lmzip {
namespace {

using bench::prose;

void compress(benchmark::State& state, const std::string& spec) {
  const auto codec = make_compressor(spec);
  const ByteSpan block = prose();
  ProgressSink progress;
  size_t packed = 0;
  for (auto _ : state) packed = codec->compress({&block, 1}, progress)[0].size();
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(block.size()));
  state.counters["bits_per_byte"] = 8 * static_cast<double>(packed) / static_cast<double>(block.size());
}

void decompress(benchmark::State& state, const std::string& spec) {
  const auto codec = make_compressor(spec);
  const ByteSpan block = prose();
  const size_t raw_size = block.size();
  ProgressSink progress;
  const Bytes packed = codec->compress({&block, 1}, progress)[0];
  const ByteSpan packed_block = packed;
  Bytes back;
  for (auto _ : state) back = codec->decompress({&packed_block, 1}, {&raw_size, 1}, progress)[0];
  if (back != prose()) state.SkipWithError("the block came back different");
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(raw_size));
}

void look_ahead(benchmark::State& state, int level) {
  constexpr size_t kBefore = 50000;  // bytes that the model has learned from when the clock starts
  const auto session = predict::make_byte_view(predict::make_mix(level))->open(1);
  size_t at = 0;
  const auto advance = [&] {
    const Symbol next = prose()[at++ % prose().size()];
    session->advance({&next, 1});
  };
  while (at < kBefore) advance();
  for (auto _ : state) {
    benchmark::DoNotOptimize(session->forecast(0).total());
    advance();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()));
}

}  // namespace
}  // namespace lmzip

int main(int argc, char** argv) {
  std::set<std::string> specs{"order0", "order2", "order6"};
  for (const lmzip::Preset& preset : lmzip::presets()) specs.emplace(preset.codec);
  for (const std::string& spec : specs) {
    benchmark::RegisterBenchmark(("compress/" + spec).c_str(), lmzip::compress, spec)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("decompress/" + spec).c_str(), lmzip::decompress, spec)
        ->Unit(benchmark::kMillisecond);
  }
  for (const int level : {1, 5, 9}) {
    benchmark::RegisterBenchmark(("look_ahead/mix:" + std::to_string(level)).c_str(), lmzip::look_ahead, level);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
