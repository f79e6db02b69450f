// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>

#include <algorithm>
#include <numbers>

#include "lmzip/error.h"
#include "torch/training.h"

namespace lmzip::torch_plugin {
namespace {

constexpr uint64_t kChunk = 2048;  // as in the paper
constexpr uint64_t kLanes = 16;
constexpr uint64_t kSegment = 512;

/// Nats for the targets of one batch.
double cost(const Network& network, const train::Batch& batch, CarriedState& carried) {
  const auto tables = static_cast<int64_t>(network.architecture().tables.size());
  const NetworkInput input(batch, tables, network.placement().device);
  return network.loss(input, carried, 1, nullptr).item<double>();
}

/// Nats for one stream of `bytes` raw bytes, from its start. Attention sees it at once; recurrences read on, segment by
/// segment.
template <typename S>
double cost_of_stream(const Network& network, std::span<const S> symbols, uint64_t bytes, ProgressSink& progress) {
  const model::Architecture& architecture = network.architecture();
  const size_t step = architecture.has(model::Mixer::kAttention) ? symbols.size() : kSegment;
  double nats = 0;
  CarriedState carried;
  train::StreamReader reader(architecture);
  for (size_t at = 0; at < symbols.size(); at += step) {
    const size_t length = std::min(step, symbols.size() - at);
    train::Batch batch = train::empty_batch(architecture, 1, static_cast<int>(length));
    reader.read(symbols.subspan(at, length), batch, 0);
    nats += cost(network, batch, carried);
    progress.advance(bytes * (at + length) / symbols.size() - bytes * at / symbols.size());
  }
  return nats;
}

double cost_of_tokens(const Measured& measured, ByteSpan text, ProgressSink& progress) {
  const std::vector<Symbol> tokens = measured.tokenizer->encode(text);
  return cost_of_stream(measured.network, std::span<const Symbol>(tokens), text.size(), progress);
}

double bits_per_byte(double nats, uint64_t bytes) { return nats / std::numbers::ln2 / static_cast<double>(bytes); }

/// `count` chunks, spread over the text, each cold; nats in all.
double cost_of_chunks(const Measured& measured, ByteSpan text, uint64_t count, uint64_t chunk, ProgressSink& progress) {
  const model::Architecture& architecture = measured.network.architecture();
  const uint64_t there = text.size() / chunk;
  const auto place = [&](uint64_t i) { return text.subspan(i * there / count * chunk, chunk); };
  double nats = 0;
  if (measured.tokenizer != nullptr) {  // chunks of different lengths
    for (uint64_t i = 0; i < count; ++i) {
      nats += cost_of_tokens(measured, place(i), progress);
    }
    return nats;
  }
  for (uint64_t first = 0; first < count; first += kLanes) {
    progress.check();
    const uint64_t lanes = std::min(kLanes, count - first);
    train::Batch batch = train::empty_batch(architecture, static_cast<int>(lanes), static_cast<int>(chunk));
    for (uint64_t lane = 0; lane < lanes; ++lane) {
      train::StreamReader(architecture).read(place(first + lane), batch, static_cast<int>(lane));
    }
    CarriedState carried;
    nats += cost(measured.network, batch, carried);
  }
  return nats;
}

/// Lanes that begin at places spread over the text; each then runs on for `segments` segments. Nats in all.
double cost_of_running(const Measured& measured, ByteSpan text, uint64_t segments, ProgressSink& progress) {
  const model::Architecture& architecture = measured.network.architecture();
  const uint64_t apart = text.size() / kLanes;
  double nats = 0;
  if (measured.tokenizer != nullptr) {
    for (uint64_t lane = 0; lane < kLanes; ++lane) {
      nats += cost_of_tokens(measured, text.subspan(apart * lane, segments * kSegment), progress);
    }
    return nats;
  }
  std::vector<train::StreamReader> readers(kLanes, train::StreamReader(architecture));
  CarriedState carried;
  for (uint64_t segment = 0; segment < segments; ++segment) {
    progress.check();
    train::Batch batch = train::empty_batch(architecture, kLanes, kSegment);
    for (uint64_t lane = 0; lane < kLanes; ++lane) {
      readers[lane].read(text.subspan(apart * lane + segment * kSegment, kSegment), batch, static_cast<int>(lane));
    }
    nats += cost(measured.network, batch, carried);
  }
  return nats;
}

}  // namespace

train::Validation validate(const Measured& measured, const train::ValidationText& text, uint64_t bytes,
                           ProgressSink& progress) {
  const at::NoGradGuard no_grad;
  const uint64_t chunk = std::min<uint64_t>(kChunk, text.bytes.size());
  const uint64_t count = std::clamp<uint64_t>(bytes / chunk, 1, text.bytes.size() / chunk);
  train::Validation result{.name = text.name, .bytes = count * chunk};
  result.cold = bits_per_byte(cost_of_chunks(measured, text.bytes, count, chunk, progress), result.bytes);
  const uint64_t segments = std::min<uint64_t>(bytes, text.bytes.size()) / kLanes / kSegment;
  // A picture has no beginning in its middle.
  const bool pictures = measured.network.architecture().numbers == model::Numbers::kPixels;
  if (measured.network.architecture().has(model::Mixer::kAttention) || pictures || segments == 0) return result;
  const double running = cost_of_running(measured, text.bytes, segments, progress);
  result.running = bits_per_byte(running, segments * kLanes * kSegment);
  return result;
}

std::vector<double> measure_bits(const model::Model& model, std::span<const ByteSpan> sequences,
                                 ProgressSink& progress) {
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  const model::Architecture& architecture = model.architecture();
  const Network network(model, {});
  std::vector<double> bits;
  for (const ByteSpan sequence : sequences) {
    const auto measure = [&](auto symbols) {
      if (architecture.has(model::Mixer::kAttention) && symbols.size() > static_cast<size_t>(architecture.context)) {
        throw Error(ErrorKind::kUsage, "attention in float sees one context at a time: measure in chunks of it");
      }
      bits.push_back(cost_of_stream(network, symbols, sequence.size(), progress) / std::numbers::ln2);
    };
    if (const auto tokenizer = model.tokenizer()) {
      const std::vector<Symbol> tokens = tokenizer->encode(sequence);
      measure(std::span<const Symbol>(tokens));
    } else {
      measure(sequence);
    }
  }
  return bits;
}

}  // namespace lmzip::torch_plugin
