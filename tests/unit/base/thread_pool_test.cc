// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace lmzip::base {
namespace {

TEST(ThreadPool, ResultsComeOutOfTheirFutures) {
  ThreadPool pool(3);
  std::vector<std::future<int>> squares;
  for (int i = 0; i < 200; ++i) squares.push_back(pool.submit([i] { return i * i; }));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(squares[i].get(), i * i);
}

TEST(ThreadPool, ExceptionsComeOutOfTheirFutures) {
  ThreadPool pool(2);
  auto bad = pool.submit([]() -> int { throw std::runtime_error("task failed"); });
  EXPECT_THROW(bad.get(), std::runtime_error);
}

TEST(ThreadPool, WorksOnAfterAnException) {
  ThreadPool pool(1);
  auto bad = pool.submit([] { throw std::runtime_error("task failed"); });
  auto good = pool.submit([] { return 5; });
  EXPECT_EQ(good.get(), 5);
  EXPECT_THROW(bad.get(), std::runtime_error);
}

TEST(ThreadPool, OneThreadKeepsTheOrderOfSubmission) {
  std::vector<int> order;
  {
    ThreadPool pool(1);
    for (int i = 0; i < 100; ++i) pool.submit([i, &order] { order.push_back(i); });
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order.at(i), i);
}

TEST(ThreadPool, AllThreadsWorkAtOnce) {
  // Every task waits until all three have started: with fewer threads this would never end.
  std::latch all_started(3);
  ThreadPool pool(3);
  std::vector<std::future<std::thread::id>> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(pool.submit([&all_started] {
      all_started.arrive_and_wait();
      return std::this_thread::get_id();
    }));
  }
  std::set<std::thread::id> distinct;
  for (auto& id : ids) distinct.insert(id.get());
  EXPECT_EQ(distinct.size(), 3u);
}

TEST(ThreadPool, DestructorWaitsForAllThatWasSubmitted) {
  std::atomic<int> done = 0;
  {
    std::promise<void> gate;
    const std::shared_future<void> opened = gate.get_future().share();
    ThreadPool pool(2);
    for (int i = 0; i < 50; ++i) {
      pool.submit([opened, &done] {
        opened.wait();
        ++done;
      });
    }
    EXPECT_EQ(done, 0);
    gate.set_value();
  }
  EXPECT_EQ(done, 50);
}

TEST(ThreadPool, AbandonedFutureDoesNotBlockTheCaller) {
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  ThreadPool pool(1);
  {
    auto ignored = pool.submit([opened] { opened.wait(); });
  }
  gate.set_value();  // reached only because dropping the future did not wait for its task
}

TEST(ThreadPool, TaskMayOwnWhatCannotBeCopied) {
  ThreadPool pool(1);
  auto result = pool.submit([owned = std::make_unique<int>(9)] { return *owned; });
  EXPECT_EQ(result.get(), 9);
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSpaceIsOurs = false;
#elif defined(__has_feature)
constexpr bool kAddressSpaceIsOurs = !__has_feature(address_sanitizer);
#else
constexpr bool kAddressSpaceIsOurs = true;
#endif

/// Leaves this process room for a few more stacks of threads.
void limit_address_space() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t bytes = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + (uint64_t{64} << 20);
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_AS, &limit);
}

TEST(ThreadPoolDeathTest, AThreadThatDoesNotStartIsAnErrorThatCanBeCaught) {
  if (!kAddressSpaceIsOurs) GTEST_SKIP() << "AddressSanitizer needs the address space";
  const auto start_too_many = [] {
    limit_address_space();
    try {
      ThreadPool pool(1000);
    } catch (const std::system_error& error) {
      std::cerr << error.what();
      _exit(7);
    }
  };
  EXPECT_EXIT(start_too_many(), testing::ExitedWithCode(7), "cannot start thread [0-9]+ of 1000: ");
}

}  // namespace
}  // namespace lmzip::base
