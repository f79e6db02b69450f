// SPDX-License-Identifier: Apache-2.0
#include "predict/decoder_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <span>
#include <string>
#include <utility>

#include "base/thread_pool.h"
#include "lmzip/error.h"
#include "model/quantise.h"

namespace lmzip::predict {
namespace {

constexpr int padded(int width) {
  return (width + kernels::kMatrixStep - 1) / kernels::kMatrixStep * kernels::kMatrixStep;
}

/// How a padded row (or column) of a matrix finds its source: `groups` groups of `width`, each padded.
struct Axis {
  int groups = 1;
  int width = 0;

  int size() const { return groups * padded(width); }
  /// -1: a zero.
  int source(int index) const {
    const int at = index % padded(width);
    return at < width ? index / padded(width) * width + at : -1;
  }
  /// One row of columns.
  void spread(std::span<const float> row, std::span<float> out) const {
    std::fill(out.begin(), out.end(), 0.0f);
    for (int g = 0; g < groups; ++g) std::copy_n(row.begin() + g * width, width, out.begin() + g * padded(width));
  }
};

/// Rows of one array, from its row `first` on.
struct Part {
  std::string name;
  Axis rows;
  int first = 0;
};

/// Reads the arrays of one checkpoint.
class Packer {
 public:
  Packer(const model::Decoder& decoder, DecoderProfile profile) : decoder_(decoder), profile_(profile) {}

  /// The parts below each other, each with its bias if there is one.
  DecoderMatrix matrix(const std::vector<Part>& parts, const Axis& columns) const {
    int rows = 0;
    bool biased = false;
    for (const Part& part : parts) {
      rows += part.rows.size();
      biased = biased || decoder_.weights.contains(part.name + ".bias");
    }
    DecoderFloats bias;
    for (const Part& part : parts) {
      if (biased) append_bias(part, bias);
    }
    std::vector<float> source(static_cast<size_t>(columns.groups) * static_cast<size_t>(columns.width));
    const auto read = [&](int row, std::span<float> out) {
      const Part* part = parts.data();
      for (; row >= part->rows.size(); ++part) row -= part->rows.size();
      const int from = part->rows.source(row);
      if (from < 0) return std::fill(out.begin(), out.end(), 0.0f);
      this->read(part->name, part->first + from, source);
      columns.spread(source, out);
    };
    if (profile_ == DecoderProfile::kFloat) {
      return kernels::PackedFloatMatrix(rows, columns.size(), read, bias);
    }
    std::vector<float> floats(static_cast<size_t>(columns.size()));
    const auto quantise = [&](int row, std::span<int8_t> out) {
      read(row, floats);
      return model::quantise_row(floats, out);
    };
    return kernels::PackedMatrix(rows, columns.size(), quantise, bias);
  }

  /// A vector, padded.
  DecoderFloats vector(const std::string& name, int width) const {
    DecoderFloats result(static_cast<size_t>(padded(width)));
    read(name, 0, {result.data(), static_cast<size_t>(width)});
    return result;
  }

  DecoderNorm norm(const std::string& name) const {
    DecoderNorm norm{.gain = vector(name + ".gain", decoder_.shape.width), .offset = {}};
    if (decoder_.shape.norm == model::Norm::kLayer) norm.offset = vector(name + ".offset", decoder_.shape.width);
    return norm;
  }

  /// Row `row` of an array whose rows have out.size() numbers, all of them finite and not too large.
  void read(const std::string& name, int64_t row, std::span<float> out) const {
    const auto found = decoder_.weights.find(name);
    if (found == decoder_.weights.end() || row >= found->second.rows ||
        found->second.columns != static_cast<int64_t>(out.size())) {
      throw Error(ErrorKind::kCorrupt, fmt::format("{}: missing, or not of the size that the shape tells", name));
    }
    found->second.read(row, out);
    // A comparison with NaN is false. Nothing else than the comparisons is in the loop, so that it is a fast one.
    int wrong = 0;
    for (const float number : out) wrong += std::fabs(number) <= DecoderWeights::kLargestWeight ? 0 : 1;
    if (wrong != 0) refuse(name, row, out);
  }

 private:
  [[noreturn]] static void refuse(const std::string& name, int64_t row, std::span<const float> numbers) {
    if (!std::all_of(numbers.begin(), numbers.end(), [](float number) { return std::isfinite(number); })) {
      throw Error(ErrorKind::kCorrupt, fmt::format("{}: row {} has a number that is not finite", name, row));
    }
    throw Error(ErrorKind::kUnsupported,
                fmt::format("{}: row {} has a number beyond {}", name, row, DecoderWeights::kLargestWeight));
  }

  void append_bias(const Part& part, DecoderFloats& bias) const {
    const std::string name = part.name + ".bias";
    std::vector<float> source(static_cast<size_t>(part.rows.groups) * static_cast<size_t>(part.rows.width));
    if (decoder_.weights.contains(name)) read(name, 0, source);
    for (int r = 0; r < part.rows.size(); ++r) {
      const int at = part.rows.source(r);
      bias.push_back(at < 0 ? 0.0f : source[static_cast<size_t>(at)]);
    }
  }

  const model::Decoder& decoder_;
  DecoderProfile profile_;
};

/// The tasks of a packing, and the first error of them.
class Tasks {
 public:
  explicit Tasks(unsigned threads) : pool_(std::max(threads, 1u)) {}

  template <typename Task>
  void add(Task task) {
    results_.push_back(pool_.submit(std::move(task)));
  }
  void finish() {
    for (std::future<void>& result : results_) result.wait();
    for (std::future<void>& result : results_) result.get();
  }

