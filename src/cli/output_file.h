// SPDX-License-Identifier: Apache-2.0
// Where results go, and the promise that no unfinished file ever has its final name.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "base/file_io.h"
#include "cli/temporary_file.h"

namespace lmzip::cli {

/// What an output shall be.
struct Destination {
  std::string path;      ///< empty: stdout
  bool chosen = false;   ///< by the user: links are followed; pipes and devices, which are written through, are welcome
  bool replace = false;  ///< what exists; otherwise it is refused, even what appears while we work
  bool sparse = false;   ///< leave holes for long runs of zeros (files that we create only)
};

/// An output that appears whole or not at all: bytes go to `.name.` and six random characters (mode 0600) in the
/// target's directory, which commit() gives its final name. Until then an older file of that name is untouched, and the
/// destructor removes ours. Stdout, and a pipe or device that the user chose, are written through.
class OutputFile {
 public:
  /// Errors: kIo, also when the target exists and `replace` is false.
  explicit OutputFile(Destination destination);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  Sink& sink() { return *sink_; }
  int fd() const { return fd_; }
  /// A file of ours, not yet committed: it can be read back through fd().
  bool temporary() const { return !temporary_.path().empty(); }

  /// Writes out what is pending (a hole at the end). Idempotent; commit() does it too.
  void flush();

  /// Gives the file mode, owner, times of `attributes` (or, without them, the mode any new file gets), syncs it to disk
  /// and gives it its name. Set-id and sticky bits are dropped. Does nothing for pipes, devices, stdout. Errors: kIo.
  void commit(const struct stat* attributes);

 private:
  class SparseSink;

  void create_temporary();
  void copy_attributes(const struct stat& from);
  void give_name();

  Destination destination_;
  TemporaryFile temporary_;
  base::UniqueFd owned_;
  int fd_;
  std::unique_ptr<Sink> sink_;
  SparseSink* sparse_ = nullptr;  ///< sink_, if it is one
};

}  // namespace lmzip::cli
