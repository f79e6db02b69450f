// SPDX-License-Identifier: Apache-2.0
#include "base/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace lmzip::base {
namespace {

constexpr size_t kPieceSize = 256 << 10;  // of one write(2)

std::string temporary_folder() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) throw_io("no folder for temporary files (TMPDIR)", error.value());
  return folder.string();
}

UniqueFd nameless_file(const std::string& folder) {
  if (UniqueFd file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)); file) return file;
  // Not every file system knows O_TMPFILE.
  std::string path = folder + "/lmzip-" + std::string(6, 'X');
  UniqueFd file(mkostemp(path.data(), O_CLOEXEC));
  if (!file) throw_io("cannot create a temporary file in " + folder, errno);
  unlink(path.c_str());
  return file;
}

}  // namespace

Spool::Spool() {
  const std::string folder = temporary_folder();
  name_ = "a temporary file in " + folder;
  file_ = nameless_file(folder);
  pending_.reserve(kPieceSize);
}

Spool::~Spool() {
  if (!mapped_.empty()) munmap(const_cast<uint8_t*>(mapped_.data()), mapped_.size());
}

void Spool::write(ByteSpan bytes) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  if (pending_.size() >= kPieceSize) flush();
}

ByteSpan Spool::finish() {
  flush();
  struct stat status {};
  if (fstat(file_.get(), &status) != 0) throw_io("cannot read " + name_, errno);
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return {};  // which mmap refuses
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file_.get(), 0);
  if (mapped == MAP_FAILED) throw_io("cannot map " + name_, errno);
  return mapped_ = ByteSpan(static_cast<const uint8_t*>(mapped), size);
}

void Spool::flush() {
  FdSink(file_.get(), name_).write(pending_);
  pending_.clear();
}

}  // namespace lmzip::base
