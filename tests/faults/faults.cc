// SPDX-License-Identifier: Apache-2.0
// A library to be preloaded: it counts the calls that the program makes of the system, and makes some of them fail.
//
//   LMZIP_FAULT=KIND:N[+]:WHAT[,...]   the N-th call of that kind, with + each one from it on
//   LMZIP_FAULT_RECORD=FILE            where the counts are kept, which outlive the process: a uint64_t for each kind,
//                                      in the order of kKinds, and how often a fault struck
//
// WHAT is the name of an error or of a signal of this file's tables, the latter sent to the process before the call is
// made, or "short": half of what was asked for is read or written. Nothing of it allocates, and nothing is counted
// before the program's own code runs.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace {

/// "init" is an allocation before main(), "say" a write to stderr, "any" every call but allocations; "sync" and "close"
/// are of files that mkostemp() made, "syncfolder" of other things. Event counters, which have no way to fail, are left
/// alone.
enum Kind : size_t {
  kInit,
  kAlloc,
  kMap,
  kThread,
  kOpen,
  kCreate,
  kRead,
  kWrite,
  kSay,
  kPoll,
  kSync,
  kSyncFolder,
  kTruncate,
  kSeek,
  kClose,
  kStat,
  kAttributes,
  kRename,
  kRenameAt2,
  kLink,
  kUnlink,
  kAny,
  kKinds
};
constexpr std::array<std::string_view, kKinds> kNames = {
    "init",       "alloc",    "map",  "thread", "open", "create",     "read",   "write",     "say",  "poll",   "sync",
    "syncfolder", "truncate", "seek", "close",  "stat", "attributes", "rename", "renameat2", "link", "unlink", "any"};

struct Named {
  std::string_view name;
  int number;
};
constexpr Named kErrors[] = {{"EAGAIN", EAGAIN}, {"EINTR", EINTR},   {"EINVAL", EINVAL}, {"EIO", EIO},
                             {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC}, {"EPERM", EPERM}};
constexpr Named kSignals[] = {
    {"HUP", SIGHUP}, {"INT", SIGINT}, {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"TERM", SIGTERM}};

struct Fault {
  Kind kind = kKinds;
  uint64_t first = 0;
  bool lasting = false;
  int error = 0, signal = 0;
  bool cut = false;  ///< "short"
};

struct Record {
  std::atomic<uint64_t> calls[kKinds];
  std::atomic<uint64_t> struck;
};

constexpr size_t kMostFaults = 4;
constexpr int kMostDescriptors = 1024;
Fault g_faults[kMostFaults];
Record g_unkept;
Record* g_record = &g_unkept;
std::atomic<bool> g_armed{false}, g_in_main{false};
std::atomic<bool> g_event[kMostDescriptors], g_made[kMostDescriptors];

int number_of(std::string_view name, const Named* first, const Named* last) {
  for (; first != last; ++first)
    if (first->name == name) return first->number;
  return 0;
}

[[noreturn]] void refuse(const char* what) {
  dprintf(STDERR_FILENO, "faults: LMZIP_FAULT%s\n", what);
  _exit(99);
}

std::string_view take_field(std::string_view& text, char end) {
  const size_t size = text.find(end);
  const std::string_view field = text.substr(0, size);
  text.remove_prefix(size == text.npos ? text.size() : size + 1);
  return field;
}

Fault parsed(std::string_view text) {
  Fault fault;
  const std::string_view kind = take_field(text, ':'), count = take_field(text, ':');
  for (size_t i = 0; i < kKinds; ++i)
    if (kNames[i] == kind) fault.kind = static_cast<Kind>(i);
  for (const char c : count) {
    if (c >= '0' && c <= '9') fault.first = 10 * fault.first + static_cast<uint64_t>(c - '0');
  }
  fault.lasting = count.ends_with('+');
  fault.error = number_of(text, std::begin(kErrors), std::end(kErrors));
  fault.signal = number_of(text, std::begin(kSignals), std::end(kSignals));
  fault.cut = text == "short";
  if (fault.kind == kKinds || fault.first == 0) refuse(": KIND:N[+]:WHAT");
  if (fault.error == 0 && fault.signal == 0 && !fault.cut) refuse(": unknown WHAT");
  return fault;
}

