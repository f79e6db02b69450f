// SPDX-License-Identifier: Apache-2.0
// From texts to what a network is fed.
#pragma once

#include <cstdint>
#include <vector>

#include "model/ngram.h"
#include "model/number_context.h"
#include "train/data.h"

namespace lmzip::train {

/// Sequences side by side; all arrays are [sequences, length], `rows` [sequences, length, tables].
struct Batch {
  int sequences = 0;
  int length = 0;
  /// The symbol before each position; 0 before the first of a stream. Models of numbers: the centre.
  std::vector<int32_t> inputs;
  std::vector<int32_t> targets;  ///< models of numbers: the distance from the centre
  std::vector<int32_t> rows;     ///< in all tables together: table k's row r is k 2^bits + r
  /// Like `rows`, in dropout: 0 where the row is left out, else what makes up for those left out; empty without it.
  std::vector<float> row_weights;
  std::vector<int8_t> features;  ///< [sequences, length, kFeatures] of NumberContext, for models of numbers
  std::vector<uint8_t> cold;     ///< [sequences]: 1 where a stream begins, and what was carried is to be forgotten
};

/// Feeds one stream of symbols after the other into one place of a batch; knows what came before.
class StreamReader {
 public:
  explicit StreamReader(const model::Architecture& architecture);
  /// Forgets all symbols.
  void restart();
  /// The next batch.length symbols of the stream, `targets`, into sequence `sequence` of `batch`.
  void read(const Piece& targets, Batch& batch, int sequence);

 private:
  void read_numbers(ByteSpan targets, Batch& batch, int sequence);
  template <typename S>
  void read_symbols(std::span<const S> targets, Batch& batch, int sequence);

  const model::Architecture* architecture_;
  model::NgramRows ngrams_;
  model::NumberContext numbers_;
  Symbol last_ = 0;
  bool cold_ = true;
};

/// A batch of `sequences` times `length` positions, to be filled by StreamReaders.
Batch empty_batch(const model::Architecture& architecture, int sequences, int length);

/// Draws batches. Recurrent models read on where they were in the batch before, now and then beginning elsewhere;
/// models with attention begin every sequence anew, those of pixels at every picture, which has as many as a context.
/// What is drawn depends on the seed and the lengths asked for only.
class Sampler {
 public:
  Sampler(const TrainingData& data, const TrainOptions& options);

  /// A batch of options.batch symbols (at least one sequence) in sequences of `length`.
  Batch draw(int length);

  /// All that decides what is drawn next, for a checkpoint.
  struct State {
    uint64_t random = 0;
    std::vector<uint64_t> texts;    ///< of each stream
    std::vector<uint64_t> offsets;  ///< of each stream: of the next symbol
    std::vector<uint64_t> starts;   ///< of each stream: where it began
  };
  State state() const;
  /// Errors: kCorrupt when the state is not one of this data.
  void restore(const State& state);

 private:
  struct Stream {
    TrainingData::Place place;  ///< of the next symbol
    uint64_t start = 0;
    StreamReader reader;
    bool begun = false;
  };

  /// Dropout of table rows.
  void leave_out(Batch& batch);
  /// May draw a random number.
  bool begins_anew(const Stream& stream, uint64_t positions);

  const TrainingData& data_;
  const TrainOptions& options_;
  const bool carries_;
  const uint64_t picture_;  ///< pixels of one; 0: other data
  Random random_;
  std::vector<Stream> streams_;
};

}  // namespace lmzip::train
