// SPDX-License-Identifier: Apache-2.0
#include "base/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/file_io.h"

namespace lmzip::base {
namespace {

/// The mode of the file at `path` or, if there is none, what any new file gets. Asking for the mask means setting it:
/// not for threads that create files just then.
mode_t mode_for(const std::string& path) {
  struct stat old {};
  if (stat(path.c_str(), &old) == 0) return old.st_mode & 0777;
  if (errno != ENOENT) throw_io("cannot look at " + path, errno);
  const mode_t mask = umask(022);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

void replace_file(const std::string& path, ByteSpan bytes) {
  const mode_t mode = mode_for(path);
  const size_t name = path.rfind('/') + 1;
  std::string temporary = path.substr(0, name) + '.' + path.substr(name) + "." + std::string(6, 'X');
  UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) throw_io("cannot create a file beside " + path, errno);
  try {
    FdSink(fd.get(), path).write(bytes);
    if (fchmod(fd.get(), mode) != 0 || fsync(fd.get()) != 0) throw_io("cannot write " + path, errno);
    if (const int error = fd.close(); error != 0) throw_io("cannot write " + path, error);
    if (std::rename(temporary.c_str(), path.c_str()) != 0) throw_io("cannot rename a file to " + path, errno);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
}

}  // namespace lmzip::base
