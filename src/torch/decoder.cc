// SPDX-License-Identifier: Apache-2.0
#include "torch/decoder.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "torch/decoder_tensors.h"
#include "torch/guarded.h"

namespace lmzip::torch_plugin {
namespace {

constexpr int kWidths[] = {24, 8, 1};

/// Positions are looked at in steps of so many, so that few shapes occur.
constexpr int64_t kStep = 64;

/// The keys and values of one batch of lanes: for each layer [width * key-value heads, capacity, head width], zeros
/// where nothing was written yet.
struct Bank {
  struct Memory {
    at::Tensor keys, values;
  };
  std::vector<Memory> layers;
  int64_t capacity[2] = {0, 0};  ///< of layers that see all, of local ones
  int lanes = 0;                 ///< opened; each has the row of its number
};

struct Lane final : predict::SequenceLane {
  Lane(std::shared_ptr<Bank> to, int at) : bank(std::move(to)), row(at) {}
  void restart() override { position = 0; }

  std::shared_ptr<Bank> bank;
  int row;
  int64_t position = 0;  ///< of the next input
};

Lane& lane_of(const predict::SequenceInput& input) { return static_cast<Lane&>(*input.lane); }

/// What attention needs to know of a batch's positions: one for the layers that see all, one for local ones.
struct Sight {
  struct Span {
    int64_t length;     ///< slots that are looked at
    at::Tensor hidden;  ///< [rows, 1, 1, length]: those of them that do not count
    at::Tensor rows;    ///< [rows, 1]: whose length it is; undefined for the first span
  };
  int64_t capacity = 0;
  at::Tensor places;  ///< in memory, of what the rows that step bring: for each of them key-value heads
  std::vector<Span> spans;
};

class Network final : public predict::SequenceNetwork {
 public:
  Network(std::shared_ptr<const DecoderTensors> tensors, int width)
      : shared_(std::move(tensors)), model_(*shared_), shape_(model_.shape), width_(width) {}

  std::unique_ptr<predict::SequenceLane> open_lane() const override {
    if (!newest_ || newest_->lanes == width_) {
      newest_ = std::make_shared<Bank>();
      newest_->layers.resize(model_.layers.size());
    }
    return std::make_unique<Lane>(newest_, newest_->lanes++);
  }
  size_t symbols() const override { return static_cast<size_t>(shape_.vocabulary); }
  size_t ahead() const override { return 1; }

  /// In rounds: a round takes lanes of one bank, and the next input of each.
  void forward(std::span<const predict::SequenceInput> inputs, std::span<float> logits) override {
    const at::NoGradGuard no_grad;
    std::vector<size_t> left(inputs.size()), later;
    std::iota(left.begin(), left.end(), size_t{0});
    for (; !left.empty(); left.swap(later)) {
      later.clear();
      Round round{.bank = lane_of(inputs[left[0]]).bank.get(), .inputs = {}};
      std::vector<bool> taken(static_cast<size_t>(width_));
      for (const size_t i : left) {
        const Lane& lane = lane_of(inputs[i]);
        const auto row = static_cast<size_t>(lane.row);
        if (lane.bank.get() != round.bank || taken[row]) {
          later.push_back(i);
          continue;
        }
        taken[row] = true;
        round.inputs.push_back(i);
      }
      guarded([&] { step(round, inputs, logits); });
    }
  }

 private:
  struct Round {
    Bank* bank;
    std::vector<size_t> inputs;  ///< that are part of it
  };

  at::Tensor indices(const std::vector<int64_t>& numbers) const {
    return at::tensor(numbers, at::kLong).to(model_.device);
  }

  void step(const Round& round, std::span<const predict::SequenceInput> inputs, std::span<float> logits) {
    std::vector<int64_t> ids(static_cast<size_t>(width_)), positions(ids.size());
    rows_.clear();
    for (const size_t i : round.inputs) {
      Lane& lane = lane_of(inputs[i]);
      rows_.push_back(lane.row);
      ids[static_cast<size_t>(lane.row)] = inputs[i].symbol;
      positions[static_cast<size_t>(lane.row)] = lane.position++;
    }
    stepping_ = indices(rows_);
    // Rows never meet in attention, where a batch is many small products, on the CPU one after the other.
    attending_ = model_.device.is_cpu() ? round.bank->lanes : width_;
    whole_ = sight_of(positions, model_.seen(false), round.bank->capacity[0]);
    if (shape_.window > 0) local_ = sight_of(positions, model_.seen(true), round.bank->capacity[1]);
    turn(positions);

    at::Tensor x = model_.embedding.index_select(0, indices(ids));
    if (shape_.learned_positions) {
      for (int64_t& position : positions) position = std::min<int64_t>(position, shape_.context - 1);
      x = x + model_.positions.index_select(0, indices(positions));
    }
    for (size_t i = 0; i < model_.layers.size(); ++i) {
      const DecoderLayer& layer = model_.layers[i];
      const at::Tensor attended = attend(layer, layer.local ? local_ : whole_, round.bank->layers[i], x);
      if (!shape_.parallel) x = x + attended;
      const at::Tensor fed = layer.feed_output(model_.activated(layer.feed_input(layer.feed_norm(x))));
      x = (shape_.parallel ? x + attended : x) + fed;
    }
    if (logits.empty()) return;
    const at::Tensor scores = model_.head(model_.output_norm(x)).to(at::kCPU).contiguous();
    for (const size_t i : round.inputs) {
      std::copy_n(scores.data_ptr<float>() + lane_of(inputs[i]).row * shape_.vocabulary, symbols(),
                  logits.data() + i * symbols());
    }
  }

