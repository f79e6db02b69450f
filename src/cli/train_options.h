// SPDX-License-Identifier: Apache-2.0
// The options of `lmzip train`, which has many and none in common with the other commands.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "train/options.h"

namespace lmzip::cli {

struct TrainCommand {
  train::TrainOptions training;
  std::string help;  ///< not empty: show this instead
  int verbosity = 0;
  ProgressStyle progress = ProgressStyle::kAuto;
};

/// Reads what follows `lmzip train`. The preset comes first, wherever it stands; then what comes later wins.
/// Errors: kUsage.
TrainCommand parse_train_options(const std::vector<std::string>& arguments);

}  // namespace lmzip::cli
