// SPDX-License-Identifier: Apache-2.0
// Compressor -> Predictor: the other direction of the paper's duality. See predictive_compressor.h for the first.
#pragma once

#include <cstddef>
#include <memory>

#include "lmzip/code_length.h"
#include "lmzip/compressor.h"
#include "lmzip/predictor.h"

namespace lmzip::codec {

class CodeLengthMeter;  // lookahead.h

/// The distribution that a compressor implies ("Language Modeling Is Compression", section 3.4): what compresses better
/// is more likely. With x the last `window` bytes and len the compressed length in bits,
///
///     p(b | x)  proportional to  2^-(len(xb) - len(x))         for each of the 256 bytes b
///
/// In LengthUnit::kBytes each byte longer divides the frequency by 256; frequencies are exact for up to 2 bytes above
/// the shortest. Every frequency is at least 1, so that every byte can be coded. In kBits excesses are fractions.
///
/// With a horizon H > 1, whole strings of H bytes are looked for by beam search (lookahead.h), and a byte is as likely
/// as all of those together that begin with what was fed since the search and then with it: drawing byte by byte draws
/// a string s from p(s | x) proportional to 2^-len(xs) among those found. The next search is at the next multiple of H
/// bytes fed, or after a byte that no string has; forecasts that nobody asks for cost no search, so a long prompt is
/// fed at once. Codecs that write whole bytes say next to nothing about one byte; about 8 to 24 they say a lot.
///
/// Cost of a byte: 256 code lengths with a horizon of 1, beam * 256 otherwise, all H bytes' worth of them at once. On
/// one core of 2.6 GHz (tests/bench/code_length_bench.cc), microseconds for a length and bytes per second at horizon 1:
///
///     window         256         512        2048
///     gzip      7.3  530    7.7  500   10.0  390   goes on from a copy of its state, see gzip.cc
///     lzma2      20  190     36  110    145   27   everything anew: liblzma cannot copy an encoder
///     zstd       17  230     29  135    118   33   anew: libzstd copies no context that has begun
///     png        11  350     16  240     41   95   anew: nor does libpng
///     flac       38  100     41   95     69   57   anew: nor does libFLAC
///
/// lzma2 and zstd keep their memory between lengths; png (+ 50 % at 2048) and flac (+ 35 %) are slower where malloc
/// gives freed memory back to the system at once. For these four bound the window. Threads share the lengths.
///
/// Always host-bound: a compressor's info().numerics is about decoding. No classical library promises that its next
/// version, or another build of it, makes a block equally long, and one byte of difference is another distribution.
///
/// info().spec is "length-" and the compressor's: no codec has such a name, so a file coded with this predictor is
/// refused by name instead of being taken for a file of the compressor itself.
class CodeLengthPredictor final : public Predictor {
 public:
  explicit CodeLengthPredictor(std::shared_ptr<const Compressor> compressor, CodeLengthOptions options = {});

  const PredictorInfo& info() const override { return info_; }
  std::unique_ptr<Session> open(int lanes) const override;

 private:
  CodeLengthOptions options_;
  std::shared_ptr<const CodeLengthMeter> meter_;
  PredictorInfo info_;
};

}  // namespace lmzip::codec
