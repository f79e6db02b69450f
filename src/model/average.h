// SPDX-License-Identifier: Apache-2.0
// One model out of several that have been trained from the same beginning: the mean of their weights.
#pragma once

#include <memory>
#include <span>

#include "lmzip/bytes.h"
#include "model/model_file.h"

namespace lmzip::model {

/// The file of a float model whose every number is the mean of those of `models` (at least one, quantised or not), of
/// which `shares` (as many, positive, finite) say how much each counts; only their ratios matter. Refuses (kUsage)
/// models of different shapes or tokenizers. The same bytes on every machine.
///
/// Ends of several trainings that went out from the same weights lie in one valley, and the mean of them can be deeper
/// than each (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better Generalization", section 3;
/// Wortsman et al. 2022, "Model soups", section 2). Of models that have nothing in common it is good for nothing.
Bytes average(std::span<const std::shared_ptr<const Model>> models, std::span<const double> shares);

}  // namespace lmzip::model
