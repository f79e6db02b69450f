// SPDX-License-Identifier: Apache-2.0
// A distribution over the next byte that a network made, as inputs for the bits of that byte.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "mix/adaptive_map.h"
#include "mix/journal.h"

namespace lmzip::mix {

class Forecast {
 public:
  static constexpr int kInputs = 4;
  /// Of the inputs: the network's own word, which all of a mixer's weight may lie on at first.
  static constexpr int kPlainInput = 0;

  Forecast();

  /// The next byte's weights, of a sum below 2^32 - 256.
  void begin_byte(std::span<const uint32_t, 256> weights);

  /// Of the next byte nothing is known: no doubt, no certainty, and no inputs to be written.
  void say_nothing() { doubt_ = certainty_ = 0; }

  /// Writes kInputs inputs for the next bit, given the bits of the byte so far (with a leading one).
  void write_inputs(int32_t* inputs, uint32_t partial);
  template <typename Save = Forget>
  void update(int bit, Save save = {});
  void mark(Keep save) { map_.mark(save); }

  /// How unsure it is of the byte, 0..kDoubts - 1: by the cost of the likeliest one, which says as much as the entropy.
  static constexpr uint32_t kDoubts = 16;
  uint32_t doubt() const { return doubt_; }
  /// How sure it is of this bit, 0..15.
  uint32_t certainty() const { return certainty_; }
  uint8_t likeliest() const { return likeliest_; }

 private:
  std::array<uint32_t, 512> sums_{};  ///< of the bytes behind each node of the byte's tree, root at 1
  AdaptiveMap map_;
  uint32_t doubt_ = 0;
  uint32_t certainty_ = 0;
  uint8_t likeliest_ = 0;
};

}  // namespace lmzip::mix
