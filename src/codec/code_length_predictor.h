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
/// Lengths are whole bytes, so each byte longer divides the frequency by 256. Frequencies are exact for up to 2 bytes
/// above the shortest; beyond that they stay at the least there is, so that every byte can be coded.
///
/// One forecast costs 256 compressions of up to window + 1 bytes: milliseconds. It is for sampling and for showing the
/// duality, not for archives.
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
