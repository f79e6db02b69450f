// SPDX-License-Identifier: Apache-2.0
// Where bytes come from and where they go.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lmzip/bytes.h"

namespace lmzip {

/// Where raw or packed bytes come from: a file, a pipe, memory.
class Source {
 public:
  virtual ~Source() = default;
  /// Reads 1..size bytes into `data`, or 0 at the end (and again 0 from then on). Errors: kIo.
  virtual size_t read(uint8_t* data, size_t size) = 0;
};

/// A source that can be read anywhere.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual uint64_t size() const = 0;
  /// Reads up to `size` bytes at `offset`; fewer only at the end. Errors: kIo.
  virtual size_t read_at(uint64_t offset, uint8_t* data, size_t size) = 0;
};

/// Where bytes go. Errors: kIo.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(ByteSpan bytes) = 0;
};

}  // namespace lmzip
