// SPDX-License-Identifier: Apache-2.0
// The texts that are learnt from and measured on.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mapped_file.h"
#include "base/random.h"
#include "lmzip/bytes.h"
#include "lmzip/progress.h"
#include "train/options.h"

namespace lmzip::train {

using base::Random;

/// A piece of text in the symbols of a model: bytes or tokens.
using Piece = std::variant<ByteSpan, std::span<const Symbol>>;

/// A text to learn from: the mapped file without what is held out.
struct TrainingText {
  std::string path;
  ByteSpan bytes;
  double share = 0;            ///< of the samples; all add up to 1
  std::vector<Symbol> tokens;  ///< for models of tokens, after TrainingData::tokenize(): four bytes each

  /// In symbols.
  uint64_t size() const { return tokens.empty() ? bytes.size() : tokens.size(); }
  /// Symbols [offset, offset + length).
  Piece piece(uint64_t offset, uint64_t length) const;
};

struct ValidationText {
  std::string name;
  ByteSpan bytes;
};

/// All files of a training, mapped and checked before anything else happens. Keep it while spans are used.
class TrainingData {
 public:
  /// Every text must have more bytes than a sequence (the architecture's context) has symbols; a mapped file must not
  /// shrink afterwards.
  /// Errors: kIo (missing, unreadable), kUsage (a folder, empty, too short, weights that add up to nothing), each with
  /// the file's name.
  explicit TrainingData(const TrainOptions& options);

  /// With a tokenizer this comes before all sampling: makes tokens of the training texts, whose pieces of a mebibyte
  /// are tokenized each for itself. Errors: kUsage for a text with no more tokens than a sequence; kCancelled.
  void tokenize(const TrainOptions& options, const ProgressSink& progress);

  const std::vector<TrainingText>& training() const { return training_; }
  const std::vector<ValidationText>& validation() const { return validation_; }

  /// A text by its share, and a place in it with `length` symbols behind: [offset, offset + length). `length` is at
  /// most the architecture's context + 1.
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
