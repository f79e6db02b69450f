// SPDX-License-Identifier: Apache-2.0
// Tokens a second of checkpoints' engine with random weights made in memory: networks on threads of their own, lanes
// in the middle of their contexts; and products of float32 matrices.
//
//   decoder_bench --benchmark_filter=Gpt2Small/int8
//
// The column CPU is of all threads, for 32 steps of all lanes: on a busy machine it tells more than the clock.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "kernels/float_matrix.h"
#include "model/decoder.h"
#include "predict/decoder_network.h"
#include "unit/predict/decoder_shapes.h"

namespace lmzip::predict {
namespace {

model::DecoderShape gpt2_small() {
  model::DecoderShape shape;
  shape.vocabulary = 50257;
  shape.width = 768;
  shape.layers = 12;
  shape.context = 1024;
  shape.heads = shape.key_value_heads = 12;
  shape.head_width = 64;
  shape.learned_positions = shape.tied = true;
  shape.query_bias = shape.attention_output_bias = shape.feed_bias = true;
  shape.norm = model::Norm::kLayer;
  shape.feed_width = 3072;
  shape.activation = model::Activation::kGeluTanh;
  return shape;
}

model::DecoderShape stories() {
  model::DecoderShape shape;
  shape.vocabulary = 512;
  shape.width = 64;
  shape.layers = 5;
  shape.context = 512;
  shape.heads = 8;
  shape.key_value_heads = 4;
  shape.head_width = shape.rotary_width = 8;
  shape.feed_width = 172;
  shape.gated = shape.tied = true;
  return shape;
}

struct Setting {
  model::DecoderShape shape;
  DecoderProfile profile;
  int threads;  ///< each with a network of its own
  int lanes;    ///< of all threads
};

/// One network and its lanes, at position `from` after the first call.
class Worker {
 public:
  Worker(const std::shared_ptr<const DecoderWeights>& weights, int lanes) : network_(make_decoder_network(weights)) {
    for (int i = 0; i < lanes; ++i) lanes_.push_back(network_->open_lane());
    logits_.resize(lanes_.size() * network_->symbols());
  }
  void rewind(int position) {
    for (const auto& lane : lanes_) lane->restart();
    std::vector<SequenceInput> inputs;
    for (const auto& lane : lanes_) inputs.insert(inputs.end(), static_cast<size_t>(position), {lane.get(), 1});
    network_->forward(inputs, {});
  }
  void step(int steps) {
    std::vector<SequenceInput> inputs;
    for (const auto& lane : lanes_) inputs.push_back({lane.get(), static_cast<Symbol>(steps)});
    for (int i = 0; i < steps; ++i) network_->forward(inputs, logits_);
  }

 private:
  std::unique_ptr<SequenceNetwork> network_;
  std::vector<std::unique_ptr<SequenceLane>> lanes_;
  std::vector<float> logits_;
};

void tokens(benchmark::State& state, const Setting& setting) {
  constexpr int kSteps = 32;  // around the middle of the context's first half
  const auto weights = pack_decoder(test::random_decoder(setting.shape), setting.profile, 2);
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < setting.threads; ++i) {
    workers.push_back(std::make_unique<Worker>(weights, setting.lanes / setting.threads));
  }
  const auto on_all = [&workers](const auto& task) {
    std::vector<std::thread> threads;
    for (const auto& worker : workers) threads.emplace_back([&] { task(*worker); });
    for (std::thread& thread : threads) thread.join();
  };
  for (auto _ : state) {
    state.PauseTiming();
    on_all([](Worker& worker) { worker.rewind(256 - kSteps / 2); });
    state.ResumeTiming();
    on_all([](Worker& worker) { worker.step(kSteps); });
  }
  const auto count = static_cast<double>(state.iterations()) * kSteps * setting.lanes;
  state.counters["tokens/s"] = benchmark::Counter(count, benchmark::Counter::kIsRate);
  state.counters["weights_MB"] = static_cast<double>(weight_bytes(*weights)) / 1e6;
  state.counters["lanes_MB"] = static_cast<double>(lane_bytes(*weights)) * setting.lanes / 1e6;
}

void floats(benchmark::State& state, const kernels::FloatMatrix& kernel) {
  const auto columns = static_cast<size_t>(state.range(0)), rows = static_cast<size_t>(state.range(1));
  const auto batch = static_cast<size_t>(state.range(2));
  const kernels::PackedFloatMatrix matrix(
      static_cast<int>(rows), static_cast<int>(columns),
      [](int row, std::span<float> out) { std::fill(out.begin(), out.end(), static_cast<float>(row)); }, {});
  std::vector<float> x(batch * columns, 0.5f), y(batch * rows);
  for (auto _ : state) kernel.multiply(matrix, {x.data(), columns}, static_cast<int>(batch), {y.data(), rows});
  state.counters["FLOP/s"] =
      benchmark::Counter(2.0 * static_cast<double>(state.iterations()) * static_cast<double>(columns * rows * batch),
                         benchmark::Counter::kIsRate);
}

void register_all() {
  for (const auto& [profile, name] : {std::pair{DecoderProfile::kFloat, "float"}, {DecoderProfile::kInt8, "int8"}}) {
    for (const int threads : {1, 2}) {
      const std::string end = std::string("/") + name + "/threads:" + std::to_string(threads);
      for (const Setting& setting :
           {Setting{stories(), profile, threads, 16}, Setting{gpt2_small(), profile, threads, 24}}) {
        const std::string shape = setting.shape.width == 64 ? "Stories260K" : "Gpt2Small";
        benchmark::RegisterBenchmark((shape + end).c_str(), tokens, setting)
            ->MeasureProcessCPUTime()
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  for (const kernels::FloatMatrix& kernel : kernels::available_float_matrix()) {
    benchmark::RegisterBenchmark(("Product/" + std::string(isa_name(kernel.isa))).c_str(), floats, kernel)
        ->Args({128, 512, 192})
        ->Args({768, 3072, 24})
        ->Args({768, 3072, 1});
  }
}

}  // namespace
}  // namespace lmzip::predict

int main(int argc, char** argv) {
  lmzip::predict::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