 private:
  std::vector<std::future<void>> results_;
  base::ThreadPool pool_;
};

size_t bytes_of(const DecoderMatrix& matrix) {
  return std::visit([](const auto& form) { return form.bytes(); }, matrix);
}

size_t bytes_of(const std::optional<DecoderMatrix>& matrix) { return bytes_of(*matrix); }

size_t bytes_of(const DecoderNorm& norm) { return (norm.gain.size() + norm.offset.size()) * sizeof(float); }

}  // namespace

DecoderWeights::DecoderWeights(const model::Decoder& decoder, DecoderProfile chosen, unsigned threads)
    : shape(decoder.shape),
      profile(chosen),
      width(padded(shape.width)),
      head_width(padded(shape.head_width)),
      feed_width(padded(shape.feed_width)) {
  const Packer packer(decoder, profile);
  const Axis stream{.width = shape.width};
  const Axis heads{.groups = shape.heads, .width = shape.head_width};
  const Axis shared{.groups = shape.key_value_heads, .width = shape.head_width};
  const Axis feed{.width = shape.feed_width};

  // What tasks write to outlives them and does not move: all vectors get their sizes first.
  std::vector<std::optional<DecoderMatrix>> parts[2];
  Tasks tasks(threads);
  const auto pack_ids = [&](std::vector<std::optional<DecoderMatrix>>& to, const std::string& name) {
    to.resize(static_cast<size_t>((shape.vocabulary + kPartIds - 1) / kPartIds));
    for (size_t i = 0; i < to.size(); ++i) {
      const int first = static_cast<int>(i) * kPartIds;
      const Part part{.name = name, .rows = {.width = std::min(kPartIds, shape.vocabulary - first)}, .first = first};
      tasks.add([&packer, &to, i, part, stream] { to[i] = packer.matrix({part}, stream); });
    }
  };
  pack_ids(parts[0], "embedding");
  if (!shape.tied) pack_ids(parts[1], "output");

  layers.resize(static_cast<size_t>(shape.layers));
  for (int i = 0; i < shape.layers; ++i) {
    DecoderLayer& layer = layers[static_cast<size_t>(i)];
    const std::string name = fmt::format("layers.{}.", i);
    layer.attention_norm = packer.norm(name + "attention_norm");
    layer.feed_norm = packer.norm(name + "feed_norm");
    tasks.add([&layer, &packer, name, heads, shared, stream] {
      layer.attention_input =
          packer.matrix({{name + "query", heads}, {name + "key", shared}, {name + "value", shared}}, stream);
    });
    tasks.add([&layer, &packer, name, heads, stream] {
      layer.attention_output = packer.matrix({{name + "attention_output", stream}}, heads);
    });
    tasks.add([this, &layer, &packer, name, feed, stream] {
      std::vector<Part> rows;
      if (shape.gated) rows.push_back({name + "feed.gate", feed});
      rows.push_back({name + "feed.up", feed});
      layer.feed_input = packer.matrix(rows, stream);
    });
    tasks.add([&layer, &packer, name, feed, stream] {
      layer.feed_output = packer.matrix({{name + "feed.down", stream}}, feed);
    });
    layer.seen = std::min({shape.context, kMostSlots, shape.is_local(i) ? shape.window : kMostSlots});
    constexpr int kBlock = kernels::kAttentionBlock;
    layer.attention = {.heads = shape.heads,
                       .key_value_heads = shape.key_value_heads,
                       .head_width = head_width,
                       .slots = (layer.seen + kBlock - 1) / kBlock * kBlock};
    layer.cache_offset = lane_bytes;
    lane_bytes += profile == DecoderProfile::kInt8 ? kernels::cache_bytes(layer.attention)
                                                   : kernels::float_cache_bytes(layer.attention);
  }
  output_norm = packer.norm("output_norm");
  if (shape.learned_positions) {
    positions.resize(static_cast<size_t>(shape.context) * static_cast<size_t>(width));
    for (size_t i = 0; i < static_cast<size_t>(shape.context); ++i) {
      packer.read("positions", static_cast<int64_t>(i),
                  {positions.data() + i * static_cast<size_t>(width), static_cast<size_t>(shape.width)});
    }
  }
  if (shape.rotary_width > 0) {
    rotary = Rotary(RotaryShape{.width = shape.rotary_width,
                                .base = shape.rotary_base,
                                .factor = shape.rotary_factor,
                                .low_factor = shape.rotary_low_factor,
                                .high_factor = shape.rotary_high_factor,
                                .original_context = shape.rotary_original_context});
  }
  tasks.finish();

  for (std::optional<DecoderMatrix>& part : parts[0]) embedding.push_back(*std::move(part));
  for (std::optional<DecoderMatrix>& part : parts[1]) head.push_back(*std::move(part));
  for (const DecoderMatrix& part : embedding) bytes += bytes_of(part);
  for (const DecoderMatrix& part : head) bytes += bytes_of(part);
  bytes += positions.size() * sizeof(float) + bytes_of(output_norm);
  for (const DecoderLayer& layer : layers) {
    bytes += bytes_of(layer.attention_norm) + bytes_of(layer.feed_norm) + bytes_of(layer.attention_input) +
             bytes_of(layer.attention_output) + bytes_of(layer.feed_input) + bytes_of(layer.feed_output);
  }
}

std::shared_ptr<const DecoderWeights> pack_decoder(const model::Decoder& decoder, DecoderProfile profile,
                                                   unsigned threads) {
  return std::make_shared<const DecoderWeights>(decoder, profile, threads);
}

uint64_t weight_bytes(const DecoderWeights& weights) { return weights.bytes; }
uint64_t lane_bytes(const DecoderWeights& weights) { return weights.lane_bytes; }

}  // namespace lmzip::predict
