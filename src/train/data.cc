// SPDX-License-Identifier: Apache-2.0
#include "train/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lmzip/error.h"

namespace lmzip::train {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view complaint) {
  throw Error(ErrorKind::kUsage, fmt::format("{}: {}", path, complaint));
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Piece TrainingText::piece(uint64_t offset, uint64_t length) const {
  if (tokens.empty()) return bytes.subspan(offset, length);
  return std::span(tokens).subspan(offset, length);
}

TrainingData::TrainingData(const TrainOptions& options) {
  const auto shortest = static_cast<uint64_t>(options.architecture.context) + 1;
  const auto open = [this](const std::string& path) {
    files_.push_back(std::make_unique<base::MappedFile>(path));
    if (files_.back()->bytes().empty()) refuse(path, "is empty");
    return files_.back()->bytes();
  };

  double total = 0;
  for (const DataFile& file : options.files) {
    const ByteSpan all = open(file.path);
    if (all.size() < shortest + options.holdout) {
      refuse(file.path, fmt::format("has {} bytes; sequences of {} and a holdout of {} need more", all.size(),
                                    options.architecture.context, options.holdout));
    }
    const ByteSpan learnt = all.first(all.size() - options.holdout);
    const double weight = file.weight.value_or(static_cast<double>(learnt.size()));
    if (!std::isfinite(weight) || weight < 0) refuse(file.path, "its weight is not a number from 0 on");
    total += weight;
    training_.push_back({.path = file.path, .bytes = learnt, .share = weight, .tokens = {}});
    if (options.holdout > 0) validation_.push_back({base_name(file.path), all.last(options.holdout)});
  }
  if (total <= 0) throw Error(ErrorKind::kUsage, "the weights of the training files add up to nothing");
  for (TrainingText& text : training_) text.share /= total;

  for (const std::string& path : options.validation) validation_.push_back({base_name(path), open(path)});
}

void TrainingData::tokenize(const TrainOptions& options, const ProgressSink& progress) {
  constexpr size_t kPiece = size_t{1} << 20;
  const auto context = static_cast<size_t>(options.architecture.context);
  for (TrainingText& text : training_) {
    for (size_t at = 0; at < text.bytes.size(); at += kPiece) {
      progress.check();
      const std::vector<Symbol> tokens =
          options.tokenizer->encode(text.bytes.subspan(at, std::min(kPiece, text.bytes.size() - at)));
      text.tokens.insert(text.tokens.end(), tokens.begin(), tokens.end());
    }
    if (text.tokens.size() <= context) {
      refuse(text.path, fmt::format("has {} tokens; sequences of {} need more", text.tokens.size(), context));
    }
  }
}

TrainingData::Place TrainingData::sample(Random& random, uint64_t length) const {
  double draw = random.uniform();
  uint32_t text = 0;
  while (text + 1 < training_.size() && (draw >= training_[text].share || training_[text].share == 0)) {
    draw -= training_[text].share;
    ++text;
  }
  return {text, random.below(training_[text].size() - length + 1)};
}

}  // namespace lmzip::train
