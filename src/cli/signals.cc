// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "base/file_io.h"

namespace lmzip::cli {
namespace {

ProgressSink g_progress;
std::atomic<int> g_stop_signal{0};
int g_stop_fd = -1;
int g_report_fd = -1;

void notify(int fd) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(fd, &one, sizeof one);  // a full counter is as readable as any
}

void on_stop(int signal) {
  const int saved_errno = errno;
  int none = 0;
  g_stop_signal.compare_exchange_strong(none, signal);
  g_progress.request_stop();
  notify(g_stop_fd);
  errno = saved_errno;
}

void on_report(int) {
  const int saved_errno = errno;
  notify(g_report_fd);
  errno = saved_errno;
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;  // nohup and shells mean it
  action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigfillset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  g_stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_report_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (g_stop_fd < 0 || g_report_fd < 0) base::throw_io("cannot prepare for signals", errno);
  // Without SA_RESTART a blocked call returns, so that the stop is seen; a report disturbs nobody.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU, SIGXFSZ}) handle(signal, on_stop, 0);
  handle(SIGUSR1, on_report, SA_RESTART);
}

ProgressSink& progress() { return g_progress; }
int stop_fd() { return g_stop_fd; }
int stop_signal() { return g_stop_signal.load(); }
int report_fd() { return g_report_fd; }

bool take_report_request() {
  uint64_t count = 0;
  return read(g_report_fd, &count, sizeof count) == sizeof count;
}

void die_of(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  _exit(128 + signal);  // only if the signal is blocked
}

}  // namespace lmzip::cli
