// SPDX-License-Identifier: Apache-2.0
#include "cli/peeked_source.h"

#include <algorithm>

namespace lmzip::cli {

ByteSpan PeekedSource::peek(size_t size) {
  size_t read = start_.size();
  if (read >= size) return ByteSpan(start_).first(size);
  start_.resize(size);
  while (read < size) {
    const size_t count = source_.read(start_.data() + read, size - read);
    if (count == 0) break;
    read += count;
  }
  start_.resize(read);
  return start_;
}

size_t PeekedSource::read(uint8_t* data, size_t size) {
  if (at_ == start_.size()) {
    start_ = {};
    at_ = 0;
    return source_.read(data, size);
  }
  const size_t count = std::min(size, start_.size() - at_);
  std::copy_n(start_.begin() + static_cast<ptrdiff_t>(at_), count, data);
  at_ += count;
  return count;
}

}  // namespace lmzip::cli
