// SPDX-License-Identifier: Apache-2.0
#include "cli/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

/// Looked at before opening: to open a FIFO would already wait, and a tape would already wind.
void check_plain(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) base::throw_io("cannot open", errno);
  if (S_ISDIR(status.st_mode)) return;  // the same error under every policy
  if (S_ISLNK(status.st_mode)) throw Skipped("is a symbolic link, skipped (-f or -c takes it)");
  if (!S_ISREG(status.st_mode)) throw Skipped("is not a regular file, skipped (-f or -c takes it)");
  if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) throw Skipped("has a set-id bit, skipped (-f or -c takes it)");
  if (status.st_nlink > 1) throw Skipped("has more than one hard link, skipped (-f or -c takes it)");
}

}  // namespace

InputFile::InputFile(const std::string& path, InputPolicy policy) : path_(path), fd_(STDIN_FILENO) {
  if (path != "-") {
    if (policy == InputPolicy::kPlainFile) check_plain(path);
    const int no_link = policy == InputPolicy::kPlainFile ? O_NOFOLLOW : 0;
    owned_ = base::UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | no_link));
    if (!owned_) base::throw_io("cannot open", errno);
    fd_ = owned_.get();
  }
  if (fstat(fd_, &status_) != 0) base::throw_io("cannot read", errno);
  if (S_ISDIR(status_.st_mode)) throw Error(ErrorKind::kIo, "is a directory");
}

std::optional<uint64_t> InputFile::size() const {
  if (!regular()) return std::nullopt;
  const off_t position = lseek(fd_, 0, SEEK_CUR);  // a shell may hand over a file that is partly read
  return static_cast<uint64_t>(std::max<off_t>(status_.st_size - std::max<off_t>(position, 0), 0));
}

void InputFile::remove() {
  struct stat now {};
  if (lstat(path_.c_str(), &now) != 0) base::throw_io("cannot remove", errno);
  if (now.st_dev != status_.st_dev || now.st_ino != status_.st_ino) throw Skipped("is another file now, not removed");
  if (unlink(path_.c_str()) != 0) base::throw_io("cannot remove", errno);
}

}  // namespace lmzip::cli
