// SPDX-License-Identifier: Apache-2.0
// Bytes of a file around its numbers.
#pragma once

#include <cstdint>
#include <memory>

#include "numbers/model.h"

namespace lmzip::numbers {

/// Which bytes of a stream are not numbers: a header in front, and what fills up rows.
struct Frame {
  uint64_t head = 0;  ///< bytes in front
  uint64_t row = 1;   ///< bytes of a row's numbers, >= 1
  uint64_t pad = 0;   ///< bytes behind each row

  bool is_number(uint64_t position) const {
    return position >= head && (pad == 0 || (position - head) % (row + pad) < row);
  }
};

/// `model` for the numbers; the head is coded by the fastest general mixing, padding by what it has been.
std::unique_ptr<Model> make_framed(std::unique_ptr<Model> model, const Frame& frame);

}  // namespace lmzip::numbers
