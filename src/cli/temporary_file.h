// SPDX-License-Identifier: Apache-2.0
// Files that shall not outlive the process under the name they were made with.
#pragma once

#include <string>

namespace lmzip::cli {

/// Removes a file when destroyed, unless it was released; also when the constructor of what holds this fails.
class TemporaryFile {
 public:
  TemporaryFile();
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }  ///< empty when there is none (any more)
  void own(std::string path) noexcept;
  void release() noexcept { own({}); }

  /// Removes all that there are: for an end of the process that runs no destructors.
  static void remove_all() noexcept;

 private:
  std::string path_;
  TemporaryFile* next_ = nullptr;
};

}  // namespace lmzip::cli
