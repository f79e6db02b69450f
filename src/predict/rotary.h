// SPDX-License-Identifier: Apache-2.0
// The angles of rotary positions (RoFormer, Su et al. 2021), the same bits on every machine and exact for any position.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmzip::predict {

/// Angles of other people's checkpoints. Llama 3.1 stretches slow ones: a pair that turns fewer than low_factor times
/// in original_context positions is slowed down by `factor`, one that turns more than high_factor times is kept,
/// between them the slowing is mixed linearly with the number of turns.
struct RotaryShape {
  int width = 0;        ///< numbers that are turned, even
  double base = 10000;  ///< 1..1e9
  double factor = 1;    ///< 1: no stretching
  double low_factor = 1, high_factor = 4;
  int original_context = 8192;
};

/// Angles of one head width w: pair k of position i is turned by i 10000^(-2k/w), k = 0 .. w/2 - 1.
class Rotary {
 public:
  explicit Rotary(int head_width);
  explicit Rotary(const RotaryShape& shape);

  int pairs() const { return static_cast<int>(steps_.size()); }

  /// Fills `cosines` and `sines` (pairs() each) for `position`.
  void angles(uint64_t position, std::span<float> cosines, std::span<float> sines) const;

 private:
  /// Turn of one position, in 2^-64 of a circle: multiples wrap as angles do, so that no precision is lost far along.
  std::vector<uint64_t> steps_;
};

}  // namespace lmzip::predict
