// SPDX-License-Identifier: Apache-2.0
// File descriptors as Source, RandomSource and Sink.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "lmzip/container.h"

namespace lmzip::base {

/// Owns a file descriptor; -1 is none.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() { close(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Closes it now. Returns 0 or the errno of close(2), which is where some file systems report a failed write.
  int close() noexcept;

 private:
  int fd_;
};

/// Throws Error(kIo) with `what`, a colon and the meaning of `error_number` (an errno).
[[noreturn]] void throw_io(std::string_view what, int error_number);

/// Opens a file for reading, without waiting for the other end of a FIFO. Errors: kIo, without the path.
UniqueFd open_to_read(const std::string& path);

/// Whether there is something of that name that can be looked at.
bool file_exists(const std::string& path);

/// Reads a descriptor to its end: file, pipe, socket or terminal; blocking or not. `wake_fd`, unless it is -1, is
/// watched while waiting: as soon as it is readable, Error(kCancelled). Does not close anything.
class FdSource final : public Source {
 public:
  explicit FdSource(int fd, int wake_fd = -1) : fd_(fd), wake_fd_(wake_fd) {}
  size_t read(uint8_t* data, size_t size) override;

 private:
  int fd_;
  int wake_fd_;
};

/// Writes a descriptor, unbuffered; `name` stands in error messages. `wake_fd` as above. Does not close anything.
class FdSink final : public Sink {
 public:
  FdSink(int fd, std::string name, int wake_fd = -1) : fd_(fd), wake_fd_(wake_fd), name_(std::move(name)) {}
  void write(ByteSpan bytes) override;

 private:
  int fd_;
  int wake_fd_;
  std::string name_;
};

/// A regular file, read by position; its size is that of the moment of construction. `wake_fd` as above. Does not close
/// anything.
class FileSource final : public RandomSource {
 public:
  /// Refuses (Error kUsage) what is not a regular file: pipes and terminals have no positions.
  explicit FileSource(int fd, int wake_fd = -1);
  uint64_t size() const override { return size_; }
  size_t read_at(uint64_t offset, uint8_t* data, size_t size) override;

 private:
  int fd_;
  int wake_fd_;
  uint64_t size_;
};

/// The bytes [first, last) of another source, in order.
class RangeSource final : public Source {
 public:
  /// Precondition: range.first <= range.last <= source.size(). `source` must outlive this.
  RangeSource(RandomSource& source, RawRange range) : source_(source), range_(range) {}
  /// Refuses (Error kIo) to stop before `last`: the file has shrunk.
  size_t read(uint8_t* data, size_t size) override;

 private:
  RandomSource& source_;
  RawRange range_;
};

}  // namespace lmzip::base
