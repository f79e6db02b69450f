// SPDX-License-Identifier: Apache-2.0
// How long work tells what it has done, and how it learns that it should stop.
#pragma once

#include <atomic>
#include <cstdint>

#include "lmzip/error.h"
#include "lmzip/token_counts.h"

namespace lmzip {

/// The counters of one job, shared by all its threads, and its stop request. Work pushes into it; whoever wants to
/// show progress reads it when it likes (there is no callback, so no thread of a library ever runs foreign code).
/// Everything here is lock-free, so request_stop() may be called from a signal handler.
///
/// A sink may have a parent: work reported to the child counts for both, and the child also stops when the parent does,
/// but not the other way round. That is how a job whose output failed stops its own workers without a word to its user.
class ProgressSink {
 public:
  ProgressSink() = default;
  /// What a child's work is to its parent.
  enum class Work : uint8_t {
    kCounts,  ///< counts for both
    kTrial,   ///< done to find something out, or a second time: the parent does not count it, but still can stop it
  };
  /// A child of `parent`, which must outlive it.
  explicit ProgressSink(ProgressSink* parent, Work work = Work::kCounts)
      : parent_(parent), counting_(work == Work::kCounts ? parent : nullptr) {}

  /// Called by codecs every few thousand symbols: `raw_bytes` more uncompressed bytes have been modelled.
  /// Throws Error(kCancelled) when a stop has been requested.
  void advance(uint64_t raw_bytes) {
    raw_bytes_.fetch_add(raw_bytes, std::memory_order_relaxed);
    if (counting_ != nullptr) counting_->advance(raw_bytes);
    check();
  }
  /// Called by the container: `bytes` more compressed bytes have been written (or read, when decompressing).
  void add_packed(uint64_t bytes) {
    packed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (counting_ != nullptr) counting_->add_packed(bytes);
  }

  /// Called by codecs of tokens: blocks that are coded took so much more.
  void add_tokens(const TokenCounts& counts) {
    tokens_.fetch_add(counts.tokens, std::memory_order_relaxed);
    escapes_.fetch_add(counts.escapes, std::memory_order_relaxed);
    misses_.fetch_add(counts.misses, std::memory_order_relaxed);
    if (counting_ != nullptr) counting_->add_tokens(counts);
  }

  /// Throws Error(kCancelled) when a stop has been requested.
  void check() const {
    if (stop_requested()) throw Error(ErrorKind::kCancelled, "stopped");
  }

  void request_stop() noexcept { stop_.store(true, std::memory_order_relaxed); }
  bool stop_requested() const noexcept {
    return stop_.load(std::memory_order_relaxed) || (parent_ != nullptr && parent_->stop_requested());
  }

  uint64_t raw_bytes() const noexcept { return raw_bytes_.load(std::memory_order_relaxed); }
  uint64_t packed_bytes() const noexcept { return packed_bytes_.load(std::memory_order_relaxed); }
  TokenCounts tokens() const noexcept {
    return {.tokens = tokens_.load(std::memory_order_relaxed),
            .escapes = escapes_.load(std::memory_order_relaxed),
            .misses = misses_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<uint64_t> raw_bytes_{0};
  std::atomic<uint64_t> packed_bytes_{0};
  std::atomic<uint64_t> tokens_{0}, escapes_{0}, misses_{0};
  std::atomic<bool> stop_{false};
  ProgressSink* const parent_ = nullptr;
  ProgressSink* const counting_ = nullptr;  ///< the parent, if it counts what is done here
  static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);
};

}  // namespace lmzip
