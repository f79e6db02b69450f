// SPDX-License-Identifier: Apache-2.0
#include "predict/sequence_reader.h"

#include <algorithm>
#include <utility>

#include "lmzip/error.h"

namespace lmzip::predict {
namespace {

/// Positions in a pass that cost little more than one: up to here our engine's products of int8 are bound by reading
/// weights. Mixing guided by the shipped model, 500 KB of Wikipedia took 8.9 s to decode with 1, 6.8 with 2, 6.5 with 3
/// and 7.0 with 4.
/// Where the second cache is smaller than the weights, a pass takes as long as reading them from the third: 1.9 MB in
/// 21 us on a Zen 5 core, 90 GB/s, whether for 1, 2 or 3 positions; neither prefetching (into any cache) nor huge pages
/// made that faster.
constexpr size_t kFreeBatch = 3;

}  // namespace

SequenceReader::SequenceReader(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart, Symbol start,
                               Weighing weighing)
    : network_(std::move(network)), restart_(restart), start_(start), weighing_(std::move(weighing)) {
  lanes_.reserve(static_cast<size_t>(lanes));
  for (int i = 0; i < lanes; ++i) lanes_.emplace_back(network_->open_lane(), start_);
}

std::span<const uint32_t> SequenceReader::weights(int lane) {
  Lane& chosen = lanes_[static_cast<size_t>(lane)];
  if (chosen.waits()) compute();
  return std::span(chosen.weights).subspan(chosen.next * weighing_.weights, weighing_.weights);
}

void SequenceReader::feed(int lane, Symbol symbol) {
  Lane& chosen = lanes_[static_cast<size_t>(lane)];
  if (chosen.waits()) compute();  // fed without having been asked: the symbol before has yet to be read
  if (!chosen.upcoming.empty()) {
    if (chosen.upcoming.front() != symbol) throw Error(ErrorKind::kUsage, "another symbol than foreseen");
    chosen.upcoming = chosen.upcoming.subspan(1);
  }
  if (chosen.guesser) compare_with_guess(chosen, symbol);
  chosen.last = symbol;
  ++chosen.next;
}

void SequenceReader::guess_ahead() {
  if (restart_.after != 0) return;  // what is read again would have to be forgotten, too
  if (lanes_.size() > 1) return;    // several lanes in step share the weights without any guess, and none is wrong
  if (lanes_.front().state->keep(kFreeBatch)) lanes_.front().guesser.emplace();
}

void SequenceReader::compare_with_guess(Lane& lane, Symbol symbol) {
  lane.guesser->add(static_cast<uint8_t>(symbol));
  if (lane.next >= lane.guesses.size() || lane.guesses[lane.next] == symbol) return;
  const size_t wrong = lane.computed - 1 - lane.next;
  lane.state->back(wrong);
  lane.position -= wrong;
  lane.computed -= wrong;
  lane.guesses.clear();
}

void SequenceReader::begin_anew(Lane& lane) {
  lane.state->restart();
  lane.position = 0;
  if (restart_.overlap == 0) {
    lane.last = start_;
    return;
  }
  const std::vector<Symbol> again(lane.read.end() - static_cast<ptrdiff_t>(restart_.overlap - 1), lane.read.end());
  lane.read.clear();
  add_input(lane, start_);
  for (const Symbol symbol : again) add_input(lane, symbol);
}

void SequenceReader::add_input(Lane& lane, Symbol symbol) {
  batch_.push_back({lane.state.get(), symbol});
  ++lane.position;
  if (restart_.overlap != 0) lane.read.push_back(symbol);
}

/// Weights for every lane that waits for them: for a single position, or for as many as are known ahead.
void SequenceReader::compute() {
  waiting_.clear();
  batch_.clear();
  for (Lane& lane : lanes_) {
    if (!lane.waits()) continue;
    waiting_.push_back(&lane);
    if (restart_.after != 0 && lane.position == restart_.after) begin_anew(lane);
  }
  if (!batch_.empty()) network_->forward(batch_, {});
  batch_.clear();
  const size_t ahead = std::max<size_t>(1, network_->ahead() / waiting_.size());
  for (Lane* const lane : waiting_) {
    const uint64_t left = restart_.after == 0 ? ahead : restart_.after - lane->position;
    lane->next = 0;
    lane->computed = std::clamp<size_t>(lane->upcoming.size(), 1, std::min<uint64_t>(ahead, left));
    lane->guesses.clear();
    if (lane->guesser && lane->upcoming.empty()) {
      lane->guesses.resize(kFreeBatch - 1);
      lane->guesser->guess(lane->guesses);
      lane->computed = 1 + lane->guesses.size();
    }
    const std::span<const Symbol> known =
        lane->guesses.empty() ? lane->upcoming : std::span<const Symbol>(lane->guesses);
    add_input(*lane, lane->last);
    for (size_t i = 1; i < lane->computed; ++i) add_input(*lane, known[i - 1]);
  }
  const size_t symbols = network_->symbols();
  logits_.resize(batch_.size() * symbols);
  network_->forward(batch_, logits_);

  const float* logits = logits_.data();
  for (Lane* const lane : waiting_) {
    lane->weights.resize(lane->computed * weighing_.weights);
    for (size_t i = 0; i < lane->computed; ++i, logits += symbols) {
      weighing_.weigh(logits, lane->weights.data() + i * weighing_.weights);
    }
  }
}

}  // namespace lmzip::predict
