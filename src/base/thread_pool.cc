// SPDX-License-Identifier: Apache-2.0
#include "base/thread_pool.h"

#include <string>
#include <system_error>

namespace lmzip::base {

// Delegates, so that the destructor ends the threads that did start when a later one does not.
ThreadPool::ThreadPool(unsigned threads) : ThreadPool() {
  workers_.reserve(threads);
  try {
    while (workers_.size() < threads) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    throw std::system_error(
        error.code(), "cannot start thread " + std::to_string(workers_.size() + 1) + " of " + std::to_string(threads));
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void ThreadPool::work() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace lmzip::base
