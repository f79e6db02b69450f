// SPDX-License-Identifier: Apache-2.0
// Bit histories: one byte that summarises the bits seen in a context.
#pragma once

#include <array>
#include <cstdint>

namespace lmzip::mix {

/// A state of the automaton: 0 = nothing seen. What a state means is (n0, n1, recent), bounded counts of zeros and
/// ones with the newest bits favoured; an adaptive map turns it into a probability ("indirect" modelling: Mahoney 2005,
/// "Adaptive Weighing of Context Models for Lossless Data Compression", section 4.2).
using BitHistory = uint8_t;

struct BitHistoryTable {
  std::array<std::array<BitHistory, 2>, 256> next;  ///< [state][bit]
  std::array<uint8_t, 256> confidence;              ///< n0 + n1: what would be lost by forgetting the state
  std::array<uint16_t, 256> start;                  ///< first guess of P(1), 16 bits
  std::array<int32_t, 256> certain;  ///< all ones for a state that has seen only zeros or only ones, else 0
  int states;                        ///< reachable ones; the rest are unused
};

extern const BitHistoryTable kBitHistory;

}  // namespace lmzip::mix
