// SPDX-License-Identifier: Apache-2.0
#include "mix/context_set.h"

#include <algorithm>

namespace lmzip::mix {
namespace {

// The longest memory of a map from history to probability, in observations.
constexpr uint32_t kMapLimit = 255;

}  // namespace

ContextSet::ContextSet(size_t contexts, size_t kinds, int table_bits)
    : size_(contexts), table_(table_bits), maps_(kinds * contexts * 256), kind_maps_(maps_.data()) {
  for (size_t i = 0; i < maps_.size(); ++i) maps_[i] = AdaptiveProbability(kBitHistory.start[i % 256]);
}

void ContextSet::begin_byte(std::span<const uint64_t> hashes, size_t kind, uint64_t bytes_seen) {
  kind_maps_ = maps_.data() + kind * size_ * 256;
  table_.grow_for(bytes_seen);
  for (size_t i = 0; i < size_; ++i) {
    hashes_[i] = hashes[i];
    table_.prefetch(hashes[i]);
  }
}

void ContextSet::prefetch_second_half(uint32_t three_bits) const {
  for (size_t i = 0; i < size_; ++i) table_.prefetch(hashes_[i], three_bits);
}

template <typename Save>
void ContextSet::locate(uint32_t path, Save save) {
  uint32_t known = 0;
  for (size_t i = 0; i < size_; ++i) {
    slots_[i] = table_.find(hashes_[i], path, save);
    known += static_cast<uint32_t>(i < 7 && *slots_[i] != 0);
  }
  known_ = known;
  node_ = 0;
}
template void ContextSet::locate(uint32_t, Forget);
template void ContextSet::locate(uint32_t, Keep);

// In both loops below everything that is read through `this` is copied to a local first: histories are bytes, and the
// compiler must assume that storing a byte changes any member.

void ContextSet::write_inputs(int32_t* inputs) {
  const AdaptiveProbability* map = kind_maps_;
  const size_t node = node_, size = size_;
  for (size_t i = 0; i < size; ++i, map += 256, inputs += kInputsPerContext) {
    const BitHistory history = slots_[i][node];
    const int32_t p = map[history].p();
    const int32_t known = history == 0 ? 0 : -1;  // a mask, not a branch: whether a context is new is unpredictable
    const int32_t stretched = stretch(p) & known;
    inputs[0] = stretched;
    inputs[1] = stretched & kBitHistory.certain[history];
  }
}

template <typename Save>
void ContextSet::update(int bit, Save save) {
  AdaptiveProbability* map = kind_maps_;
  const size_t node = node_, size = size_;
  const NibbleSlot* const slots = slots_.data();
  for (size_t i = 0; i < size; ++i, map += 256) {
    // Not in a pass of its own before: two contexts may share a slot, and the second sees what the first makes of it.
    BitHistory& history = slots[i][node];
    save(&map[history]);
    save(&history);
    map[history].update(bit, kMapLimit);
    history = kBitHistory.next[history][static_cast<size_t>(bit)];
  }
  node_ = 2 * node + 1 + static_cast<size_t>(bit);
}
template void ContextSet::update(int, Forget);
template void ContextSet::update(int, Keep);

void ContextSet::mark(Keep save) {
  save(slots_.data(), size_);
  save(&node_);
  save(&known_);
}

}  // namespace lmzip::mix
