// SPDX-License-Identifier: Apache-2.0
// From opinions of a number to the probability of its next bit: the part that models of pixels and of sound share.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "mix/adaptive_map.h"
#include "mix/forecast.h"
#include "mix/journal.h"
#include "mix/mixer.h"
#include "numbers/lanes.h"

namespace lmzip::numbers {

/// Of a network's word, at first, 16 fractional bits: networks have learnt most of what the models know.
inline constexpr int32_t kPlainWeight = 58000;

/// Mixes what `kLanes` lanes say of a bit with what has followed in kContexts contexts and, if kGuided, with a
/// network's word on the byte.
template <size_t kLanes, size_t kContexts, bool kGuided>
class BitMixer {
 public:
  static constexpr size_t kLearned = kLanes + 2 * kContexts + 1;  ///< inputs without the network's
  static constexpr size_t kInputs = kLearned + (kGuided ? size_t{mix::Forecast::kInputs} : 0);

  struct Options {
    std::vector<size_t> group_sizes;       ///< weight sets of the groups
    size_t final_sets = 1;                 ///< of the second layer
    std::vector<int32_t> initial_weights;  ///< (groups, kLearned), 16 fractional bits
    int32_t rate = 0, final_rate = 0;      ///< as in mix::Mixer::Options
  };

  explicit BitMixer(const Options& options) : groups_(options.group_sizes.size()), mixer_(mixer_options(options)) {}

  /// A network's weights of the next byte; before its first bit.
  void expect(std::span<const uint32_t, 256> weights) { forecast_.begin_byte(weights); }

  /// Where the lanes' stretched probabilities go.
  int32_t* lanes() { return mixer_.inputs(); }
  void select(size_t group, size_t set) { mixer_.select(group, set); }
  void use(size_t context, mix::AdaptiveProbability& probability) { contexts_[context] = &probability; }

  /// When lanes are written, all sets and contexts chosen: P(1), 16 bits, 1..65535. `partial`: the bits of the byte so
  /// far, with a leading one.
  int32_t mix(size_t final_set, uint32_t partial) {
    int32_t* input = mixer_.inputs() + kLanes;
    for (const mix::AdaptiveProbability* context : contexts_) {
      *input++ = context->count() > 0 ? mix::stretch(context->p()) : 0;
      *input++ = (context->p() - mix::kProbabilityOne / 2) >> 5;
    }
    *input++ = mix::kStretchOne;
    if constexpr (kGuided) {
      forecast_.write_inputs(input, partial);
      mixer_.select(groups_, forecast_.doubt() * 16 + forecast_.certainty());
    }
    return mix::squash(mixer_.mix(final_set));
  }

  /// What mix() mixed, stretched.
  int32_t result() const { return mixer_.result(); }

  template <typename Save>
  void update(int bit, Save save) {
    constexpr uint32_t kLimit = 250;
    mixer_.update(bit, save);
    for (mix::AdaptiveProbability* context : contexts_) {
      save(context);
      context->update(bit, kLimit);
    }
    if constexpr (kGuided) forecast_.update(bit, save);
  }

  void mark(mix::Keep save) {
    mixer_.mark(save);
    save(contexts_.data(), contexts_.size());
    if constexpr (kGuided) forecast_.mark(save);
  }

 private:
  struct NoForecast {};
  static constexpr int32_t kPlain = kGuided ? kPlainWeight : 0;

  static mix::Mixer::Options mixer_options(const Options& options) {
    mix::Mixer::Options made{.inputs = static_cast<int>(kInputs),
                             .group_sizes = {},
                             .final_sets = options.final_sets,
                             .initial_weights = {},
                             .rate = options.rate,
                             .final_rate = options.final_rate};
    for (const size_t size : options.group_sizes) made.group_sizes.push_back(size);
    if (kGuided) made.group_sizes.push_back(mix::Forecast::kDoubts * 16);
    const size_t given = options.initial_weights.size() / kLearned;
    for (size_t g = 0; g < made.group_sizes.size(); ++g) {
      const int32_t* const weights = options.initial_weights.data() + std::min(g, given - 1) * kLearned;
      for (size_t i = 0; i < kLearned; ++i) {
        const int64_t rest = mix::kProbabilityOne - kPlain;
        made.initial_weights.push_back(static_cast<int32_t>(weights[i] * rest / mix::kProbabilityOne));
      }
      for (size_t i = kLearned; i < kInputs; ++i) {
        made.initial_weights.push_back(i == kLearned + size_t{mix::Forecast::kPlainInput} ? kPlain : 0);
      }
    }
    return made;
  }

  size_t groups_;
  mix::Mixer mixer_;
  std::array<mix::AdaptiveProbability*, kContexts> contexts_{};
  [[no_unique_address]] std::conditional_t<kGuided, mix::Forecast, NoForecast> forecast_;
};

}  // namespace lmzip::numbers
