// SPDX-License-Identifier: Apache-2.0
// The log of a training: one JSON object a line, flushed line by line.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "model/card.h"
#include "train/data.h"
#include "train/trainer.h"

namespace lmzip::train {

enum class LogMode { kTruncate, kAppend };

class TrainingLog {
 public:
  /// An empty path: nothing is written. Errors: kIo, here and below.
  TrainingLog(const std::string& path, LogMode mode);

  /// {"event":"start",...}: all options that decide the result, and what machine they run on.
  void start(const TrainOptions& options, const std::string& machine);
  /// {"event":"train","step":...,"bytes":...,"seconds":...,"fraction":...,"loss":...,"bytes_per_second":...}
  void trained(const TrainingState& state);
  /// {"event":"validation",...,"texts":[{"name":...,"cold":...,"running":...}]}
  void validated(const TrainingState& state, const std::vector<Validation>& results);

 private:
  void write(const std::string& line);

  std::string path_;
  std::ofstream file_;
};

/// The card of the model that came out, but for what model::describe() adds: training files with digests, bytes seen,
/// steps, seed, validation.
model::ModelCard training_card(const TrainOptions& options, const TrainingData& data, const TrainingResult& result);

}  // namespace lmzip::train
