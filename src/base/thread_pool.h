// SPDX-License-Identifier: Apache-2.0
// A fixed set of worker threads and a queue.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lmzip::base {

/// Runs tasks on `threads` workers, in the order they were submitted. The destructor waits for all of them.
class ThreadPool {
 public:
  /// Precondition: threads >= 1. Throws std::system_error when the system gives fewer.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Queues `task`. What it returns or throws comes out of the future.
  template <typename Task>
  auto submit(Task task) -> std::future<decltype(task())> {
    auto job = std::make_shared<std::packaged_task<decltype(task())()>>(std::move(task));
    auto result = job->get_future();
    {
      const std::scoped_lock lock(mutex_);
      queue_.emplace_back([job] { (*job)(); });
    }
    wake_.notify_one();
    return result;
  }

 private:
  ThreadPool() = default;
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool closing_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace lmzip::base
