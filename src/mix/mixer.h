// SPDX-License-Identifier: Apache-2.0
// Gated logistic mixing: many stretched probabilities in, one out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/mixing.h"
#include "mix/journal.h"
#include "mix/logistic.h"

namespace lmzip::mix {

/// Two layers of online logistic regression (Mahoney 2005, "PAQ7" mixer; Mattern 2013 for the analysis). The first has
/// several groups of weight sets; in each group a context selects one set, which mixes all inputs. The second mixes the
/// groups' outputs with one weight set, again selected. Integers only: see kernels/mixing.h.
class Mixer {
 public:
  struct Options {
    int inputs = 0;                        ///< per bit, 1..kernels::kMixingMaxInputs
    std::vector<size_t> group_sizes;       ///< weight sets of each group
    size_t final_sets = 1;                 ///< weight sets of the second layer
    std::vector<int32_t> initial_weights;  ///< of the first layer, 65536 = 1; `inputs` of them, or those of each group
    int32_t rate = 0;                      ///< first layer's learning rate in the long run, 65536ths
    int32_t first_rate = 0;                ///< added for a new set; decays with 1 / (1 + uses of the set / kRateDecay)
    int32_t final_rate = 0;                ///< second layer's learning rate, 65536ths
  };
  explicit Mixer(const Options& options);

  /// Where the inputs of the next bit are written, options.inputs of them: stretched, within +-4095.
  int32_t* inputs() { return inputs_.data(); }
  /// Selects weight set `set` of `group` for this bit.
  void select(size_t group, size_t set) {
    chosen_set_[group] = group_start_[group] + set;
    chosen_[group] = weights_.data() + chosen_set_[group] * static_cast<size_t>(padded_);
  }

  /// Mixes the inputs with the selected sets; returns the stretched probability.
  int32_t mix(size_t final_set);

  /// What mix() returned.
  int32_t result() const { return result_; }

  /// Trains the selected sets with the coded bit.
  template <typename Save = Forget>
  void update(int bit, Save save = {});
  /// Saves what was selected and mixed for this bit.
  void mark(Keep save);

  /// Bytes of weights.
  size_t memory() const { return weights_.size() * sizeof(int32_t); }

 private:
  /// Numbers in whole cache lines, which is what the kernels load.
  using AlignedVector = std::vector<int32_t, base::LineAllocator<int32_t>>;

  Options options_;
  const kernels::Mixing& kernel_;
  int padded_;                       ///< inputs rounded up to the kernels' step
  AlignedVector weights_;            ///< (group, set, padded_)
  AlignedVector final_weights_;      ///< (set, padded_groups_)
  std::vector<size_t> group_start_;  ///< first set of each group
  AlignedVector inputs_;
  std::vector<int32_t> rates_;  ///< first layer's, by age of the set
  std::vector<uint32_t> uses_;  ///< of each set, saturating
  std::vector<size_t> chosen_set_;
  std::vector<int32_t*> chosen_;  ///< weights of the selected set of each group
  std::vector<int32_t> outputs_;  ///< stretched output of each group; the second layer's inputs
  std::vector<int32_t> steps_;
  int32_t* final_chosen_ = nullptr;
  int32_t result_ = 0;
};

}  // namespace lmzip::mix
