// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "base/file_io.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kYellow = "\033[1;33m";
constexpr std::string_view kPlain = "\033[0m";
constexpr std::string_view kClearLine = "\r\033[K";

bool wants_colors() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

/// '?' for what could break a line or steer a terminal.
char printable(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c; }

/// A line in the making. It lies on the stack: that memory is out has to be said without any. Its destructor writes it,
/// in one call unless it is very long, so that lines of several processes do not mix.
class Line {
 public:
  Line() = default;
  ~Line() { flush(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  void put_printable(std::string_view text) {
    for (const char c : text) put(printable(c));
  }

 private:
  void put(char c) {
    if (size_ == sizeof bytes_) flush();
    bytes_[size_++] = c;
  }

  /// A stderr that fails cannot be told to anyone.
  void flush() {
    size_t done = 0;
    while (done < size_) {
      const ssize_t count = write(STDERR_FILENO, bytes_ + done, size_ - done);
      if (count < 0 && (errno != EINTR || stop_signal() != 0)) break;
      done += static_cast<size_t>(std::max<ssize_t>(count, 0));
    }
    size_ = 0;
  }

  char bytes_[4096];
  size_t size_ = 0;
};

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Terminal::Terminal() : interactive_(isatty(STDERR_FILENO) == 1), colors_(interactive_ && wants_colors()) {}

void Terminal::error(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  raise(ExitStatus::kError);
  print(kRed, "lmzip:", text);
}

void Terminal::warn(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  raise(ExitStatus::kWarning);
  if (verbosity_ >= 0) print(kYellow, "lmzip:", text);
}

void Terminal::note(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  print("", "", text);
}

void Terminal::draw(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  if (line.empty() && !drawn_) return;
  Line out;
  out.put(kClearLine);
  out.put_printable(line.substr(0, terminal_width() - 1));
  drawn_ = !line.empty();
}

void Terminal::print(std::string_view color, std::string_view prefix, std::string_view text) {
  Line line;
  if (drawn_) line.put(kClearLine);
  drawn_ = false;
  if (!prefix.empty()) {
    if (colors_) line.put(color);
    line.put(prefix);
    if (colors_) line.put(kPlain);
    line.put(" ");
  }
  line.put_printable(text);
  line.put("\n");
}

void Terminal::raise(ExitStatus status) {
  if (status_ != ExitStatus::kError) status_ = status;
}

std::string printable(std::string_view text) {
  std::string line(text);
  for (char& c : line) c = printable(c);
  return line;
}

void refuse_terminal(int fd, std::string_view doing, std::string_view what) {
  if (isatty(fd) != 1) return;
  throw Error(ErrorKind::kUsage, fmt::format("{} is not {} a terminal (-f does it, --help tells more)", what, doing));
}

void print_text(std::string_view text) {
  base::FdSink sink(STDOUT_FILENO, "(stdout)", stop_fd());
  sink.write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

}  // namespace lmzip::cli
