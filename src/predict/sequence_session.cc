// SPDX-License-Identifier: Apache-2.0
#include "predict/sequence_session.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "lmzip/error.h"

namespace lmzip::predict {
namespace {

/// The input of a position without a symbol before it (src/model/FORMAT.md).
constexpr Symbol kStart = 0;

class SequenceSession final : public Session {
 public:
  SequenceSession(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart)
      : network_(std::move(network)), symbols_(network_->symbols()), restart_(restart) {
    lanes_.reserve(static_cast<size_t>(lanes));
    for (int i = 0; i < lanes; ++i) lanes_.emplace_back(network_->open_lane());
  }

  int lanes() const override { return static_cast<int>(lanes_.size()); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (chosen.waits()) compute();
    if (!chosen.fresh) {
      chosen.table.assign(std::span(chosen.frequencies).subspan(chosen.next * symbols_, symbols_));
      chosen.fresh = true;
    }
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& lane = lanes_[i];
      if (lane.waits()) compute();  // fed without having been asked: the symbol before has yet to be read
      lane.feed(next[i]);
    }
  }

  void foresee(int lane, std::span<const Symbol> upcoming) override {
    lanes_[static_cast<size_t>(lane)].upcoming = upcoming;
  }

 private:
  struct Lane {
    explicit Lane(std::unique_ptr<SequenceLane> memory) : state(std::move(memory)) {}

    /// Whether the next position has no forecast yet.
    bool waits() const { return next == computed; }

    void feed(Symbol symbol) {
      if (!upcoming.empty()) {
        if (upcoming.front() != symbol) throw Error(ErrorKind::kUsage, "another symbol than foreseen");
        upcoming = upcoming.subspan(1);
      }
      last = symbol;
      fresh = false;
      ++next;
    }

    std::unique_ptr<SequenceLane> state;
    uint64_t position = 0;              ///< of the next input, in its context
    std::vector<Symbol> read;           ///< the inputs of this context, if some will be read again
    Symbol last = kStart;               ///< the symbol before the next position
    std::span<const Symbol> upcoming;   ///< what will be fed next, as far as it is known
    std::vector<uint32_t> frequencies;  ///< of the positions computed last, symbols_ each
    size_t computed = 0;                ///< how many those are
    size_t next = 0;                    ///< how many of them have been fed
    FrequencyTable table;
    bool fresh = false;  ///< table is that of position `next`
  };

  void begin_anew(Lane& lane);
  void add_input(Lane& lane, Symbol symbol);
  void compute();

  std::unique_ptr<SequenceNetwork> network_;
  const size_t symbols_;
  const Restart restart_;
  std::vector<Lane> lanes_;
  std::vector<Lane*> waiting_;  ///< in compute()
  std::vector<SequenceInput> batch_;
  std::vector<float> logits_;
};

void SequenceSession::begin_anew(Lane& lane) {
  lane.state->restart();
  lane.position = 0;
  if (restart_.overlap == 0) {
    lane.last = kStart;
    return;
  }
  const std::vector<Symbol> again(lane.read.end() - static_cast<ptrdiff_t>(restart_.overlap - 1), lane.read.end());
  lane.read.clear();
  batch_.clear();
  add_input(lane, kStart);
  for (const Symbol symbol : again) add_input(lane, symbol);
  network_->forward(batch_, {});
}

void SequenceSession::add_input(Lane& lane, Symbol symbol) {
  batch_.push_back({lane.state.get(), symbol});
  ++lane.position;
  if (restart_.overlap != 0) lane.read.push_back(symbol);
}

/// Forecasts for every lane that waits for one: for a single position, or for as many as are known ahead.
void SequenceSession::compute() {
  waiting_.clear();
  for (Lane& lane : lanes_) {
    if (!lane.waits()) continue;
    waiting_.push_back(&lane);
    if (restart_.after != 0 && lane.position == restart_.after) begin_anew(lane);
  }
  batch_.clear();
  const size_t ahead = std::max<size_t>(1, network_->ahead() / waiting_.size());
  for (Lane* const lane : waiting_) {
    const uint64_t left = restart_.after == 0 ? ahead : restart_.after - lane->position;
    lane->next = 0;
    lane->computed = std::clamp<size_t>(lane->upcoming.size(), 1, std::min<uint64_t>(ahead, left));
    add_input(*lane, lane->last);
    for (size_t i = 1; i < lane->computed; ++i) add_input(*lane, lane->upcoming[i - 1]);
  }
  logits_.resize(batch_.size() * symbols_);
  network_->forward(batch_, logits_);

  const kernels::Elementwise& kernel = kernels::elementwise();
  const float* logits = logits_.data();
  for (Lane* const lane : waiting_) {
    lane->frequencies.resize(lane->computed * symbols_);
    for (size_t i = 0; i < lane->computed; ++i, logits += symbols_) {
      kernel.frequencies(logits, static_cast<int>(symbols_), lane->frequencies.data() + i * symbols_);
    }
  }
}

}  // namespace

Restart restart_of(const model::Architecture& shape, unsigned chunk) {
  if (chunk != 0) {
    if (chunk < kMinChunk || chunk > kMaxChunk) throw Error(ErrorKind::kUsage, "a chunk has 64 to 65536 bytes");
    if (shape.vocabulary != model::kVocabulary) {
      throw Error(ErrorKind::kUsage, "chunk= is for models of bytes; for one of tokens, give the block size");
    }
    return {.after = chunk, .overlap = 0};
  }
  if (!shape.has(model::Mixer::kAttention) || shape.window < shape.context) return {};
  const auto context = static_cast<uint64_t>(shape.context);
  return {.after = context, .overlap = context / 4};
}

std::unique_ptr<Session> open_sequences(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart) {
  return std::make_unique<SequenceSession>(std::move(network), lanes, restart);
}

}  // namespace lmzip::predict
