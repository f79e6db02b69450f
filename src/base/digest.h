// SPDX-License-Identifier: Apache-2.0
// The digests by which others publish their files: MD5 and SHA-256 (libmd). For our own formats there is hash.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::base {

enum class DigestKind : uint8_t { kMd5, kSha256 };

/// Takes bytes in any number of pieces.
class Digester {
 public:
  explicit Digester(DigestKind kind);
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;

  void update(ByteSpan bytes);
  /// Of all bytes so far, lower-case hexadecimal: 32 digits for MD5, 64 for SHA-256. Nothing may be called afterwards.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of one stretch of bytes.
std::string digest(DigestKind kind, ByteSpan bytes);

}  // namespace lmzip::base
