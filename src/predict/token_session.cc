// SPDX-License-Identifier: Apache-2.0
#include "predict/token_session.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/exp2.h"
#include "lmzip/error.h"
#include "predict/sequence_reader.h"

namespace lmzip::predict {
namespace {

constexpr float kLog2E = 1.44269504f;
/// Of the likeliest token. A group of 512 such tokens, times the largest total, still fits 64 bits.
constexpr float kUnit = 0x1p30f;

/// 2^30 softmax(logits) relative to the likeliest of `ids`, in the order of `ids`.
void weigh(std::span<const Symbol> ids, const float* logits, uint32_t* weights) {
  float best = logits[ids[0]];
  for (const Symbol id : ids) best = std::max(best, logits[id]);
  for (size_t i = 0; i < ids.size(); ++i) {
    weights[i] = static_cast<uint32_t>(kernels::exp2_approx((logits[ids[i]] - best) * kLog2E) * kUnit);
  }
}

/// Nothing remains of all but the `top` < weights.size() largest, of equals the first; and of each of these at least 1.
/// `candidates` is room to work in. The limit below which nothing counts rises with every `top` candidates, so few
/// numbers of a large vocabulary become any: 50,000 take some 60 microseconds for a top of 100.
void keep_largest(std::span<uint32_t> weights, size_t top, std::vector<uint32_t>& candidates) {
  candidates.clear();
  uint32_t limit = 0;  // the smallest of the `top` largest so far
  const auto select = [&] {
    std::nth_element(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(top - 1), candidates.end(),
                     std::greater<>());
    candidates.resize(top);
    limit = candidates.back();
  };
  for (const uint32_t weight : weights) {
    if (weight <= limit && candidates.size() >= top) continue;
    candidates.push_back(weight);
    if (candidates.size() == 2 * top) select();
  }
  select();
  auto equals = std::ranges::count(candidates, limit);
  for (uint32_t& weight : weights) {
    const bool stays = weight > limit || (weight == limit && equals-- > 0);
    weight = stays ? std::max(weight, 1u) : 0;
  }
}

class TokenSession final : public Session {
 public:
  TokenSession(std::unique_ptr<SequenceNetwork> network, const TokenCode& code, int lanes, const TokenRules& rules)
      : code_(code),
        top_(rules.top < code.ids().size() ? rules.top : 0),
        reader_(std::move(network), lanes, rules.restart, code.vocabulary().start(),
                {code.ids().size(),
                 [this](const float* logits, uint32_t* weights) {
                   weigh(code_.ids(), logits, weights);
                   if (top_ != 0) keep_largest({weights, code_.ids().size()}, top_, candidates_);
                 }}),
        lanes_(static_cast<size_t>(lanes)) {}

  int lanes() const override { return reader_.lanes(); }

  const FrequencyTable& forecast(int lane) override {
    Lane& chosen = lanes_[static_cast<size_t>(lane)];
    if (!chosen.fresh) {
      if (!chosen.group) {
        forecast_group(chosen, reader_.weights(lane));
      } else if (*chosen.group == code_.escape()) {
        // One byte alone is no alphabet: a second symbol, never coded, makes it one.
        chosen.frequencies.assign(std::max<size_t>(2, code_.escaped().size()), 1);
      } else {
        forecast_place(chosen, reader_.weights(lane));
      }
      chosen.table.assign(chosen.frequencies);
      chosen.fresh = true;
    }
    return chosen.table;
  }

  void advance(std::span<const Symbol> next) override {
    for (size_t i = 0; i < lanes_.size(); ++i) {
      if (next[i] == kIdle) continue;
      Lane& lane = lanes_[i];
      lane.fresh = false;
      if (!lane.group) {
        if (next[i] > code_.groups()) throw Error(ErrorKind::kUsage, "no group of tokens");
        lane.group = next[i];
        continue;
      }
      const Symbol group = *std::exchange(lane.group, std::nullopt);
      if (group == code_.escape()) {
        ++lane.counts.escapes;
        continue;
      }
      const size_t at = code_.start(group) + next[i];
      if (at >= code_.start(group + 1)) throw Error(ErrorKind::kUsage, "no token of the group");
      ++lane.counts.tokens;
      if (top_ != 0 && reader_.weights(static_cast<int>(i))[at] == 0) ++lane.counts.misses;
      reader_.feed(static_cast<int>(i), code_.ids()[at]);
    }
  }