void arm() {
  if (const char* const path = std::getenv("LMZIP_FAULT_RECORD")) {
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(Record)) != 0) refuse("_RECORD: cannot be written");
    void* const mapped = mmap(nullptr, sizeof(Record), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) refuse("_RECORD: cannot be mapped");
    g_record = static_cast<Record*>(mapped);
    close(fd);
  }
  const char* const text = std::getenv("LMZIP_FAULT");
  std::string_view rest = text == nullptr ? "" : text;
  for (size_t i = 0; !rest.empty(); ++i) {
    if (i == kMostFaults) refuse(": too many");
    g_faults[i] = parsed(take_field(rest, ','));
  }
  g_armed = true;
}

/// Counts a call and says what shall become of it; signals are sent here.
std::optional<Fault> next_fault(Kind kind) {
  if (!g_armed) return std::nullopt;
  if (kind == kAlloc && !g_in_main) kind = kInit;
  const uint64_t number = ++g_record->calls[kind];
  const uint64_t any = kind > kAlloc ? ++g_record->calls[kAny] : 0;
  for (const Fault& fault : g_faults) {
    const uint64_t at = fault.kind == kind ? number : fault.kind == kAny ? any : 0;
    if (at == 0 || fault.kind == kKinds || (fault.lasting ? at < fault.first : at != fault.first)) continue;
    ++g_record->struck;
    if (fault.signal == 0) return fault;
    kill(getpid(), fault.signal);
    return std::nullopt;
  }
  return std::nullopt;
}

/// Counts a call that shall either be made or fail; in the latter case errno is set.
bool fails(Kind kind) {
  const std::optional<Fault> fault = next_fault(kind);
  if (!fault || fault->error == 0) return false;
  errno = fault->error;
  return true;
}

/// The function of that name that would have been called without us.
template <auto ours>
auto next(const char* name) {
  static std::atomic<void*> known{nullptr};
  if (known == nullptr) known = dlsym(RTLD_NEXT, name);
  return reinterpret_cast<decltype(ours)>(known.load());
}

using Descriptors = std::atomic<bool>[kMostDescriptors];
bool is_in(const Descriptors& some, int fd) { return fd >= 0 && fd < kMostDescriptors && some[fd]; }
bool is_event(int fd) { return is_in(g_event, fd); }
int put_in(Descriptors& some, int fd) {
  if (fd >= 0 && fd < kMostDescriptors) some[fd] = true;
  return fd;
}

/// Calls `transfer` with all of `size` bytes or, when a fault says so, half of them.
template <typename Transfer>
ssize_t transferred(Kind kind, size_t size, Transfer transfer) {
  const std::optional<Fault> fault = next_fault(kind);
  if (fault && fault->error != 0) {
    errno = fault->error;
    return -1;
  }
  return transfer(fault && fault->cut && size > 1 ? size / 2 : size);
}

void* allocated(void* (*allocate)(size_t, size_t), size_t first, size_t second) {
  return fails(kAlloc) ? nullptr : allocate(first, second);
}

int (*g_main)(int, char**, char**) = nullptr;

int counted_main(int argc, char** argv, char** environment) {
  g_in_main = true;
  return g_main(argc, argv, environment);
}

}  // namespace

