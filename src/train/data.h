// SPDX-License-Identifier: Apache-2.0
// The bytes that are learnt from and measured on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/random.h"
#include "lmzip/bytes.h"
#include "train/options.h"

namespace lmzip::train {

using base::Random;

/// A text to learn from: the mapped file without what is held out.
struct TrainingText {
  std::string path;
  ByteSpan bytes;
  double share = 0;  ///< of the samples; all add up to 1
};

struct ValidationText {
  std::string name;
  ByteSpan bytes;
};

/// All files of a training, mapped and checked before anything else happens. Immutable; keep it while spans are used.
class TrainingData {
 public:
  /// Every text must be longer than a sequence (the architecture's context); a mapped file must not shrink afterwards.
  /// Errors: kIo (missing, unreadable), kUsage (a folder, empty, too short, weights that add up to nothing), each with
  /// the file's name.
  explicit TrainingData(const TrainOptions& options);

  const std::vector<TrainingText>& training() const { return training_; }
  const std::vector<ValidationText>& validation() const { return validation_; }

  /// A text by its share, and a place in it with `length` bytes behind: [offset, offset + length). `length` is at most
  /// the architecture's context + 1.
  struct Place {
    uint32_t text = 0;
    uint64_t offset = 0;
  };
  Place sample(Random& random, uint64_t length) const;

 private:
  std::vector<std::unique_ptr<const base::MappedFile>> files_;
  std::vector<TrainingText> training_;
  std::vector<ValidationText> validation_;
};

}  // namespace lmzip::train
