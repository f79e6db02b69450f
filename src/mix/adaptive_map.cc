// SPDX-License-Identifier: Apache-2.0
#include "mix/adaptive_map.h"

#include <algorithm>

namespace lmzip::mix {
namespace {

// Cells stand half a nat apart, from -7.75 to +7.75 nats.
constexpr int32_t kCellWidth = kStretchOne / 2;
constexpr int32_t kReach = 31 * kCellWidth / 2;

}  // namespace

AdaptiveMap::AdaptiveMap(size_t contexts, int rate) : rate_(rate) {
  Row fresh;
  for (size_t i = 0; i < kCells; ++i) {
    fresh.cells[i] = static_cast<uint16_t>(squash(static_cast<int32_t>(i) * kCellWidth - kReach));
  }
  rows_.assign(contexts + 1, fresh);  // one more, so that prefetch() needs no test
  nearest_ = rows_.front().cells.data();
}

int32_t AdaptiveMap::refine(int32_t stretched, size_t context) {
  const int32_t position = std::clamp(stretched, -kReach, kReach - 1) + kReach;
  uint16_t* const cell = rows_[context].cells.data() + position / kCellWidth;
  const int32_t above = position % kCellWidth;
  nearest_ = cell + (above >= kCellWidth / 2);
  return (cell[0] * (kCellWidth - above) + cell[1] * above) / kCellWidth;
}

template <typename Save>
void AdaptiveMap::update(int bit, Save save) {
  const int32_t target = bit ? kProbabilityOne - 1 : 0;
  save(nearest_);
  *nearest_ = static_cast<uint16_t>(*nearest_ + ((target - *nearest_) >> rate_));
}
template void AdaptiveMap::update(int, Forget);
template void AdaptiveMap::update(int, Keep);

}  // namespace lmzip::mix
