// SPDX-License-Identifier: Apache-2.0
// The angles of rotary positions (RoFormer, Su et al. 2021), the same bits on every machine and exact for any position.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmzip::predict {

/// Angles of one head width w: pair k of position i is turned by i 10000^(-2k/w), k = 0 .. w/2 - 1.
class Rotary {
 public:
  explicit Rotary(int head_width);

  int pairs() const { return static_cast<int>(steps_.size()); }

  /// Fills `cosines` and `sines` (pairs() each) for `position`.
  void angles(uint64_t position, std::span<float> cosines, std::span<float> sines) const;

 private:
  /// Turn of one position, in 2^-64 of a circle: multiples wrap as angles do, so that no precision is lost far along.
  std::vector<uint64_t> steps_;
};

}  // namespace lmzip::predict
