// SPDX-License-Identifier: Apache-2.0
// The hashes of the file formats.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// XXH3-64 with seed 0: the checksum of raw blocks, of headers (truncated) and of indexes.
uint64_t xxh3_64(ByteSpan bytes);

/// XXH3-128 with seed 0 in its canonical (big-endian) form: names models and training data.
using Digest = std::array<uint8_t, 16>;
Digest xxh3_128(ByteSpan bytes);

/// The same of bytes that come in pieces: digest() is xxh3_128() of all that went into add(), one after the other.
class DigestStream {
 public:
  DigestStream();
  ~DigestStream();
  DigestStream(const DigestStream&) = delete;
  DigestStream& operator=(const DigestStream&) = delete;

  void add(ByteSpan bytes);
  Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Two lower-case hexadecimal digits a byte.
std::string hex(ByteSpan bytes);

}  // namespace lmzip::base
