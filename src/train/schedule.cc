// SPDX-License-Identifier: Apache-2.0
#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lmzip::train {

double fraction_of(const Budget& budget, const Used& used) {
  const auto share = [](double part, double limit) { return limit > 0 ? part / limit : 0; };
  return std::min(1.0, std::max({share(static_cast<double>(used.steps), static_cast<double>(budget.steps)),
                                 share(static_cast<double>(used.bytes), static_cast<double>(budget.bytes)),
                                 share(used.seconds, budget.seconds)}));
}

double rate_factor(const TrainOptions& options, uint64_t step, double fraction) {
  const double rise = options.warmup > 0 ? (static_cast<double>(step) + 1) / static_cast<double>(options.warmup) : 1;
  const double left = fraction <= options.decay_from ? 1 : (1 - fraction) / (1 - options.decay_from);
  const double shape = options.decay == Decay::kLinear ? left : (1 - std::cos(std::numbers::pi * left)) / 2;
  return std::min(1.0, rise) * (options.final_rate + (1 - options.final_rate) * shape);
}

int sequence_length(const TrainOptions& options, double fraction) {
  int length = options.architecture.context;
  for (const CurriculumStep& step : options.curriculum) {
    if (fraction >= step.from) length = step.length;
  }
  return length;
}

}  // namespace lmzip::train
