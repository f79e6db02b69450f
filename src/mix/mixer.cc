// SPDX-License-Identifier: Apache-2.0
#include "mix/mixer.h"

#include <algorithm>
#include <cstdlib>

namespace lmzip::mix {
namespace {

int padded(int count) { return (count + kernels::kMixingStep - 1) / kernels::kMixingStep * kernels::kMixingStep; }

// Errors below 0.1 % are not trained on.
constexpr int32_t kSmallestError = 64;

// Uses of a weight set after which its extra rate has halved, and where counting stops.
constexpr uint32_t kRateDecay = 1024;
constexpr int32_t kMaxAge = 64;
constexpr uint32_t kMaxUses = kMaxAge * kRateDecay;

// Error times rate, limited so that the kernel's product with an input cannot overflow.
int32_t step(int32_t error, int32_t rate) {
  return std::clamp(static_cast<int32_t>((int64_t{error} * rate) >> 16), -(1 << 19) + 1, (1 << 19) - 1);
}

}  // namespace

Mixer::Mixer(const Options& options)
    : options_(options),
      kernel_(kernels::mixing()),
      padded_(padded(options.inputs)),
      inputs_(static_cast<size_t>(padded_)),
      chosen_set_(options.group_sizes.size()),
      chosen_(options.group_sizes.size()),
      outputs_(options.group_sizes.size()),
      steps_(options.group_sizes.size()) {
  size_t sets = 0;
  for (const size_t size : options.group_sizes) {
    group_start_.push_back(sets);
    sets += size;
  }
  uses_.assign(sets, 0);
  for (int32_t age = 0; age <= kMaxAge; ++age) rates_.push_back(options.rate + options.first_rate / (age + 1));
  weights_.resize(sets * static_cast<size_t>(padded_));
  const auto inputs = static_cast<size_t>(options.inputs);
  const bool by_group = options.initial_weights.size() > inputs;
  for (size_t group = 0, set = 0; group < options.group_sizes.size(); ++group) {
    const int32_t* const initial = options.initial_weights.data() + (by_group ? group * inputs : 0);
    for (size_t i = 0; i < options.group_sizes[group]; ++i, ++set) {
      std::copy_n(initial, inputs, weights_.begin() + static_cast<ptrdiff_t>(set * static_cast<size_t>(padded_)));
    }
  }
  final_weights_.assign(options.final_sets * options.group_sizes.size(),
                        static_cast<int32_t>(65536 / options.group_sizes.size()));
}

int32_t Mixer::mix(size_t final_set) {
  const size_t groups = chosen_.size();
  kernel_.dot(inputs_.data(), chosen_.data(), padded_, static_cast<int>(groups), outputs_.data());
  for (size_t g = 0; g < groups; ++g) outputs_[g] = std::clamp(outputs_[g] >> 8, -kStretchLimit, kStretchLimit);
  // The second layer is too small for vectors: loading what was just written piece by piece would only wait.
  final_chosen_ = final_weights_.data() + final_set * groups;
  int32_t sum = 0;
  for (size_t g = 0; g < groups; ++g) sum += (outputs_[g] * final_chosen_[g]) >> 8;
  result_ = std::clamp(sum >> 8, -kStretchLimit, kStretchLimit);
  return result_;
}

template <typename Save>
void Mixer::update(int bit, Save save) {
  const int32_t target = bit ? kProbabilityOne : 0;
  const size_t groups = chosen_.size();
  // A set that is nearly right learns nothing worth its time: most bits of most data are like that.
  size_t trained = 0;
  for (size_t g = 0; g < groups; ++g) {
    const int32_t error = target - squash(outputs_[g]);
    chosen_[trained] = chosen_[g];
    uint32_t& uses = uses_[chosen_set_[g]];
    save(&uses);
    uses += uses < kMaxUses;
    steps_[trained] = step(error, rates_[uses / kRateDecay]);
    trained += static_cast<size_t>(std::abs(error) >= kSmallestError);
  }
  for (size_t g = 0; g < trained; ++g) save(chosen_[g], static_cast<size_t>(padded_));
  kernel_.train(inputs_.data(), chosen_.data(), padded_, static_cast<int>(trained), steps_.data());
  const int32_t final_step = step(target - squash(result_), options_.final_rate);
  save(final_chosen_, groups);
  for (size_t g = 0; g < groups; ++g) {
    const int32_t moved = final_chosen_[g] + ((outputs_[g] * final_step + (1 << 13)) >> 14);
    final_chosen_[g] = std::clamp(moved, -kernels::kMixingWeightLimit, kernels::kMixingWeightLimit);
  }
}
template void Mixer::update(int, Forget);
template void Mixer::update(int, Keep);

void Mixer::mark(Keep save) {
  save(inputs_.data(), inputs_.size());
  save(chosen_set_.data(), chosen_set_.size());
  save(chosen_.data(), chosen_.size());  // which update() rearranges
  save(outputs_.data(), outputs_.size());
  save(&final_chosen_);
  save(&result_);
}

}  // namespace lmzip::mix
