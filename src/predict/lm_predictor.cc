// SPDX-License-Identifier: Apache-2.0
#include "predict/lm_predictor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "lmzip/error.h"
#include "predict/lm_network.h"
#include "predict/lm_weights.h"

namespace lmzip::predict {
namespace {

/// Positions computed in one pass over the weights when symbols are known ahead. More do not make the products faster,
/// but the scratch memory leaves the first cache.
constexpr size_t kAhead = 32;

/// Lanes of a session share every pass over the weights, but each brings its keys and values into the caches. Measured
/// at a context of 2048 bytes, 1 MiB of L2 and 32 MiB of L3: with 64 KB of weights per layer 1 to 8 lanes of 1.3 MB are
/// equally fast and 16 are half as fast; with 800 KB per layer 2 lanes of 4.7 MB are the fastest and 4 lose a quarter.
constexpr size_t kLanesMemory = size_t{10} << 20;
constexpr size_t kMostLanes = 16;

/// A lane's part of a session's tables and scratch memory, bytes: a rough upper bound.
constexpr uint64_t kLaneScratch = uint64_t{1} << 18;

/// The input of a position without a byte before it (FORMAT.md).
constexpr uint8_t kStart = 0;

/// When a stream's context begins anew.
struct Restart {
  uint64_t after = 0;    ///< positions; 0: never
  uint64_t overlap = 0;  ///< so many of the new context's positions read again what was read last
};

/// Attention to all of a context has no meaning beyond the lengths it was trained on: measured on a trained model, keys
/// and values of a window that slides past its beginning predict worse than no context at all. So a full context is
/// followed by one that begins with its second half, read again. That costs what sliding would: each byte is read twice
/// with half the positions to attend to. A window shorter than the context has slid in training; it may go on.
Restart restart_of(const model::Architecture& shape, unsigned chunk) {
  if (chunk != 0) return {.after = chunk};
  if (!shape.has(model::Mixer::kAttention) || shape.window < shape.context) return {};
  const auto context = static_cast<uint64_t>(shape.context);
  return {.after = context, .overlap = context / 2};
}

class LmSession final : public Session {
 public:
  LmSession(std::shared_ptr<const LmWeights> weights, int lanes, Restart restart)
      : weights_(std::move(weights)), network_(*weights_), restart_(restart) {
    lanes_.reserve(static_cast<size_t>(lanes));
    for (int i = 0; i < lanes; ++i) lanes_.emplace_back(*weights_);
  }

  int lanes() const override { return static_cast<int>(lanes_.size()); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (chosen.waits()) compute();
    if (!chosen.fresh) {
      chosen.table.assign(std::span(chosen.frequencies).subspan(chosen.next * kSymbols, kSymbols));
      chosen.fresh = true;
    }
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& lane = lanes_[i];
      if (lane.waits()) compute();  // fed without having been asked: the byte before has yet to be read
      lane.feed(static_cast<uint8_t>(next[i]));
    }
  }

  void foresee(int lane, ByteSpan upcoming) override { lanes_[static_cast<size_t>(lane)].upcoming = upcoming; }

 private:
  static constexpr size_t kSymbols = model::kVocabulary;

  struct Lane {
    explicit Lane(const LmWeights& weights) : state(weights) {}

    /// Whether the next position has no forecast yet.
    bool waits() const { return next == computed; }

    void feed(uint8_t byte) {
      if (!upcoming.empty()) {
        if (upcoming.front() != byte) throw Error(ErrorKind::kUsage, "another symbol than foreseen");
        upcoming = upcoming.subspan(1);
      }
      last = byte;
      fresh = false;
      ++next;
    }

    LmLane state;
    uint64_t position = 0;              ///< of the next input, in its context
    Bytes read;                         ///< the inputs of this context, if some will be read again
    uint8_t last = kStart;              ///< the byte before the next position
    ByteSpan upcoming;                  ///< what will be fed next, as far as it is known
    std::vector<uint32_t> frequencies;  ///< of the positions computed last, kSymbols each
    size_t computed = 0;                ///< how many those are
    size_t next = 0;                    ///< how many of them have been fed
    FrequencyTable table;
    bool fresh = false;  ///< table is that of position `next`
  };

