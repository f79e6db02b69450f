// SPDX-License-Identifier: Apache-2.0
#include "predict/token_session.h"

#include <algorithm>
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

class TokenSession final : public Session {
 public:
  TokenSession(std::unique_ptr<SequenceNetwork> network, const TokenCode& code, int lanes, Restart restart)
      : code_(code),
        reader_(std::move(network), lanes, restart, code.vocabulary().start(),
                {code.ids().size(),
                 [&code](const float* logits, uint32_t* weights) { weigh(code.ids(), logits, weights); }}),
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
        const size_t start = code_.start(*chosen.group);
        forecast_place(chosen, reader_.weights(lane).subspan(start, code_.start(*chosen.group + 1) - start));
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
      ++lane.symbols;
      if (group == code_.escape()) {
        ++lane.escapes;
        continue;
      }
      const size_t at = code_.start(group) + next[i];
      if (at >= code_.start(group + 1)) throw Error(ErrorKind::kUsage, "no token of the group");
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

 private:
  struct Lane {
    std::optional<Symbol> group;  ///< coded, its place not yet
    uint64_t symbols = 0;         ///< tokens and escapes so far
    uint64_t escapes = 0;
    std::vector<Symbol> upcoming;
    std::vector<uint32_t> frequencies;
    FrequencyTable table;
    bool fresh = false;  ///< table is that of the next symbol
  };

  /// Proportional to `weight` of `sum`, at least 1; `room` is what is to be shared.
  static uint32_t share(uint64_t weight, uint64_t sum, uint64_t room) {
    return static_cast<uint32_t>(1 + (sum == 0 ? 0 : weight * room / sum));
  }

  void forecast_group(Lane& lane, std::span<const uint32_t> weights) {
    const size_t groups = code_.groups();
    uint64_t room = FrequencyTable::kMaxTotal - groups;
    uint32_t escape = 0;
    if (!code_.escaped().empty()) {
      const uint64_t due = room * (16 * lane.escapes + 1) / (16 * lane.symbols + 65536);
      escape = static_cast<uint32_t>(1 + std::min(due, room / 2));
      room -= escape;
    }
    std::vector<uint64_t>& sums = sums_;
    sums.resize(groups);
    for (size_t group = 0; group < groups; ++group) {
      sums[group] = std::accumulate(weights.begin() + static_cast<ptrdiff_t>(code_.start(group)),
                                    weights.begin() + static_cast<ptrdiff_t>(code_.start(group + 1)), uint64_t{0});
    }
    const uint64_t all = std::accumulate(sums.begin(), sums.end(), uint64_t{0});
    lane.frequencies.clear();
    for (const uint64_t sum : sums) lane.frequencies.push_back(share(sum, all, room));
    if (escape != 0) lane.frequencies.push_back(escape);
  }

  static void forecast_place(Lane& lane, std::span<const uint32_t> weights) {
    const uint64_t sum = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
    const uint64_t room = FrequencyTable::kMaxTotal - weights.size();
    lane.frequencies.clear();
    for (const uint32_t weight : weights) lane.frequencies.push_back(share(weight, sum, room));
  }

  const TokenCode& code_;
  SequenceReader reader_;
  std::vector<Lane> lanes_;
  std::vector<uint64_t> sums_;  ///< of groups, in forecast_group()
};

}  // namespace

std::unique_ptr<Session> open_tokens(std::unique_ptr<SequenceNetwork> network, const TokenCode& code, int lanes,
                                     Restart restart) {
  return std::make_unique<TokenSession>(std::move(network), code, lanes, restart);
}

}  // namespace lmzip::predict