extern "C" {

// What glibc's _start calls: it runs the program's static initialisers and then main().
int __libc_start_main(int (*main)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  g_main = main;
  const auto start = next<&__libc_start_main>("__libc_start_main");
  arm();
  return start(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

void* malloc(size_t size) { return fails(kAlloc) ? nullptr : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return allocated(__libc_calloc, count, size); }
void* realloc(void* memory, size_t size) { return fails(kAlloc) ? nullptr : __libc_realloc(memory, size); }
void* aligned_alloc(size_t alignment, size_t size) { return allocated(__libc_memalign, alignment, size); }
void* memalign(size_t alignment, size_t size) { return allocated(__libc_memalign, alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* const made = memalign(alignment, size);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  if (fails(kMap)) return MAP_FAILED;
  return next<&mmap>("mmap")(address, size, protection, flags, fd, offset);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  if (fails(kThread)) return errno;
  return next<&pthread_create>("pthread_create")(thread, attributes, run, argument);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return fails(kOpen) ? -1 : next<&open>("open")(path, flags, mode);
}
int mkostemp(char* path, int flags) {
  return fails(kCreate) ? -1 : put_in(g_made, next<&mkostemp>("mkostemp")(path, flags));
}

int eventfd(unsigned count, int flags) noexcept { return put_in(g_event, next<&eventfd>("eventfd")(count, flags)); }

/// It is closed all the same, as Linux does.
int close(int fd) {
  const bool failing = is_in(g_made, fd) && fails(kClose);
  const int error = errno;
  if (fd >= 0 && fd < kMostDescriptors) g_event[fd] = g_made[fd] = false;
  const int result = next<&close>("close")(fd);
  if (failing) errno = error;
  return failing ? -1 : result;
}

ssize_t read(int fd, void* data, size_t size) {
  const auto transfer = [&](size_t some) { return next<&read>("read")(fd, data, some); };
  return is_event(fd) ? transfer(size) : transferred(kRead, size, transfer);
}
ssize_t pread(int fd, void* data, size_t size, off_t offset) {
  return transferred(kRead, size, [&](size_t some) { return next<&pread>("pread")(fd, data, some, offset); });
}
ssize_t write(int fd, const void* data, size_t size) {
  const auto transfer = [&](size_t some) { return next<&write>("write")(fd, data, some); };
  return is_event(fd) ? transfer(size) : transferred(fd == STDERR_FILENO ? kSay : kWrite, size, transfer);
}

int poll(pollfd* watched, nfds_t count, int timeout) {
  return fails(kPoll) ? -1 : next<&poll>("poll")(watched, count, timeout);
}
int fsync(int fd) { return fails(is_in(g_made, fd) ? kSync : kSyncFolder) ? -1 : next<&fsync>("fsync")(fd); }
int ftruncate(int fd, off_t size) noexcept { return fails(kTruncate) ? -1 : next<&ftruncate>("ftruncate")(fd, size); }
off_t lseek(int fd, off_t offset, int from) noexcept {
  return fails(kSeek) ? -1 : next<&lseek>("lseek")(fd, offset, from);
}

int stat(const char* path, struct stat* status) noexcept {
  return fails(kStat) ? -1 : next<&stat>("stat")(path, status);
}
int lstat(const char* path, struct stat* status) noexcept {
  return fails(kStat) ? -1 : next<&lstat>("lstat")(path, status);
}
int fstat(int fd, struct stat* status) noexcept { return fails(kStat) ? -1 : next<&fstat>("fstat")(fd, status); }
int fchmod(int fd, mode_t mode) noexcept { return fails(kAttributes) ? -1 : next<&fchmod>("fchmod")(fd, mode); }
int fchown(int fd, uid_t user, gid_t group) noexcept {
  return fails(kAttributes) ? -1 : next<&fchown>("fchown")(fd, user, group);
}
int futimens(int fd, const timespec times[2]) noexcept {
  return fails(kAttributes) ? -1 : next<&futimens>("futimens")(fd, times);
}

int rename(const char* from, const char* to) noexcept {
  return fails(kRename) ? -1 : next<&rename>("rename")(from, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return fails(kRenameAt2) ? -1 : next<&renameat2>("renameat2")(from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) noexcept { return fails(kLink) ? -1 : next<&link>("link")(from, to); }
int unlink(const char* path) noexcept { return fails(kUnlink) ? -1 : next<&unlink>("unlink")(path); }

}  // extern "C"
