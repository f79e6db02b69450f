// SPDX-License-Identifier: Apache-2.0
// Tasks that run on several threads and are collected in the order in which they were submitted.
#pragma once

#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "base/thread_pool.h"
#include "lmzip/progress.h"

namespace lmzip::container {

/// Whoever submits also collects, on one thread. When that thread leaves early because of an exception, the tasks that
/// still run or wait are asked to stop through their own ProgressSink, so that a full disk does not wait for an hour
/// of modelling; the user's sink is left alone.
template <typename Result>
class OrderedTasks {
 public:
  OrderedTasks(unsigned threads, ProgressSink& progress) : progress_(&progress), threads_(threads) {}
  ~OrderedTasks() { progress_.request_stop(); }

  /// Queues `task`, callable as Result(ProgressSink&). A first task waits for a second one or for take(), which then
  /// runs it on the spot: jobs of one task, the many small ones, start no thread.
  template <typename Task>
  void submit(Task task) {
    auto job = std::make_shared<Job>([this, task = std::move(task)]() mutable {
      progress_.check();
      return task(progress_);
    });
    pending_.push_back(job);
    if (!pool_ && pending_.size() == 1) {
      alone_ = true;
      return;
    }
    if (!pool_) {
      pool_.emplace(threads_);
      if (std::exchange(alone_, false)) hand_over(pending_.front());
    }
    hand_over(std::move(job));
  }

  bool empty() const { return pending_.empty(); }
  /// One task for each of several threads and another to go on with; a single thread is the submitter itself, and what
  /// waited for it would only take memory. Submitters collect until this no longer holds.
  bool overfull() const { return pending_.size() > (threads_ > 1 ? threads_ : 0); }

  /// Waits for the oldest task and returns or throws what that did. Precondition: !empty().
  Result take() {
    const std::shared_ptr<Job> oldest = std::move(pending_.front());
    pending_.pop_front();
    // Not before: a task that is dropped while its future exists needs memory to tell it, and aborts without.
    std::future<Result> result = oldest->get_future();
    if (std::exchange(alone_, false)) (*oldest)();
    return result.get();
  }

 private:
  using Job = std::packaged_task<Result()>;

  void hand_over(std::shared_ptr<Job> job) {
    pool_->submit([job = std::move(job)] { (*job)(); });
  }

  ProgressSink progress_;
  unsigned threads_;
  std::deque<std::shared_ptr<Job>> pending_;
  bool alone_ = false;  ///< the first task, while no other came
  /// Last, because its destructor waits for the tasks, which use the rest.
  std::optional<base::ThreadPool> pool_;
};

}  // namespace lmzip::container
