// SPDX-License-Identifier: Apache-2.0
// How the rates and the length of the sequences change over a training.
#pragma once

#include "train/options.h"

namespace lmzip::train {

/// What has been used of a budget.
struct Used {
  uint64_t steps = 0;
  uint64_t bytes = 0;
  double seconds = 0;
};

/// 0..1: the largest share of a limit that is used.
double fraction_of(const Budget& budget, const Used& used);

/// The factor of all rates, 0..1: rises linearly over the warm-up, stays, and falls to options.final_rate.
double rate_factor(const TrainOptions& options, uint64_t step, double fraction);

/// The length of the sequences at this share of the budget.
int sequence_length(const TrainOptions& options, double fraction);

}  // namespace lmzip::train
