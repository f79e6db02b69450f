// SPDX-License-Identifier: Apache-2.0
// All that lmzip says to people: errors, warnings, notes, the progress line; and what may go to a terminal.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace lmzip::cli {

enum class ExitStatus { kOk = 0, kError = 1, kWarning = 2 };

/// stderr, line by line. The worst thing said is the exit status; being quiet hides words, not the status.
/// Thread-safe. Control characters (a file name may hold any) are shown as '?', so one message is one line.
/// Saying something needs no memory, as that may be what is to be said.
class Terminal {
 public:
  Terminal();

  /// Warnings are shown from verbosity 0 on, errors always.
  void set_verbosity(int verbosity) { verbosity_ = verbosity; }

  void error(std::string_view text);
  void warn(std::string_view text);
  /// A line that is neither; does not touch the status.
  void note(std::string_view text);

  /// Shows `line` in place of the previous one, cut to the width of the terminal; an empty line clears it.
  void draw(std::string_view line);

  /// Whether stderr is a terminal.
  bool interactive() const { return interactive_; }
  ExitStatus status() const { return status_; }

 private:
  void print(std::string_view color, std::string_view prefix, std::string_view text);
  void raise(ExitStatus status);

  std::mutex mutex_;
  const bool interactive_;
  const bool colors_;
  int verbosity_ = 0;
  bool drawn_ = false;
  ExitStatus status_ = ExitStatus::kOk;
};

/// `text` with '?' for control characters: a file name may hold any, and shall neither break lines nor steer terminals.
std::string printable(std::string_view text);

/// Refuses (Error kUsage) data on a terminal, which can neither show nor type it; `-f` allows it (the caller does not
/// ask then). `doing` is "written to" or "read from".
void refuse_terminal(int fd, std::string_view doing, std::string_view what = "compressed data");

/// Writes text that was asked for (help, lists) to stdout. Errors: kIo.
void print_text(std::string_view text);

}  // namespace lmzip::cli