  void begin_anew(Lane& lane);
  void add_input(Lane& lane, uint8_t byte);
  void compute();

  std::shared_ptr<const LmWeights> weights_;
  LmNetwork network_;
  const Restart restart_;
  std::vector<Lane> lanes_;
  std::vector<Lane*> waiting_;  ///< in compute()
  std::vector<LmInput> batch_;
  std::vector<float> logits_;
};

void LmSession::begin_anew(Lane& lane) {
  lane.state.restart();
  lane.position = 0;
  if (restart_.overlap == 0) {
    lane.last = kStart;
    return;
  }
  const Bytes again(lane.read.end() - static_cast<ptrdiff_t>(restart_.overlap - 1), lane.read.end());
  lane.read.clear();
  batch_.clear();
  add_input(lane, kStart);
  for (const uint8_t byte : again) add_input(lane, byte);
  network_.forward(batch_, {});
}

void LmSession::add_input(Lane& lane, uint8_t byte) {
  batch_.push_back({&lane.state, byte});
  ++lane.position;
  if (restart_.overlap != 0) lane.read.push_back(byte);
}

/// Forecasts for every lane that waits for one: for a single position, or for as many as are known ahead.
void LmSession::compute() {
  waiting_.clear();
  for (Lane& lane : lanes_) {
    if (!lane.waits()) continue;
    waiting_.push_back(&lane);
    if (restart_.after != 0 && lane.position == restart_.after) begin_anew(lane);
  }
  batch_.clear();
  const size_t ahead = std::max<size_t>(1, kAhead / waiting_.size());
  for (Lane* const lane : waiting_) {
    const uint64_t left = restart_.after == 0 ? ahead : restart_.after - lane->position;
    lane->next = 0;
    lane->computed = std::clamp<size_t>(lane->upcoming.size(), 1, std::min<uint64_t>(ahead, left));
    add_input(*lane, lane->last);
    for (size_t i = 1; i < lane->computed; ++i) add_input(*lane, lane->upcoming[i - 1]);
  }
  logits_.resize(batch_.size() * kSymbols);
  network_.forward(batch_, logits_);

  const kernels::Elementwise& kernel = kernels::elementwise();
  const float* logits = logits_.data();
  for (Lane* const lane : waiting_) {
    lane->frequencies.resize(lane->computed * kSymbols);
    for (size_t i = 0; i < lane->computed; ++i, logits += kSymbols) {
      kernel.frequencies(logits, lane->frequencies.data() + i * kSymbols);
    }
  }
}

class LmPredictor final : public Predictor {
 public:
  LmPredictor(std::shared_ptr<const model::Model> model, const LmOptions& options)
      : weights_(std::make_shared<const LmWeights>(std::move(model))),
        restart_(restart_of(weights_->shape(), options.chunk)) {
    if (options.chunk != 0 && (options.chunk < kMinChunk || options.chunk > kMaxChunk)) {
      throw Error(ErrorKind::kUsage, "a chunk has 64 to 65536 bytes");
    }
    info_.spec = fmt::format("lm:{}", options.name);
    if (options.chunk != 0) info_.spec += fmt::format(",chunk={}", options.chunk);
    info_.context_length = restart_.after;
    info_.parameter_bytes = weights_->model().file_bytes();
    info_.lane_bytes = weights_->lane_bytes + kLaneScratch;
    info_.preferred_lanes =
        static_cast<unsigned>(std::clamp<size_t>(kLanesMemory / weights_->lane_bytes, 1, kMostLanes));
    info_.model_digest = weights_->model().digest();
  }

  const PredictorInfo& info() const override { return info_; }

  std::unique_ptr<Session> open(int lanes) const override {
    return std::make_unique<LmSession>(weights_, lanes, restart_);
  }

 private:
  std::shared_ptr<const LmWeights> weights_;
  Restart restart_;
  PredictorInfo info_;
};

}  // namespace

std::shared_ptr<const Predictor> make_lm(std::shared_ptr<const model::Model> model, const LmOptions& options) {
  return std::make_shared<const LmPredictor>(std::move(model), options);
}

}  // namespace lmzip::predict
