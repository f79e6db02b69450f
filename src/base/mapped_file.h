// SPDX-License-Identifier: Apache-2.0
// A whole file as bytes, read when they are touched.
#pragma once

#include <string>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// A regular file, mapped read-only; its size is that of the moment of construction. Whoever replaces the file must
/// rename a new one over it: reading a part that was cut off since then kills the process.
class MappedFile {
 public:
  /// Refuses (kIo) what cannot be opened, (kUsage) what is no regular file, without waiting for the other end of a
  /// FIFO. Errors begin with `path`.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  ByteSpan bytes() const { return bytes_; }

 private:
  ByteSpan bytes_;
};

/// Gives the memory of a stretch of a mapped file back to the system; it is read again when it is touched. Pages that
/// are mapped only in part stay.
void release_mapped(ByteSpan mapped);

}  // namespace lmzip::base
