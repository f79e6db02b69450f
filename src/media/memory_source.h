// SPDX-License-Identifier: Apache-2.0
// A file in memory.
#pragma once

#include <algorithm>

#include "lmzip/bytes.h"
#include "lmzip/stream.h"

namespace lmzip::media {

class MemorySource final : public RandomSource {
 public:
  explicit MemorySource(ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  size_t read_at(uint64_t offset, uint8_t* data, size_t size) override {
    const ByteSpan found = bytes_.subspan(std::min<uint64_t>(offset, bytes_.size()));
    const size_t count = std::min(size, found.size());
    std::copy_n(found.begin(), count, data);
    return count;
  }

 private:
  ByteSpan bytes_;
};

}  // namespace lmzip::media
