// SPDX-License-Identifier: Apache-2.0
// A file (or stdin) that is read, and perhaps removed afterwards.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/file_io.h"

namespace lmzip::cli {

/// A file left alone for a reason that is no error: exit status 2.
class Skipped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What may be opened.
enum class InputPolicy {
  kAnything,   ///< whatever can be read, through links too; for output that goes where the user said
  kPlainFile,  ///< a regular file with one name and no set-id bits: the output will stand in for it
};

class InputFile {
 public:
  /// Opens `path`; "-" is stdin. Throws Skipped for what `policy` excludes; Error(kIo) for the rest: missing,
  /// a directory, unreadable.
  InputFile(const std::string& path, InputPolicy policy);

  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  const struct stat& status() const { return status_; }
  bool regular() const { return S_ISREG(status_.st_mode); }
  /// A regular file that was opened by name: one with attributes to pass on, one that can be removed.
  bool named_file() const { return owned_ && regular(); }
  /// Bytes there are to read; unknown for pipes and devices.
  std::optional<uint64_t> size() const;

  /// Removes the file if its name still means what was opened. (A race between the check and the removal remains; the
  /// system offers no call that does both.) Throws Skipped if it is another file now; errors: kIo.
  void remove();

 private:
  std::string path_;
  base::UniqueFd owned_;
  int fd_;
  struct stat status_ {};
};

}  // namespace lmzip::cli
