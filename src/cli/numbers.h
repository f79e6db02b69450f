// SPDX-License-Identifier: Apache-2.0
// Files of plain pixels or samples, which codecs of their own compress better than those of the levels.
#pragma once

#include <optional>

#include "cli/options.h"
#include "cli/plan.h"
#include "lmzip/bytes.h"
#include "lmzip/stream.h"
#include "media/number_layout.h"

namespace lmzip::cli {

/// A source of which the start is looked at before it is read.
class PeekedSource final : public Source {
 public:
  explicit PeekedSource(Source& source) : source_(source) {}

  /// The first `size` bytes, or all there are; before the first read(), valid until the next call. Errors: kIo.
  ByteSpan peek(size_t size);
  size_t read(uint8_t* data, size_t size) override;

 private:
  Source& source_;
  Bytes start_;
  size_t at_ = 0;
};

/// `general`, the plan of the level, but with a codec for the numbers that the file has: as --width, --channels and
/// --bits say, or else its header. Then a trial on its start decides whether they are numbers that this codec does
/// better on than the general one: drawings and empty space are not. Nothing if not, or if the user has named a codec.
/// Of other files four bytes are looked at. Errors: kUsage when rows have no width that can be found; kIo.
std::optional<CompressionPlan> number_plan(const Options& options, const CompressionPlan& general,
                                           PeekedSource& source);

}  // namespace lmzip::cli
