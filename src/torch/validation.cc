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
double cost(const Network& network, const model::Architecture& architecture, const train::Batch& batch,
            CarriedState& carried) {
  const auto tables = static_cast<int64_t>(architecture.tables.size());
  const NetworkInput input(batch, tables, network.placement().device);
  return network.loss(input, carried, 1, nullptr).item<double>();
}

}  // namespace

train::Validation validate(const Network& network, const train::ValidationText& text, uint64_t bytes,
                           ProgressSink& progress) {
  const at::NoGradGuard no_grad;
  const model::Architecture& architecture = network.architecture();
  train::Validation result{.name = text.name};
  double nats = 0;

  const uint64_t chunk = std::min<uint64_t>(kChunk, text.bytes.size());
  const uint64_t there = text.bytes.size() / chunk, count = std::clamp<uint64_t>(bytes / chunk, 1, there);
  for (uint64_t first = 0; first < count; first += kLanes) {
    progress.check();
    const uint64_t lanes = std::min(kLanes, count - first);
    train::Batch batch = train::empty_batch(architecture, static_cast<int>(lanes), static_cast<int>(chunk));
    for (uint64_t lane = 0; lane < lanes; ++lane) {
      train::StreamReader reader(architecture);
      reader.read(text.bytes.subspan((first + lane) * there / count * chunk, chunk), batch, static_cast<int>(lane));
    }
    CarriedState carried;
    nats += cost(network, architecture, batch, carried);
  }
  result.bytes = count * chunk;
  result.cold = nats / std::numbers::ln2 / static_cast<double>(result.bytes);
  if (architecture.has(model::Mixer::kAttention)) return result;

  // Lanes begin at places spread over the text; each then runs on.
  const uint64_t segments = std::min<uint64_t>(bytes, text.bytes.size()) / kLanes / kSegment;
  if (segments == 0) return result;
  std::vector<train::StreamReader> readers(kLanes, train::StreamReader(architecture));
  CarriedState carried;
  nats = 0;
  for (uint64_t segment = 0; segment < segments; ++segment) {
    progress.check();
    train::Batch batch = train::empty_batch(architecture, kLanes, kSegment);
    for (uint64_t lane = 0; lane < kLanes; ++lane) {
      readers[lane].read(text.bytes.subspan(text.bytes.size() / kLanes * lane + segment * kSegment, kSegment), batch,
                         static_cast<int>(lane));
    }
    nats += cost(network, architecture, batch, carried);
  }
  result.running = nats / std::numbers::ln2 / static_cast<double>(segments * kLanes * kSegment);
  return result;
}

std::vector<double> measure_bits(const model::Model& model, std::span<const ByteSpan> sequences,
                                 ProgressSink& progress) {
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  const model::Architecture& architecture = model.architecture();
  const bool attends = architecture.has(model::Mixer::kAttention);
  const Network network(model, {});
  std::vector<double> bits;
  for (const ByteSpan sequence : sequences) {
    if (attends && sequence.size() > static_cast<size_t>(architecture.context)) {
      throw Error(ErrorKind::kUsage, "attention in float sees one context at a time: measure in chunks of it");
    }
    double nats = 0;
    CarriedState carried;
    train::StreamReader reader(architecture);
    for (size_t at = 0; at < sequence.size();) {
      const size_t length = attends ? sequence.size() : std::min<size_t>(kSegment, sequence.size() - at);
      train::Batch batch = train::empty_batch(architecture, 1, static_cast<int>(length));
      reader.read(sequence.subspan(at, length), batch, 0);
      nats += cost(network, architecture, batch, carried);
      at += length;
      progress.advance(length);
    }
    bits.push_back(nats / std::numbers::ln2);
  }
  return bits;
}

}  // namespace lmzip::torch_plugin
