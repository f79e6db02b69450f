// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

/// One call per line, so that lines of several processes do not mix. A stderr that fails cannot be told to anyone.
void put(std::string_view text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

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
  put(fmt::format("{}{}", kClearLine, printable(line).substr(0, terminal_width() - 1)));
  drawn_ = !line.empty();
}

void Terminal::print(std::string_view color, std::string_view prefix, std::string_view text) {
  std::string line;
  if (drawn_) line += kClearLine;
  drawn_ = false;
  if (!prefix.empty()) {
    line += colors_ ? fmt::format("{}{}{} ", color, prefix, kPlain) : fmt::format("{} ", prefix);
  }
  put(line + printable(text) + "\n");
}

void Terminal::raise(ExitStatus status) {
  if (status_ != ExitStatus::kError) status_ = status;
}

std::string printable(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
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
