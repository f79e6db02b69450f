// SPDX-License-Identifier: Apache-2.0
#include "mix/journal.h"

#include <cstring>

namespace lmzip::mix {

void Journal::rewind() {
  const uint8_t* bytes = bytes_.data() + bytes_.size();
  for (; entries_.size() > marks_.back(); entries_.pop_back()) {
    const auto [where, size] = entries_.back();
    bytes -= size;
    std::memcpy(where, bytes, size);
  }
  bytes_.resize(static_cast<size_t>(bytes - bytes_.data()));
  marks_.pop_back();
}

}  // namespace lmzip::mix
