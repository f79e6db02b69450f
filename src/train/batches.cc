// SPDX-License-Identifier: Apache-2.0
#include "train/batches.h"

#include <algorithm>

#include "lmzip/error.h"

namespace lmzip::train {
namespace {

/// N-gram contexts and words reach no further back than this, so a restored stream that has read so many bytes names
/// the same rows as one that has read all.
constexpr uint64_t kNgramReach = 4096;

}  // namespace

Batch empty_batch(const model::Architecture& architecture, int sequences, int length) {
  Batch batch;
  batch.sequences = sequences;
  batch.length = length;
  const auto positions = static_cast<size_t>(sequences) * static_cast<size_t>(length);
  batch.inputs.resize(positions);
  batch.targets.resize(positions);
  batch.rows.resize(positions * architecture.tables.size());
  if (architecture.numbers != model::Numbers::kNone) {
    batch.features.resize(positions * model::NumberContext::kFeatures);
  }
  batch.cold.resize(static_cast<size_t>(sequences));
  return batch;
}

StreamReader::StreamReader(const model::Architecture& architecture)
    : architecture_(&architecture),
      ngrams_(architecture.tables, architecture.table_bits),
      numbers_(architecture.numbers, architecture.row) {}

void StreamReader::restart() { *this = StreamReader(*architecture_); }

void StreamReader::read(const Piece& targets, Batch& batch, int sequence) {
  if (architecture_->numbers != model::Numbers::kNone)
    return read_numbers(std::get<ByteSpan>(targets), batch, sequence);
  std::visit([&](const auto& symbols) { read_symbols(symbols, batch, sequence); }, targets);
}

void StreamReader::read_numbers(ByteSpan targets, Batch& batch, int sequence) {
  constexpr size_t kFeatures = model::NumberContext::kFeatures;
  const size_t first = static_cast<size_t>(sequence) * targets.size();
  batch.cold[static_cast<size_t>(sequence)] = cold_;
  cold_ = false;
  for (size_t t = 0; t < targets.size(); ++t) {
    const uint8_t centre = numbers_.centre();
    batch.inputs[first + t] = centre;
    batch.targets[first + t] = (targets[t] - centre) & 255;
    numbers_.features(std::span<int8_t, kFeatures>(batch.features.data() + (first + t) * kFeatures, kFeatures));
    numbers_.advance(targets[t]);
  }
}

template <typename S>
void StreamReader::read_symbols(std::span<const S> targets, Batch& batch, int sequence) {
  const size_t tables = architecture_->tables.size(), first = static_cast<size_t>(sequence) * targets.size();
  batch.cold[static_cast<size_t>(sequence)] = cold_;
  cold_ = false;
  uint32_t rows[8] = {};
  for (size_t t = 0; t < targets.size(); ++t) {
    batch.inputs[first + t] = static_cast<int32_t>(last_);
    batch.targets[first + t] = static_cast<int32_t>(targets[t]);
    ngrams_.rows({rows, tables});
    for (size_t k = 0; k < tables; ++k) {
      batch.rows[(first + t) * tables + k] = static_cast<int32_t>(rows[k] + (k << architecture_->table_bits));
    }
    last_ = targets[t];
    if (tables > 0) ngrams_.advance(static_cast<uint8_t>(last_));
  }
}

Sampler::Sampler(const TrainingData& data, const TrainOptions& options)
    : data_(data),
      options_(options),
      carries_(!options.architecture.has(model::Mixer::kAttention)),
      picture_(options.architecture.numbers == model::Numbers::kPixels
                   ? static_cast<uint64_t>(options.architecture.context)
                   : 0),
      random_(options.seed) {}

Batch Sampler::draw(int length) {
  const auto positions = static_cast<uint64_t>(length);
  const uint64_t count = std::max<uint64_t>(1, options_.batch / positions);
  streams_.resize(count, {.place = {}, .reader = StreamReader(options_.architecture)});
  Batch batch = empty_batch(options_.architecture, static_cast<int>(count), length);
  for (int i = 0; i < batch.sequences; ++i) {
    Stream& stream = streams_[static_cast<size_t>(i)];
    if (begins_anew(stream, positions)) {
      stream.place = data_.sample(random_, picture_ != 0 ? picture_ : positions);
      if (picture_ != 0) stream.place.offset -= stream.place.offset % picture_;
      stream.start = stream.place.offset;
      stream.begun = true;
      stream.reader.restart();
    }
    stream.reader.read(data_.training()[stream.place.text].piece(stream.place.offset, positions), batch, i);
    stream.place.offset += positions;
  }
  leave_out(batch);
  return batch;
}

void Sampler::leave_out(Batch& batch) {
  const std::vector<double>& chances = options_.table_dropout;
  if (chances.empty()) return;
  batch.row_weights.resize(batch.rows.size());
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    const double chance = chances[i % chances.size()];
    const bool out = chance > 0 && random_.uniform() < chance;
    batch.row_weights[i] = out ? 0.0F : static_cast<float>(1 / (1 - chance));
  }
}

bool Sampler::begins_anew(const Stream& stream, uint64_t positions) {
  if (!carries_ || !stream.begun) return true;
  if (picture_ != 0) return stream.place.offset - stream.start + positions > picture_;
  return stream.place.offset + positions > data_.training()[stream.place.text].size() ||
         random_.uniform() < options_.cold_starts * static_cast<double>(positions);
}

Sampler::State Sampler::state() const {
  State state{.random = random_.state(), .texts = {}, .offsets = {}, .starts = {}};
  for (const Stream& stream : streams_) {
    state.texts.push_back(stream.place.text);
    state.offsets.push_back(stream.place.offset);
    state.starts.push_back(stream.start);
  }
  return state;
}

void Sampler::restore(const State& state) {
  random_ = Random(state.random);
  streams_.clear();
  for (size_t i = 0; i < state.texts.size(); ++i) {
    const uint64_t offset = state.offsets.at(i), start = state.starts.at(i);
    if (state.texts[i] >= data_.training().size() || start >= offset ||
        offset > data_.training()[state.texts[i]].size()) {
      throw Error(ErrorKind::kCorrupt, "the checkpoint's place in the training data does not exist");
    }
    Stream stream{.place = {static_cast<uint32_t>(state.texts[i]), offset},
                  .start = start,
                  .reader = StreamReader(options_.architecture),
                  .begun = true};
    const uint64_t length = std::min(offset - start, std::max(kNgramReach, picture_));
    Batch again = empty_batch(options_.architecture, 1, static_cast<int>(length));
    stream.reader.read(data_.training()[state.texts[i]].piece(offset - length, length), again, 0);
    streams_.push_back(stream);
  }
}

}  // namespace lmzip::train
