// SPDX-License-Identifier: Apache-2.0
// One pass of a network over a batch of positions. The computation is specified in src/model/FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/line_allocator.h"
#include "kernels/attention.h"
#include "kernels/int8_matrix.h"
#include "model/ngram.h"
#include "predict/lm_weights.h"
#include "predict/sequence_session.h"

namespace lmzip::predict {

/// What one stream remembers: keys and values of the window, recurrent states, the convolutions' past.
class LmLane final : public SequenceLane {
 public:
  explicit LmLane(const LmWeights& weights)
      : ngrams_(weights.ngrams),
        numbers_(weights.numbers),
        memory_(weights.lane_bytes),
        small_(!weights.shape().has(model::Mixer::kAttention) && weights.shape().numbers == model::Numbers::kNone) {}

  void restart() override { position_ = 0; }
  bool keep(size_t positions) override;
  void back(size_t inputs) override;

 private:
  friend class LmNetwork;

  /// What was remembered behind one input.
  struct Past {
    model::NgramRows ngrams;
    std::vector<std::byte> memory;
  };

  /// Counts the inputs of a pass. Null: this one's past is not kept.
  Past* next_past() { return pass_++ < trail_.size() ? &trail_[pass_ - 1] : nullptr; }

  uint64_t position_ = 0;  ///< of the next input
  model::NgramRows ngrams_;
  model::NumberContext numbers_;
  std::vector<std::byte, base::LineAllocator<std::byte>> memory_;
  const bool small_;         ///< enough to be copied: states, no keys and values
  std::vector<Past> trail_;  ///< of a pass
  size_t pass_ = 0;          ///< inputs of it so far
};

/// Our own engine. A logit depends
/// on the inputs of its lane only: every product is computed the same way whatever else is in the batch, and the
/// positions of a lane follow each other in order inside every layer. So a block computed ahead agrees with one
/// computed step by step, bit for bit.
class LmNetwork final : public SequenceNetwork {
 public:
  explicit LmNetwork(std::shared_ptr<const LmWeights> weights) : shared_(std::move(weights)), weights_(*shared_) {}

  std::unique_ptr<SequenceLane> open_lane() const override { return std::make_unique<LmLane>(weights_); }
  size_t symbols() const override { return static_cast<size_t>(weights_.shape().vocabulary); }
  void forward(std::span<const SequenceInput> inputs, std::span<float> logits) override;
  /// More do not make the products faster, but the scratch memory leaves the first cache.
  size_t ahead() const override { return 32; }

 private:
  using Floats = std::vector<float, base::LineAllocator<float>>;

  /// At most so many positions pass through the layers together: enough to make the products as fast as they get, few
  /// enough for the scratch memory to stay in the second cache.
  static constexpr size_t kBatch = 64;

  /// Fills stream_.
  void forward_batch(std::span<const SequenceInput> inputs);
  void embed(std::span<const SequenceInput> inputs);
  /// Tells the network of the numbers before each input; fills centres_.
  void tell_numbers(std::span<const SequenceInput> inputs);
  void mix(const LayerWeights& layer, std::span<const SequenceInput> inputs);
  void attend(const LayerWeights& layer, std::span<const SequenceInput> inputs);
  void recur(const LayerWeights& layer, std::span<const SequenceInput> inputs);
  /// Keeps a part of what input `i`'s lane remembers now, if its past is kept.
  void keep_part(size_t i, const LmLane& lane, size_t offset, size_t bytes);
  void convolve(const LayerWeights& layer, std::span<const SequenceInput> inputs);
  void feed(const LayerWeights& layer, size_t count);
  void normalise(const NormWeights& norm, size_t count);
  /// result[i] = matrix source[i]: rows of matrix.columns() numbers to rows of matrix.rows().
  void multiply(const kernels::PackedMatrix& matrix, const Floats& source, size_t count, float* result);
  void multiply(const kernels::PackedMatrix& matrix, const Floats& source, size_t count, Floats& result);
  /// stream_ += what `matrix` makes of `source`.
  void add_product(const kernels::PackedMatrix& matrix, const Floats& source, size_t count);

  std::shared_ptr<const LmWeights> shared_;
  const LmWeights& weights_;
  Floats stream_;                                  ///< the residual stream, rows of width
  Floats normalised_;                              ///< what a layer reads
  Floats inner_;                                   ///< what its first matrix makes
  Floats mixed_;                                   ///< what its second matrix reads
  Floats change_;                                  ///< what it adds to the stream
  Floats angles_;                                  ///< cosines and sines of each input's position
  Floats weighing_;                                ///< what attention needs to work in
  std::vector<kernels::QuantisedRows> quantised_;  ///< one for each number of columns that occurs
  std::vector<uint64_t> positions_;                ///< of each input
  std::vector<uint8_t> centres_;                   ///< of each input, with models of numbers
  std::vector<LmLane::Past*> pasts_;               ///< of each input; null: not kept
};

}  // namespace lmzip::predict
