// SPDX-License-Identifier: Apache-2.0
#include "mix/journal.h"

namespace lmzip::mix {

void Journal::rewind() {
  const uint8_t* bytes = bytes_.data() + used_;
  for (; entries_.size() > marks_.back(); entries_.pop_back()) {
    const auto [where, size] = entries_.back();
    bytes -= size;
    switch (size) {  // nearly all are cells of tables, for which a call would cost more than the copy
      case 1:
        std::memcpy(where, bytes, 1);
        break;
      case 2:
        std::memcpy(where, bytes, 2);
        break;
      case 4:
        std::memcpy(where, bytes, 4);
        break;
      default:
        std::memcpy(where, bytes, size);
    }
  }
  used_ = static_cast<size_t>(bytes - bytes_.data());
  marks_.pop_back();
}

}  // namespace lmzip::mix
