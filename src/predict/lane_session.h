// SPDX-License-Identifier: Apache-2.0
// A Session whose lanes share nothing: what is left to write is one lane.
#pragma once

#include <span>
#include <vector>

#include "lmzip/predictor.h"

namespace lmzip::predict {

/// Makes a Session of any `Model` of one symbol stream that has
///   void forecast(FrequencyTable& table);   // the distribution of the next symbol
///   void advance(Symbol symbol);            // the next symbol was this one
/// and, if it can go back (see Session::mark()), mark() and rewind().
/// A table is made at most once per symbol, when it is asked for; lanes that are fed only (or idle) cost none.
template <typename Model>
class LaneSession final : public Session {
 public:
  /// Each lane's model is made from `arguments`.
  template <typename... Arguments>
  explicit LaneSession(int lanes, const Arguments&... arguments) {
    lanes_.reserve(static_cast<size_t>(lanes));
    for (int i = 0; i < lanes; ++i) lanes_.emplace_back(arguments...);
  }

  int lanes() const override { return static_cast<int>(lanes_.size()); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (!chosen.fresh) {
      chosen.model.forecast(chosen.table);
      chosen.fresh = true;
    }
    return chosen.table;
  }

  void mark(int lane) override {
    if constexpr (requires(Model & model) { model.mark(); }) {
      lanes_[static_cast<size_t>(lane)].model.mark();
    } else {
      Session::mark(lane);
    }
  }

  void rewind(int lane) override {
    if constexpr (requires(Model & model) { model.rewind(); }) {
      Lane& chosen = lanes_[static_cast<size_t>(lane)];
      chosen.model.rewind();
      chosen.fresh = false;
    } else {
      Session::rewind(lane);
    }
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      lanes_[i].model.advance(next[i]);
      lanes_[i].fresh = false;
    }
  }

 private:
  struct Lane {
    template <typename... Arguments>
    explicit Lane(const Arguments&... arguments) : model(arguments...) {}

    Model model;
    FrequencyTable table;
    bool fresh = false;  ///< table belongs to the model's present state
  };
  std::vector<Lane> lanes_;
};

}  // namespace lmzip::predict
