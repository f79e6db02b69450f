// SPDX-License-Identifier: Apache-2.0
// A list of context hashes under construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mix/hash.h"

namespace lmzip::mix {

/// Numbers the contexts as they are added, so that equal values in different contexts hash differently, and ignores
/// what does not fit: the most valuable contexts come first.
class HashList {
 public:
  explicit HashList(std::span<uint64_t> hashes) : hashes_(hashes) {}

  bool full() const { return filled_ == hashes_.size(); }

  template <typename... Values>
  void add(Values... values) {
    if (full()) return;
    hashes_[filled_] = hash_of(filled_, values...);
    ++filled_;
  }

  /// Gives what is left of the list one and the same context.
  void fill() {
    while (!full()) add(0);
  }

 private:
  std::span<uint64_t> hashes_;
  size_t filled_ = 0;
};

}  // namespace lmzip::mix
