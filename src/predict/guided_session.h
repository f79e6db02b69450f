// SPDX-License-Identifier: Apache-2.0
// Bit by bit models that hear a network of bytes.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kernels/elementwise.h"
#include "lmzip/predictor.h"
#include "model/model_file.h"
#include "predict/sequence_reader.h"

namespace lmzip::predict {

/// The network reads bytes, the models bits. The network is asked of the bytes that an Ear is open for, and reads only
/// those. Model: p1(), update(), mark() and rewind() of mix::Model, and expect() before the first bit of such a byte.
/// Ear, copyable: hears() says whether it is open for the next byte, add() tells it that byte.
template <typename Model, typename Ear>
class GuidedSession final : public Session {
 public:
  template <typename MakeModel>
  GuidedSession(std::unique_ptr<SequenceNetwork> network, int lanes, Restart restart, const MakeModel& make,
                const Ear& ear)
      : reader_(std::move(network), lanes, restart, kStart,
                {model::kVocabulary, [&kernel = kernels::elementwise()](const float* logits, uint32_t* frequencies) {
                   kernel.frequencies(logits, model::kVocabulary, frequencies);
                 }}) {
    for (int i = 0; i < lanes; ++i) lanes_.emplace_back(make(), ear);
  }

  /// See SequenceReader.
  void guess_ahead() { reader_.guess_ahead(); }

  int lanes() const override { return reader_.lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = listening(lane);
    chosen.table.set_bit(chosen.model->p1());
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& lane = listening(static_cast<int>(i));
      lane.partial = lane.partial << 1 | next[i];
      lane.model->update(static_cast<int>(next[i]));
      if (lane.partial < 256) continue;
      if (lane.ear.hears()) reader_.feed(static_cast<int>(i), lane.partial & 255);
      lane.ear.add(static_cast<uint8_t>(lane.partial & 255));
      lane.partial = 1;
      lane.asked = false;
    }
  }

  void foresee(int lane, std::span<const Symbol> upcoming) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    chosen.upcoming.clear();
    Symbol partial = chosen.partial;
    Ear ear = chosen.ear;
    for (const Symbol bit : upcoming) {
      partial = partial << 1 | bit;
      if (partial < 256) continue;
      if (ear.hears()) chosen.upcoming.push_back(partial & 255);
      ear.add(static_cast<uint8_t>(partial & 255));
      partial = 1;
    }
    reader_.foresee(lane, chosen.upcoming);
  }

  void mark(int lane) override {
    Lane& chosen = listening(lane);
    chosen.marks.push_back(chosen.partial);
    chosen.model->mark();
  }

  void rewind(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    chosen.model->rewind();
    chosen.partial = chosen.marks.back();
    chosen.marks.pop_back();
  }

 private:
  static constexpr Symbol kStart = 0;  ///< the network's input before the first byte

  struct Lane {
    Lane(std::unique_ptr<Model> made, const Ear& fresh) : model(std::move(made)), ear(fresh) {}

    std::unique_ptr<Model> model;
    Ear ear;                       ///< has heard all whole bytes
    bool asked = false;            ///< the network, of the present byte, if it is to be
    Symbol partial = 1;            ///< its bits so far, with a leading one
    std::vector<Symbol> marks;     ///< partial at each
    std::vector<Symbol> upcoming;  ///< bytes that the network is to read
    FrequencyTable table;
  };

  Lane& listening(int lane) {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (!chosen.asked) {
      if (chosen.ear.hears()) chosen.model->expect(reader_.weights(lane).first<model::kVocabulary>());
      chosen.asked = true;
    }
    return chosen;
  }

  SequenceReader reader_;
  std::vector<Lane> lanes_;
};

}  // namespace lmzip::predict
