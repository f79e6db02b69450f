// SPDX-License-Identifier: Apache-2.0
// Bytes that are too many for memory: written one after the other, then read as one stretch.
#pragma once

#include <string>

#include "base/file_io.h"
#include "lmzip/bytes.h"

namespace lmzip::base {

/// A file without a name in the system's folder for temporary files ($TMPDIR, else /tmp): it is gone with this object,
/// however the process ends. Errors: kIo, naming the folder, when there is none, or no space left in it.
class Spool final : public Sink {
 public:
  Spool();
  ~Spool() override;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void write(ByteSpan bytes) override;
  /// Maps all that was written, for as long as this lives. To be called once; nothing may be written afterwards.
  ByteSpan finish();

 private:
  void flush();

  std::string name_;  ///< for messages
  UniqueFd file_;
  Bytes pending_;  ///< not written to the file yet
  ByteSpan mapped_;
};

}  // namespace lmzip::base
