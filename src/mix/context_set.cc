// SPDX-License-Identifier: Apache-2.0
#include "mix/context_set.h"

#include <algorithm>

#include "mix/hash.h"

namespace lmzip::mix {
namespace {

// The longest memory of a map from history to probability, in observations.
constexpr uint32_t kMapLimit = 255;

}  // namespace

ContextSet::ContextSet(size_t contexts, size_t kinds, int table_bits)
    : size_(contexts), table_(table_bits), maps_(kinds * contexts * 256), kind_maps_(maps_.data()) {
  for (size_t i = 0; i < maps_.size(); ++i) maps_[i] = AdaptiveProbability(kBitHistory.start[i % 256]);
}

void ContextSet::prefetch_byte(std::span<const uint64_t> hashes, size_t kind, uint64_t bytes_seen) {
  std::copy(hashes.begin(), hashes.end(), hashes_.begin());
  kind_maps_ = maps_.data() + kind * size_ * 256;
  table_.grow_for(bytes_seen);
  prefetch(0);
}

void ContextSet::prefetch_second_half(uint32_t first_half) { prefetch(first_half); }

void ContextSet::prefetch(uint64_t salt) {
  for (size_t i = 0; i < size_; ++i) {
    wanted_[i] = mixed(hashes_[i] + salt);
    table_.prefetch(wanted_[i]);
  }
}

void ContextSet::locate() {
  uint32_t seen = 0;
  for (size_t i = 0; i < size_; ++i) {
    slots_[i] = table_.find(wanted_[i]);
    seen |= uint32_t{*slots_[i] != 0} << i;
  }
  seen_ = seen;
  node_ = 0;
}

// In both loops below everything that is read through `this` is copied to a local first: histories are bytes, and the
// compiler must assume that storing a byte changes any member.

void ContextSet::write_inputs(int32_t* inputs) {
  const AdaptiveProbability* map = kind_maps_;
  const size_t node = node_, size = size_;
  for (size_t i = 0; i < size; ++i, map += 256, inputs += kInputsPerContext) {
    const BitHistory history = slots_[i][node];
    const int32_t p = map[history].p();
    const int32_t known = history == 0 ? 0 : -1;  // a mask, not a branch: whether a context is new is unpredictable
    inputs[0] = stretch(p) & known;
    inputs[1] = ((p - kProbabilityOne / 2) >> 4) & known;
  }
}

void ContextSet::update(int bit) {
  AdaptiveProbability* map = kind_maps_;
  const size_t node = node_, size = size_;
  const std::array<NibbleSlot, kMaxContexts> slots = slots_;
  for (size_t i = 0; i < size; ++i, map += 256) {
    BitHistory& history = slots[i][node];
    map[history].update(bit, kMapLimit);
    history = kBitHistory.next[history][static_cast<size_t>(bit)];
  }
  node_ = 2 * node + 1 + static_cast<size_t>(bit);
}

}  // namespace lmzip::mix