  /// The cosines and sines, [W, 1, pairs] each.
  void turn(const std::vector<int64_t>& positions) {
    const auto pairs = static_cast<size_t>(model_.rotary.pairs());
    if (pairs == 0) return;
    const at::Tensor angles = at::empty({2, width_, 1, static_cast<int64_t>(pairs)}, at::kFloat);
    for (size_t row = 0; row < positions.size(); ++row) {
      float* const cosines = angles.data_ptr<float>() + row * pairs;
      model_.rotary.angles(static_cast<uint64_t>(positions[row]), {cosines, pairs},
                           {cosines + positions.size() * pairs, pairs});
    }
    angles_ = angles.to(model_.device);
  }

  /// How many slots a row looks at depends on its own position only. `capacity` grows where it must.
  Sight sight_of(const std::vector<int64_t>& positions, int64_t seen, int64_t& capacity) const {
    std::vector<int64_t> filled(positions.size(), 1), places;
    std::map<int64_t, std::vector<int64_t>> lengths;  // the rows of each
    for (const int64_t row : rows_) {
      const int64_t count = std::min(positions[static_cast<size_t>(row)] + 1, seen);
      filled[static_cast<size_t>(row)] = count;
      lengths[std::min(seen, (count + kStep - 1) / kStep * kStep)].push_back(row);
    }
    const int64_t longest = lengths.rbegin()->first;
    if (longest > capacity) capacity = std::max(longest, std::min(seen, 2 * capacity));
    for (const int64_t row : rows_) {
      const int64_t slot = positions[static_cast<size_t>(row)] % seen;
      for (int64_t group = 0; group < shape_.key_value_heads; ++group) {
        places.push_back((row * shape_.key_value_heads + group) * capacity + slot);
      }
    }
    Sight sight{.capacity = capacity, .places = indices(places), .spans = {}};
    const at::Tensor ends = indices(filled).narrow(0, 0, attending_).view({attending_, 1, 1, 1});
    for (const auto& [length, rows] : lengths) {
      Sight::Span span{.length = length, .hidden = {}, .rows = {}};
      span.hidden = at::arange(length, ends.options()).view({1, 1, 1, length}).ge(ends);
      if (!sight.spans.empty()) {
        span.rows = at::zeros({attending_, 1}, ends.options().dtype(at::kBool)).index_fill_(0, indices(rows), 1);
      }
      sight.spans.push_back(std::move(span));
    }
    return sight;
  }

  at::Tensor attend(const DecoderLayer& layer, const Sight& sight, Bank::Memory& memory, const at::Tensor& x) {
    const int64_t heads = shape_.heads, groups = shape_.key_value_heads, width = shape_.head_width;
    const at::Tensor all = layer.attention_input(layer.attention_norm(x)).view({width_, heads + 2 * groups, width});
    const at::Tensor turned = rotated(all.narrow(1, 0, heads + groups));
    remember(memory.keys, sight, turned.narrow(1, heads, groups));
    remember(memory.values, sight, all.narrow(1, heads + groups, groups));
    const double scale = shape_.scaled ? 1 / std::sqrt(static_cast<double>(width)) : 1;
    const int64_t rows = attending_, pairs = attending_ * groups, shared = heads / groups;
    const at::Tensor queries = (turned.narrow(0, 0, rows).narrow(1, 0, heads) * scale).view({pairs, shared, width});
    at::Tensor mixed;
    for (const Sight::Span& span : sight.spans) {
      const auto seen = [&](const at::Tensor& all_slots) {
        return all_slots.narrow(0, 0, pairs).narrow(1, 0, span.length);
      };
      const at::Tensor scores = at::bmm(queries, seen(memory.keys).transpose(1, 2));
      const at::Tensor weights =
          at::softmax(scores.view({rows, groups, shared, span.length}).masked_fill(span.hidden, -kInfinity), -1);
      const at::Tensor found = at::bmm(weights.view({pairs, shared, span.length}), seen(memory.values));
      const at::Tensor heads_of_rows = found.view({rows, heads * width});
      mixed = mixed.defined() ? at::where(span.rows, heads_of_rows, mixed) : heads_of_rows;
    }
    mixed = at::constant_pad_nd(mixed, {0, 0, 0, width_ - rows});
    return layer.attention_output(mixed);
  }