  void foresee(int lane, std::span<const Symbol> upcoming) override {
    std::vector<Symbol>& tokens = lanes_[static_cast<size_t>(lane)].upcoming;
    tokens.clear();
    for (size_t i = 0; i + 1 < upcoming.size(); i += 2) {
      if (upcoming[i] != code_.escape()) tokens.push_back(code_.ids()[code_.start(upcoming[i]) + upcoming[i + 1]]);
    }
    reader_.foresee(lane, tokens);
  }

  TokenCounts counts(int lane) const override { return lanes_[static_cast<size_t>(lane)].counts; }

 private:
  struct Lane {
    std::optional<Symbol> group;  ///< coded, its place not yet
    TokenCounts counts;           ///< so far
    std::vector<Symbol> upcoming;
    std::vector<uint32_t> frequencies;
    FrequencyTable table;
    bool fresh = false;  ///< table is that of the next symbol
  };

  /// Proportional to `weight` of `sum`, at least 1; `room` is what is to be shared.
  static uint32_t share(uint64_t weight, uint64_t sum, uint64_t room) {
    return static_cast<uint32_t>(1 + (sum == 0 ? 0 : weight * room / sum));
  }

  /// What the frequencies of groups, without the 1 that each has anyway, add up to.
  struct Rooms {
    uint64_t likeliest, others;  ///< of tokens: others are those outside the top
    uint32_t escape;
  };

  Rooms rooms(const Lane& lane) const {
    const auto& [tokens, escapes, misses] = lane.counts;
    uint64_t room = FrequencyTable::kMaxTotal - code_.groups();
    uint32_t escape = 0;
    if (!code_.escaped().empty()) {
      const uint64_t due = room * (16 * escapes + 1) / (16 * (tokens + escapes) + 65536);
      escape = static_cast<uint32_t>(1 + std::min(due, room / 2));
      room -= escape;
    }
    const uint64_t others = top_ == 0 ? 0 : room * (2 * misses + 1) / (2 * tokens + 64);
    return {room - others, others, escape};
  }

  /// Some tokens' part of a room.
  uint64_t part_of_others(std::span<const uint32_t> weights, uint64_t room) const {
    if (top_ == 0) return 0;
    return static_cast<uint64_t>(std::ranges::count(weights, 0u)) * room / (code_.ids().size() - top_);
  }

  void forecast_group(Lane& lane, std::span<const uint32_t> weights) {
    const Rooms rooms = this->rooms(lane);
    const uint64_t all = sum_of(weights);
    lane.frequencies.clear();
    for (size_t group = 0; group < code_.groups(); ++group) {
      const std::span<const uint32_t> own = of_group(weights, group);
      lane.frequencies.push_back(share(sum_of(own), all, rooms.likeliest) +
                                 static_cast<uint32_t>(part_of_others(own, rooms.others)));
    }
    if (rooms.escape != 0) lane.frequencies.push_back(rooms.escape);
  }

  void forecast_place(Lane& lane, std::span<const uint32_t> all_weights) {
    const std::span<const uint32_t> weights = of_group(all_weights, *lane.group);
    const uint64_t sum = sum_of(weights);
    uint64_t room = FrequencyTable::kMaxTotal - weights.size();
    uint32_t other = 1;
    if (const auto others = static_cast<uint64_t>(std::ranges::count(weights, 0u)); top_ != 0 && others != 0) {
      // As the group's frequency is made up; a half for either part, as it may be less than 1.
      const Rooms rooms = this->rooms(lane);
      const uint64_t likely = 2 * (share(sum, sum_of(all_weights), rooms.likeliest) - 1) + 1;
      const uint64_t missed = 2 * part_of_others(weights, rooms.others) + 1;
      const uint64_t left = sum == 0 ? room : room * missed / (likely + missed);
      other += static_cast<uint32_t>(left / others);
      room -= left;
    }
    lane.frequencies.clear();
    for (const uint32_t weight : weights) {
      lane.frequencies.push_back(weight == 0 && top_ != 0 ? other : share(weight, sum, room));
    }
  }

  static uint64_t sum_of(std::span<const uint32_t> weights) {
    return std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  }
  std::span<const uint32_t> of_group(std::span<const uint32_t> weights, size_t group) const {
    return weights.subspan(code_.start(group), code_.start(group + 1) - code_.start(group));
  }

  const TokenCode& code_;
  const uint64_t top_;                ///< 0: all
  std::vector<uint32_t> candidates_;  ///< in keep_largest()
  SequenceReader reader_;
  std::vector<Lane> lanes_;
};

}  // namespace

std::unique_ptr<Session> open_tokens(std::unique_ptr<SequenceNetwork> network, const TokenCode& code, int lanes,
                                     const TokenRules& rules) {
  return std::make_unique<TokenSession>(std::move(network), code, lanes, rules);
}

}  // namespace lmzip::predict
