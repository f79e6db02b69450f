// SPDX-License-Identifier: Apache-2.0
#include "mix/context_table.h"

#include <bit>
#include <cstring>

namespace lmzip::mix {

ContextTable::ContextTable(int max_bits)
    : lines_(kLine << max_bits), mask_((uint64_t{1} << kMinBits) - 1), next_growth_(uint64_t{1} << (kMinBits - 4)) {}

void ContextTable::grow() {
  const uint64_t bytes = (mask_ + 1) * kLine;
  if (2 * bytes > lines_.size()) {
    next_growth_ = ~uint64_t{0};
    return;
  }
  std::memcpy(lines_.data() + bytes, lines_.data(), bytes);
  mask_ = 2 * mask_ + 1;
  next_growth_ *= 2;
}

template <typename Save>
NibbleSlot ContextTable::find(uint64_t hash, uint32_t path, Save save) {
  uint8_t* const line = lines_.data() + this->line(path == 1 ? hash : hash ^ side(path >> 1)) * kLine;
  uint8_t* const slots = line + kSlots;
  const auto top = static_cast<uint8_t>((hash >> 56) + path * 0x9Du);
  const uint32_t tag = top == 0 ? 1 : top;  // 0 marks a slot never used

  // All four tags at once: the lowest zero byte of `difference` sets the lowest of the high bits.
  uint32_t tags = 0;
  for (size_t i = 0; i < kSlots; ++i) tags |= uint32_t{line[i]} << (8 * i);
  const uint32_t difference = tags ^ tag * 0x01010101u;
  const uint32_t zero = (difference - 0x01010101u) & ~difference & 0x80808080u;
  if (zero != 0) return slots + static_cast<size_t>(std::countr_zero(zero) / 8) * kNodes;

  size_t weakest = 0;
  int least = 256;
  for (size_t i = 0; i < kSlots; ++i) {
    const int strength = kBitHistory.confidence[slots[i * kNodes]];  // a slot never used has 0
    if (strength < least) least = strength, weakest = i;
  }
  uint8_t* const slot = slots + weakest * kNodes;
  save(line + weakest);
  save(slot, kNodes);
  line[weakest] = static_cast<uint8_t>(tag);
  std::memset(slot, 0, kNodes);
  return slot;
}
template NibbleSlot ContextTable::find(uint64_t, uint32_t, Forget);
template NibbleSlot ContextTable::find(uint64_t, uint32_t, Keep);

}  // namespace lmzip::mix
