// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <new>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/signals.h"
#include "cli/sizes.h"

namespace lmzip::cli {
namespace {

constexpr int kDrawInterval = 250;   // ms
constexpr int kJsonInterval = 1000;  // ms
constexpr double kPatience = 0.5;    // s before the first drawing

std::string clock_text(double seconds) {
  const auto total = static_cast<uint64_t>(std::lround(std::max(seconds, 0.0)));
  if (total < 3600) return fmt::format("{}:{:02}", total / 60, total % 60);
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

std::string speed_text(uint64_t bytes, double seconds) {
  const double speed = seconds > 0 ? static_cast<double>(bytes) / 1000 / seconds : 0;
  return fmt::format("{:.{}f} KB/s", speed, speed < 100 ? 1 : 0);
}

/// A thread that no signal interrupts: handlers belong on the main thread, whose waiting they end.
template <typename Function>
std::thread quiet_thread(Function function) {
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  const auto restore = [&] { pthread_sigmask(SIG_SETMASK, &previous, nullptr); };
  try {
    std::thread thread(function);
    restore();
    return thread;
  } catch (const std::system_error& error) {
    restore();
    base::throw_io("cannot start a thread", error.code().value());
  } catch (...) {
    restore();
    throw;
  }
}

}  // namespace

ProgressBar::ProgressBar(Terminal& terminal, const Options& options, ProgressJob job)
    : terminal_(terminal),
      job_(std::move(job)),
      mode_(options.progress == ProgressStyle::kJson ? Mode::kJson
            : options.progress == ProgressStyle::kAuto && options.verbosity >= 0 && terminal.interactive()
                ? Mode::kDraw
                : Mode::kSilent),
      summary_(options.verbosity > 0 || mode_ == Mode::kDraw),
      sink_(&progress()),
      start_(std::chrono::steady_clock::now()),
      stop_event_(eventfd(0, EFD_CLOEXEC)) {
  if (!stop_event_) base::throw_io("cannot show progress", errno);
  thread_ = quiet_thread([this] { watch(); });
}

ProgressBar::~ProgressBar() { stop(); }

void ProgressBar::stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_event_.get(), &one, sizeof one);
  thread_.join();
  duration_ = elapsed();
  terminal_.draw("");
}

void ProgressBar::watch() {
  const int interval = mode_ == Mode::kDraw ? kDrawInterval : mode_ == Mode::kJson ? kJsonInterval : -1;
  for (;;) {
    pollfd events[] = {{stop_event_.get(), POLLIN, 0}, {report_fd(), POLLIN, 0}};
    poll(events, 2, interval);
    if (events[0].revents != 0) return;
    try {
      if (events[1].revents != 0 && take_report_request()) {
        terminal_.note(line());
      } else if (mode_ == Mode::kDraw && elapsed() > kPatience) {
        terminal_.draw(line());
      } else if (mode_ == Mode::kJson) {
        terminal_.note(json(false, sink_.raw_bytes(), sink_.packed_bytes()));
      }
    } catch (const std::bad_alloc&) {  // the job will say so, if it wants memory as well
    }
  }
}

void ProgressBar::finish(uint64_t raw_bytes, uint64_t packed_bytes) {
  stop();
  if (mode_ == Mode::kJson) terminal_.note(json(true, raw_bytes, packed_bytes));
  if (!summary_) return;
  terminal_.note(fmt::format("{}: {} raw, {} packed, {}, {} bits/byte, {} s, {}", job_.name, raw_bytes, packed_bytes,
                             ratio_text(raw_bytes, packed_bytes), bits_per_byte_text(raw_bytes, packed_bytes),
                             fmt::format("{:.1f}", elapsed()), speed_text(raw_bytes, elapsed())));
}

double ProgressBar::elapsed() const {
  if (duration_) return *duration_;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

double ProgressBar::fraction() const {
  const auto share = [](uint64_t done, const std::optional<uint64_t>& total) {
    return total && *total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(*total)) : 0.0;
  };
  return std::max(share(sink_.raw_bytes(), job_.raw_total), share(sink_.packed_bytes(), job_.packed_total));
}

std::string ProgressBar::line() const {
  const uint64_t raw = sink_.raw_bytes(), packed = sink_.packed_bytes();
  const double seconds = elapsed(), done = fraction();
  std::string text = fmt::format("{}: {}", job_.name, human_size(raw));
  if (done > 0) text += fmt::format(" {:.1f}%", 100 * done);
  // Packed bytes come block by block: before the first block there is no ratio.
  if (packed > 0) text += fmt::format("  {} {} bpb", ratio_text(raw, packed), bits_per_byte_text(raw, packed));
  text += fmt::format("  {}  {}", speed_text(raw, seconds), clock_text(seconds));
  if (done > 0) text += fmt::format(" ETA {}", clock_text(seconds * (1 - done) / done));
  return text;
}

std::string ProgressBar::json(bool done, uint64_t raw_bytes, uint64_t packed_bytes) const {
  nlohmann::ordered_json object{
      {"file", job_.name}, {"raw", raw_bytes}, {"packed", packed_bytes}, {"seconds", elapsed()}, {"done", done}};
  if (job_.raw_total) object["raw_total"] = *job_.raw_total;
  if (job_.packed_total) object["packed_total"] = *job_.packed_total;
  return object.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace lmzip::cli
