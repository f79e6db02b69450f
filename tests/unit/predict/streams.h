// SPDX-License-Identifier: Apache-2.0
// Symbol streams for tests of predictors.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "lmzip/frequency_table.h"

namespace lmzip::test {

using Stream = std::vector<Symbol>;

/// Symbols with something to learn: repeats of what was, now and then something new.
inline Stream learnable_stream(Symbol alphabet, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  Stream stream;
  while (stream.size() < count) {
    const size_t length = 1 + random() % 40;
    const size_t from = stream.empty() ? 0 : random() % stream.size();
    const bool repeat = random() % 3 != 0 && from + length < stream.size();
    for (size_t i = 0; i < length; ++i) {
      stream.push_back(repeat ? stream[from + i] : static_cast<Symbol>(random() % alphabet));
    }
  }
  stream.resize(count);
  return stream;
}

}  // namespace lmzip::test