  at::Tensor rotated(const at::Tensor& heads) const {
    if (shape_.rotary_width == 0) return heads;
    const int64_t pairs = shape_.rotary_width / 2;
    const at::Tensor a = heads.narrow(2, 0, pairs), b = heads.narrow(2, pairs, pairs);
    const at::Tensor &cosines = angles_[0], sines = angles_[1];
    return at::cat(
        {a * cosines - b * sines, a * sines + b * cosines, heads.narrow(2, 2 * pairs, shape_.head_width - 2 * pairs)},
        2);
  }

  /// Writes what the rows that step have brought, of [W, key-value heads, head width].
  void remember(at::Tensor& memory, const Sight& sight, const at::Tensor& brought) const {
    const int64_t width = shape_.head_width;
    if (!memory.defined() || memory.size(1) < sight.capacity) {
      const at::Tensor larger = at::zeros({width_ * shape_.key_value_heads, sight.capacity, width}, brought.options());
      if (memory.defined()) larger.narrow(1, 0, memory.size(1)).copy_(memory);
      memory = larger;
    }
    memory.view({-1, width}).index_copy_(0, sight.places, brought.index_select(0, stepping_).reshape({-1, width}));
  }

  static constexpr float kInfinity = std::numeric_limits<float>::infinity();

  std::shared_ptr<const DecoderTensors> shared_;
  const DecoderTensors& model_;
  const model::DecoderShape& shape_;
  const int64_t width_;
  mutable std::shared_ptr<Bank> newest_;
  std::vector<int64_t> rows_;  ///< that step
  at::Tensor stepping_;        ///< the same
  int64_t attending_ = 0;      ///< rows, the first ones, that attention is computed for
  at::Tensor angles_;
  Sight whole_, local_;
};

/// The logits behind a few symbols, for each of `count` lanes that are fed the same.
std::vector<float> trial(const std::shared_ptr<const DecoderTensors>& tensors, int width, int count) {
  constexpr Symbol kSteps = 4;
  Network network(tensors, width);
  const size_t symbols = network.symbols();
  std::vector<std::unique_ptr<predict::SequenceLane>> lanes;
  std::vector<predict::SequenceInput> inputs;
  for (int i = 0; i < count; ++i) lanes.push_back(network.open_lane());
  for (const auto& lane : lanes) {
    for (Symbol i = 0; i < kSteps; ++i) inputs.push_back({lane.get(), i * 7919 % static_cast<Symbol>(symbols)});
  }
  std::vector<float> logits(inputs.size() * symbols);
  network.forward(inputs, logits);
  return logits;
}

/// Whether every row of a batch gets the bits that the first gets without the others.
bool rows_are_alike(const std::shared_ptr<const DecoderTensors>& tensors, int width) {
  const std::vector<float> alone = trial(tensors, width, 1), all = trial(tensors, width, width);
  for (size_t at = 0; at < all.size(); at += alone.size()) {
    if (std::memcmp(all.data() + at, alone.data(), alone.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

class Engine final : public predict::DecoderEngine {
 public:
  Engine(std::shared_ptr<const DecoderTensors> tensors, int width) : tensors_(std::move(tensors)), width_(width) {}

  std::unique_ptr<predict::SequenceNetwork> open() const override {
    return std::make_unique<Network>(tensors_, width_);
  }
  uint64_t lane_bytes() const override {
    const model::DecoderShape& shape = tensors_->shape;
    int64_t positions = 0;
    for (const DecoderLayer& layer : tensors_->layers) positions += tensors_->seen(layer.local);
    return static_cast<uint64_t>(positions * 2 * shape.key_value_heads * shape.head_width) * sizeof(float);
  }
  Numerics numerics() const override { return Numerics::kHostBound; }
  std::string options() const override { return ",engine=torch"; }

 private:
  std::shared_ptr<const DecoderTensors> tensors_;
  int width_;
};

std::shared_ptr<const DecoderTensors> load(const model::Decoder& decoder, at::Device device) {
  // Of the process: nothing else of libtorch runs beside this.
  at::set_num_threads(1);
  at::globalContext().setAllowTF32CuBLAS(false);
  return std::make_shared<const DecoderTensors>(decoder, device);
}

}  // namespace

at::Device decoder_device() { return at::globalContext().hasCUDA() ? at::kCUDA : at::kCPU; }

std::shared_ptr<const predict::DecoderEngine> make_decoder_engine(const model::Decoder& decoder, at::Device device) {
  return guarded([&] {
    const std::shared_ptr<const DecoderTensors> tensors = load(decoder, device);
    const int* width = std::begin(kWidths);
    while (*width > 1 && !rows_are_alike(tensors, *width)) ++width;
    return std::make_shared<const Engine>(tensors, *width);
  });
}

std::shared_ptr<const predict::DecoderEngine> make_decoder_engine(const model::Decoder& decoder, at::Device device,
                                                                  int width) {
  return guarded([&] { return std::make_shared<const Engine>(load(decoder, device), width); });
}

}  // namespace lmzip::torch_plugin
