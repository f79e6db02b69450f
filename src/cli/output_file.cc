// SPDX-License-Identifier: Apache-2.0
#include "cli/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// The mode open(2) would give a new file.
mode_t default_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

[[noreturn]] void refuse_existing(const std::string& path) {
  throw Error(ErrorKind::kIo, path + " already exists; -f overwrites it");
}

}  // namespace

/// Skips whole pages of zeros instead of writing them.
class OutputFile::SparseSink final : public Sink {
 public:
  SparseSink(int fd, const std::string& name) : fd_(fd), sink_(fd, name, stop_fd()), name_(name) {}

  void write(ByteSpan bytes) override {
    while (!bytes.empty()) {
      const size_t zeros = leading(bytes, Page::kZero);
      skip(zeros);
      bytes = bytes.subspan(zeros);
      const size_t data = leading(bytes, Page::kData);
      if (data == 0) continue;
      seek_over_hole();
      sink_.write(bytes.first(data));
      position_ += data;
      bytes = bytes.subspan(data);
    }
  }

  /// A file that ends in a hole has to be told its size.
  void finish() {
    if (hole_ == 0) return;
    if (ftruncate(fd_, static_cast<off_t>(position_)) != 0) base::throw_io("cannot write " + name_, errno);
    seek_over_hole();
  }

 private:
  enum class Page { kZero, kData };
  static constexpr size_t kPage = 4096;

  /// Bytes at the front of `bytes` that lie in pages of this kind. A page counts as zero only when all of it is here.
  size_t leading(ByteSpan bytes, Page kind) const {
    size_t size = 0;
    while (size < bytes.size()) {
      const size_t left_in_page = kPage - (position_ + size) % kPage;
      const ByteSpan page = bytes.subspan(size, std::min(left_in_page, bytes.size() - size));
      const bool zero = page.size() == kPage && page[0] == 0 && std::memcmp(&page[0], &page[1], kPage - 1) == 0;
      if (zero != (kind == Page::kZero)) break;
      size += page.size();
    }
    return size;
  }

  void skip(size_t size) {
    hole_ += size;
    position_ += size;
  }

  void seek_over_hole() {
    if (hole_ != 0 && lseek(fd_, static_cast<off_t>(hole_), SEEK_CUR) < 0)
      base::throw_io("cannot write " + name_, errno);
    hole_ = 0;
  }

  int fd_;
  base::FdSink sink_;
  std::string name_;
  uint64_t position_ = 0;
  uint64_t hole_ = 0;  ///< bytes skipped since the last write
};

OutputFile::OutputFile(Destination destination) : destination_(std::move(destination)), fd_(STDOUT_FILENO) {
  std::string& path = destination_.path;
  struct stat target {};
  if (path.empty()) {
    sink_ = std::make_unique<base::FdSink>(fd_, "(stdout)", stop_fd());
    return;
  }
  // What cannot be looked at may be a device or a link: it is not replaced unseen.
  const bool there = destination_.chosen && stat(path.c_str(), &target) == 0;
  if (destination_.chosen && !there && errno != ENOENT) base::throw_io("cannot open " + path, errno);
  if (there) {
    if (S_ISDIR(target.st_mode)) throw Error(ErrorKind::kIo, path + " is a directory");
    if (!S_ISREG(target.st_mode)) {
      owned_ = base::UniqueFd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
      if (!owned_) base::throw_io("cannot open " + path, errno);
      fd_ = owned_.get();
      sink_ = std::make_unique<base::FdSink>(fd_, path, stop_fd());
      return;
    }
    // A link stays a link (/dev/stdout is one): what it points to is replaced.
    struct stat name {};
    if (lstat(path.c_str(), &name) != 0) base::throw_io("cannot open " + path, errno);
    if (S_ISLNK(name.st_mode)) {
      char* const real = realpath(path.c_str(), nullptr);
      if (real == nullptr) base::throw_io("cannot open " + path, errno);
      path = real;
      std::free(real);
    }
  }
  if (!destination_.replace && exists(path)) refuse_existing(path);
  create_temporary();
}

OutputFile::~OutputFile() = default;

void OutputFile::create_temporary() {
  const std::string& path = destination_.path;
  const std::string name = path.substr(path.rfind('/') + 1);
  // NAME_MAX is 255 almost everywhere; only the temporary name is shortened. mkostemp() wants six X at the end.
  std::string temporary = fmt::format("{}/.{}.{}", directory_of(path), name.substr(0, 240), std::string(6, 'X'));
  owned_ = base::UniqueFd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!owned_) base::throw_io("cannot create " + path, errno);
  temporary_.own(std::move(temporary));
  fd_ = owned_.get();
  if (destination_.sparse) {
    auto sparse = std::make_unique<SparseSink>(fd_, path);
    sparse_ = sparse.get();
    sink_ = std::move(sparse);
  } else {
    sink_ = std::make_unique<base::FdSink>(fd_, path, stop_fd());
  }
}

void OutputFile::flush() {
  if (sparse_ != nullptr) sparse_->finish();
}

void OutputFile::commit(const struct stat* attributes) {
  if (!temporary()) return;
  const std::string what = "cannot write " + destination_.path;
  flush();
  if (attributes != nullptr) {
    copy_attributes(*attributes);
  } else {
    fchmod(fd_, default_mode());
  }
  // EINVAL, ENOSYS: a file system that cannot sync has nothing to lose.
  if (fsync(fd_) != 0 && errno != EINVAL && errno != ENOSYS) base::throw_io(what, errno);
  if (const int error = owned_.close(); error != 0) base::throw_io(what, error);
  give_name();
  const base::UniqueFd directory(open(directory_of(destination_.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) fsync(directory.get());  // best effort: the data itself is already safe
}

/// Best effort, but never wider than the source: if the group cannot be kept, nobody gains by belonging to the new one.
void OutputFile::copy_attributes(const struct stat& from) {
  mode_t mode = from.st_mode & 0777;
  [[maybe_unused]] const int owner_kept = fchown(fd_, from.st_uid, static_cast<gid_t>(-1));
  if (fchown(fd_, static_cast<uid_t>(-1), from.st_gid) != 0) {
    const mode_t shared = ((mode & 0070) >> 3) & (mode & 0007);
    mode = (mode & 0700) | (shared << 3) | shared;
  }
  fchmod(fd_, mode);
  const timespec times[] = {from.st_atim, from.st_mtim};
  futimens(fd_, times);
}

void OutputFile::give_name() {
  const char* const from = temporary_.path().c_str();
  const char* const to = destination_.path.c_str();
  const auto fail = [&] { base::throw_io("cannot create " + destination_.path, errno); };
  if (!destination_.replace) {
    // Neither call replaces a file that has appeared since we looked.
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return temporary_.release();
    if (errno == EEXIST) refuse_existing(destination_.path);
    if (errno != EINVAL && errno != ENOSYS) fail();
    if (link(from, to) == 0) {
      if (unlink(from) == 0) temporary_.release();  // otherwise the destructor tries it again
      return;
    }
    if (errno == EEXIST) refuse_existing(destination_.path);
    // A file system with neither (FAT over FUSE): look once more, which leaves a moment.
    if (exists(destination_.path)) refuse_existing(destination_.path);
  }
  if (rename(from, to) != 0) fail();
  temporary_.release();
}

}  // namespace lmzip::cli
