// SPDX-License-Identifier: Apache-2.0
// Speed of the classical codecs as generators: bytes per second, drawn one after the other behind a window of prose.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>

#include "bench/prose.h"
#include "lmzip/registry.h"

namespace lmzip {
namespace {

using bench::prose;

/// A candidate's time is what 256 of them share; with a horizon it is `beam` times as many.
void draw(benchmark::State& state, const std::string& spec, const CodeLengthOptions& options) {
  const auto session = make_predictor(spec, {}, options)->open(1);
  for (size_t i = 0; i < options.window; ++i) {
    const Symbol symbol = prose()[i];
    session->advance({&symbol, 1});
  }
  std::mt19937 random(1);
  for (auto _ : state) {
    const FrequencyTable& table = session->forecast(0);
    const Symbol drawn = table.find(static_cast<uint32_t>(random() % table.total()));
    session->advance({&drawn, 1});
  }
  state.SetBytesProcessed(state.iterations());
  const size_t candidates = 256 * (options.horizon == 1 ? 1 : options.beam);
  state.counters["per_candidate"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(candidates),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

benchmark::internal::Benchmark* add(const std::string& spec, const std::string& how, const CodeLengthOptions& options) {
  return benchmark::RegisterBenchmark((spec + "/" + std::to_string(options.window) + how).c_str(), draw, spec, options)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();  // other threads work, too
}

}  // namespace
}  // namespace lmzip

int main(int argc, char** argv) {
  for (const std::string spec : {"gzip", "lzma2", "zstd", "png", "flac"}) {
    const auto known = lmzip::codecs();
    if (std::none_of(known.begin(), known.end(), [&](const auto& codec) { return codec.name == spec; })) continue;
    for (const size_t window : {256, 512, 2048}) lmzip::add(spec, "", {.window = window});
    lmzip::add(spec, "/2_threads", {.window = 2048, .threads = 2});
  }
  lmzip::add("gzip", "/bits", {.unit = lmzip::LengthUnit::kBits});
  lmzip::add("gzip", "/2_threads/horizon_16", {.horizon = 16, .threads = 2})->Iterations(64);  // four searches
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
