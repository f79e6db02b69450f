// SPDX-License-Identifier: Apache-2.0
// Which strings a compressor finds likely to come next: the search behind CodeLengthPredictor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "lmzip/bytes.h"
#include "lmzip/compressor.h"

namespace lmzip::codec {

/// Measures many strings on all threads. Immutable: several may measure at a time.
class CodeLengthMeter {
 public:
  /// `count` strings of `size` bytes; write(i, place) puts the bytes of the i-th there. Called on any thread.
  struct Strings {
    size_t count;
    size_t size;
    std::function<void(size_t index, uint8_t* place)> write;
  };

  CodeLengthMeter(std::shared_ptr<const Compressor> compressor, unsigned threads);

  /// The code length, in bits, of `window` with each of `strings` behind it. The same for any number of threads.
  std::vector<double> lengths(ByteSpan window, const Strings& strings, LengthUnit unit) const;

 private:
  std::shared_ptr<const Compressor> compressor_;
  unsigned threads_;
  std::unique_ptr<base::ThreadPool> others_;  ///< null: the caller's thread is the only one
};

/// Beam search for strings of `options.horizon` bytes behind a window, and where among them the bytes fed since have
/// led. At each level the strings so far are lengthened by all 256 bytes, and the `options.beam` of them with the
/// shortest code are kept; those of the last level are the candidates, each of the weight 2^-(its code length - the
/// shortest). With a horizon of 1 that is no search: all 256 bytes are candidates.
///
/// The last level is cut down like the others, though its lengths are there and could all have a weight: bytes that
/// nothing follows cost 8 bits whatever they are, so that the 256 wrong ends of a good string weigh as much as it does.
///
/// What is kept is ranked by the finest lengths that the codec has, LengthUnit::kBits, whatever the weights are made
/// of: in bytes nearly all short strings are equal. Of equals, those are kept whose last byte went on like that
/// before, see familiarity(). Without that rule LZMA2 writes zeros, or what a hash says; it has no finer lengths, and
/// the first bytes of a string that it will copy cost as much as any.
class Lookahead {
 public:
  using Weights = std::array<double, 256>;

  Lookahead(std::shared_ptr<const CodeLengthMeter> meter, const CodeLengthOptions& options)
      : meter_(std::move(meter)), options_(options) {}

  /// Looks for strings behind `window` and follows `fed`, fewer than `horizon` bytes that came after it. Should the
  /// first n of those, and no fewer, not have been kept, it stops there and returns n; else 0.
  size_t search(ByteSpan window, ByteSpan fed);

  /// Follows one byte more. False, and then only search() may be called, if it was not kept with those before it.
  /// Precondition: fewer than `horizon` were followed.
  bool follow(uint8_t byte);

  /// For each byte, the sum of the weights of the candidates that begin with what was followed and then that byte. All
  /// zero if none of them does (it was kept, but what became the candidates has grown from other strings), or none of
  /// a weight that a double can tell from 0. Precondition as of follow().
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
  void lengthen(ByteSpan window);
  void weigh(ByteSpan window);

  std::shared_ptr<const CodeLengthMeter> meter_;
  CodeLengthOptions options_;
  std::vector<Level> levels_;  ///< level l: strings of l bytes
  size_t followed_ = 0;        ///< bytes
  size_t node_ = 0;            ///< where that led to, in the level of so many bytes
};

}  // namespace lmzip::codec
