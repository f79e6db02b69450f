// SPDX-License-Identifier: Apache-2.0
// Shows how far a job is: on a terminal, as JSON lines, or once when SIGUSR1 asks.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "base/file_io.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "lmzip/progress.h"

namespace lmzip::cli {

/// One job to be shown.
struct ProgressJob {
  std::string name;
  std::optional<uint64_t> raw_total;     ///< raw bytes expected, when known
  std::optional<uint64_t> packed_total;  ///< or packed bytes expected
};

/// Reads the counters of `progress()` from a thread of its own while it lives; the job itself never waits for it.
/// Nothing is drawn when stderr is no terminal, when the style says so, or for jobs of less than half a second.
class ProgressBar {
 public:
  ProgressBar(Terminal& terminal, const Options& options, ProgressJob job);
  /// Stops.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// The counters of this job. A child of the process's sink: it stops when that is asked to.
  ProgressSink& sink() { return sink_; }

  /// Stops the clock and the drawing; finish() and the destructor do it too.
  void stop();
  /// Stops and says what the job came to, where there is someone to read it: on a terminal, with -v, in JSON.
  void finish(uint64_t raw_bytes, uint64_t packed_bytes);

 private:
  enum class Mode { kSilent, kDraw, kJson };

  void watch();
  std::string line() const;
  std::string json(bool done, uint64_t raw_bytes, uint64_t packed_bytes) const;
  double elapsed() const;
  double fraction() const;

  Terminal& terminal_;
  const ProgressJob job_;
  const Mode mode_;
  const bool summary_;
  ProgressSink sink_;
  const std::chrono::steady_clock::time_point start_;
  std::optional<double> duration_;  ///< s, once stopped
  base::UniqueFd stop_event_;
  std::thread thread_;
};

}  // namespace lmzip::cli
