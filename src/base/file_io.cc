// SPDX-License-Identifier: Apache-2.0
#include "base/file_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "lmzip/error.h"

namespace lmzip::base {
namespace {

/// Waits until `fd` can be read or written, or is broken in a way the next call will report. A signal handler that
/// writes to `wake_fd` cannot be missed, however close to the call it runs; EINTR alone would leave that gap.
void wait_for(int fd, short events, int wake_fd) {
  pollfd watched[] = {{fd, events, 0}, {wake_fd, POLLIN, 0}};
  while (poll(watched, 2, -1) < 0) {
    if (errno != EINTR && errno != EAGAIN) throw_io("cannot wait for input or output", errno);
  }
  if (watched[1].revents != 0) throw Error(ErrorKind::kCancelled, "stopped");
}

bool try_again(int error_number) { return error_number == EINTR || error_number == EAGAIN; }

}  // namespace

int UniqueFd::close() noexcept {
  const int fd = std::exchange(fd_, -1);
  return fd >= 0 && ::close(fd) != 0 ? errno : 0;
}

void throw_io(std::string_view what, int error_number) {
  throw Error(ErrorKind::kIo, std::string(what) + ": " + std::generic_category().message(error_number));
}

bool file_exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

UniqueFd open_to_read(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) throw_io("cannot open", errno);
  return file;
}

size_t FdSource::read(uint8_t* data, size_t size) {
  for (;;) {
    wait_for(fd_, POLLIN, wake_fd_);
    const ssize_t count = ::read(fd_, data, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (!try_again(errno)) throw_io("cannot read", errno);
  }
}

void FdSink::write(ByteSpan bytes) {
  while (!bytes.empty()) {
    wait_for(fd_, POLLOUT, wake_fd_);
    const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(count));
    } else if (!try_again(errno)) {
      throw_io("cannot write " + name_, errno);
    }
  }
}

FileSource::FileSource(int fd, int wake_fd) : fd_(fd), wake_fd_(wake_fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw_io("cannot read", errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kUsage, "not a regular file, which this operation needs");
  size_ = static_cast<uint64_t>(status.st_size);
}

size_t FileSource::read_at(uint64_t offset, uint8_t* data, size_t size) {
  size_t done = 0;
  while (done < size) {
    if (wake_fd_ >= 0) wait_for(fd_, POLLIN, wake_fd_);  // files do not block, but a long walk must be stoppable
    const ssize_t count = pread(fd_, data + done, size - done, static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (!try_again(errno)) {
      throw_io("cannot read", errno);
    }
  }
  return done;
}

size_t RangeSource::read(uint8_t* data, size_t size) {
  const auto wanted = static_cast<size_t>(std::min<uint64_t>(size, range_.last - range_.first));
  if (wanted == 0) return 0;
  const size_t count = source_.read_at(range_.first, data, wanted);
  if (count == 0) throw Error(ErrorKind::kIo, "the file has become shorter while it was read");
  range_.first += count;
  return count;
}

}  // namespace lmzip::base
