// SPDX-License-Identifier: Apache-2.0
// How a codec is chosen for an input that can be read only once.
#pragma once

#include "lmzip/bytes.h"
#include "lmzip/stream.h"

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

}  // namespace lmzip::cli
