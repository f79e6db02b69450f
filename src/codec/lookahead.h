// SPDX-License-Identifier: Apache-2.0
// Which strings a compressor finds likely to come next: the search behind CodeLengthPredictor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "lmzip/bytes.h"
#include "lmzip/compressor.h"

namespace lmzip::codec {

/// Measures many strings that differ in the last byte, on all threads. Immutable: several may measure at a time.
class CodeLengthMeter {
 public:
  CodeLengthMeter(std::shared_ptr<const Compressor> compressor, unsigned threads);

  /// The code length, in bits, of `window`, each of `stems` behind it, and each of the 256 bytes behind that:
  /// stems.size() * 256 numbers, those of a stem together. The same for any number of threads.
  std::vector<double> lengths(ByteSpan window, const std::vector<Bytes>& stems, LengthUnit unit) const;

 private:
  std::shared_ptr<const Compressor> compressor_;
  unsigned threads_;
  std::unique_ptr<base::ThreadPool> others_;  ///< null: the caller's thread is the only one
};

/// Beam search for strings of `options.horizon` bytes behind a window, and where among them the bytes fed since have
/// led. At each level the `options.beam` strings with the shortest code are kept and lengthened by all 256 bytes; the
/// strings of the last level are the candidates, each of the weight 2^-(its code length - the shortest).
///
/// What is kept at a level is ranked by the finest lengths that the codec has, LengthUnit::kBits, whatever the weights
/// are made of: in bytes nearly all short strings are equal. Strings that are equal even so: see kept().
class Lookahead {
 public:
  using Weights = std::array<double, 256>;

  Lookahead(std::shared_ptr<const CodeLengthMeter> meter, const CodeLengthOptions& options)
      : meter_(std::move(meter)), options_(options) {}

  /// Looks for strings behind `window` and follows `fed`, fewer than `horizon` bytes that came after it. Should the
  /// first n of those, and no fewer, not have been kept, it stops there and returns n; else 0.
  size_t search(ByteSpan window, ByteSpan fed);

  /// Follows one byte more. False, and then only search() may be called, if it was not kept with those before it.
  /// Precondition: fewer than horizon - 1 were followed.
  bool follow(uint8_t byte);

  /// For each byte, the sum of the weights of the candidates that begin with what was followed and then that byte; in
  /// proportion. All zero if the candidates have grown from other strings that were kept, or are too unlikely to tell.
  Weights weights() const;

 private:
  /// A string that was kept: one of the level before and a byte.
  struct Node {
    size_t stem = 0;  ///< index in the level before
    uint8_t byte = 0;
    double weight = 0;  ///< of the candidates that begin with it
  };
  using Level = std::vector<Node>;

  std::vector<Bytes> strings_of_last_level() const;
  Level kept(ByteSpan window) const;
  void weigh(ByteSpan window);

  std::shared_ptr<const CodeLengthMeter> meter_;
  CodeLengthOptions options_;
  std::vector<Level> levels_;    ///< level l: strings of l bytes
  std::vector<double> weights_;  ///< of the candidates: 256 for each node of the last level
  size_t followed_ = 0;          ///< bytes
  size_t node_ = 0;              ///< where that led to, in the level of so many bytes
};

}  // namespace lmzip::codec
