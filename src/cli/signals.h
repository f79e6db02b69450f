// SPDX-License-Identifier: Apache-2.0
// Signals become flags here; everything else asks the flags.
#pragma once

#include "lmzip/progress.h"

namespace lmzip::cli {

/// From now on INT, TERM, HUP, PIPE, XCPU and XFSZ (unless they were ignored) do nothing but ask all work to stop, as
/// often as they come, and USR1 asks for a progress line.
void install_signal_handlers();

/// The one sink of the process; its stop flag is what the handlers set. Its counters run on from file to file.
ProgressSink& progress();

/// Readable, for ever, once a stop has been asked for; to be watched by whatever may block.
int stop_fd();

/// The signal that asked first, or 0.
int stop_signal();

/// Readable when USR1 has come; take_report_request() makes it unreadable again and says whether it was.
int report_fd();
bool take_report_request();

/// Ends the process by `signal`, so that whoever waits for it sees the true cause (128 + n in a shell).
[[noreturn]] void die_of(int signal);

}  // namespace lmzip::cli
