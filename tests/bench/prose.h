// SPDX-License-Identifier: Apache-2.0
// What programs that measure speed read.
#pragma once

#include <fstream>
#include <iterator>

#include "lmzip/bytes.h"

namespace lmzip::bench {

inline const Bytes& prose() {
  static const Bytes text = [] {
    std::ifstream file(LMZIP_SAMPLE, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }();
  return text;
}

}  // namespace lmzip::bench
