// SPDX-License-Identifier: Apache-2.0
// What the vector versions of attend() share: the work is done in three passes over the slots, so that each is a loop
// of independent steps, and only the passes are written for an instruction set. Private to this room.
//
// One pass that scores, weighs and adds block by block (with the running maximum of online softmax) would save the trip
// of the scores through L1 but needs the scores' maximum before it has it, that is other roundings than the definition,
// and its chain of dependent steps, some 150 cycles a block by their latencies, is longer than the look-ahead.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/attention_layout.h"
#include "kernels/quantise.h"

namespace lmzip::kernels {

/// So many query heads of one key-value head are worked on together, while its block of keys or values is in L1.
inline constexpr int kHeadsTogether = 8;

/// A query head on its way through the passes.
struct HeadWork {
  alignas(64) int8_t query[256];
  alignas(64) float best[16];     ///< the largest score among the slots with this number modulo 16; then of all, in [0]
  alignas(64) float partial[16];  ///< of the denominator
  float query_scale;
  int32_t correction;  ///< -128 times the sum of the query
  float* scores;       ///< slots; after weigh() the first 64 bytes of each block are its t_j
  float* scales;       ///< one a block, in whole vectors of 16: b / 127, or 0 where the block is left out
  float* inverses;     ///< likewise
  float* output;
};

/// Heads that share keys and values.
struct GroupWork {
  const AttentionShape& shape;
  HeadCache<const std::byte> at;
  int filled;
  int blocks;  ///< that hold filled slots
  int heads;   ///< 1..kHeadsTogether
  HeadWork* head;
};

LMZIP_INLINE size_t whole_vectors(int blocks) { return static_cast<size_t>(blocks + 15) / 16 * 16; }

/// 8 + 8, 4 + 4, 2 + 2, 1 + 1.
LMZIP_INLINE float tree_sum(float* partial) {
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) partial[i] += partial[i + half];
  }
  return partial[0];
}

/// Attention::store with Passes::quantise.
template <typename Passes>
void store_with(const AttentionShape& shape, std::byte* cache, int slot, const float* key, const float* value) {
  const int width = shape.head_width;
  for (int head = 0; head < shape.key_value_heads; ++head, key += width, value += width) {
    const HeadCache<std::byte> at(shape, cache, head);
    alignas(64) int8_t quantised[2][256];
    at.key_scales[slot] = Passes::quantise(key, width, quantised[0]).scale;
    at.value_scales[slot] = Passes::quantise(value, width, quantised[1]).scale;
    uint8_t* const keys = at.key(shape, slot, 0);
    int8_t* const values = at.value(shape, slot, 0);
    for (int d = 0; d < width; d += 4) {
      uint32_t four;
      std::memcpy(&four, quantised[0] + d, sizeof four);
      four ^= 0x80808080u;
      std::memcpy(keys + d * 16, &four, sizeof four);
    }
    for (int d = 0; d < width; ++d) values[d * 4] = quantised[1][d];
  }
}

/// Prefetching was tried and left out: the next blocks of keys and values while these are worked on, or the values and
/// the next head's keys while weigh() leaves memory idle. From L2 it costs 5 to 15 %, from memory it gains about 10 %.
///
/// Passes has static functions:
///   quantise(const float* x, int width, int8_t* values) -> RowSum: one row, as Int8Matrix::quantise does
///   score(GroupWork&): scores of blocks * 64 slots, the lowest float from `filled` on; best[16]
///   weigh(const GroupWork&, HeadWork&): t_j, scales, partial
///   add(GroupWork&): the weighted sums of values, onto output
template <typename Passes>
void attend_in_passes(const AttentionShape& shape, const AttentionCall& call) {
  const int group = shape.heads / shape.key_value_heads, width = shape.head_width;
  const int blocks = (call.filled + kAttentionBlock - 1) / kAttentionBlock;
  for (int first = 0; first < shape.heads;) {
    const int key_value_head = first / group;
    const int count = std::min(kHeadsTogether, (key_value_head + 1) * group - first);
    HeadWork heads[kHeadsTogether];
    GroupWork work{shape, {shape, call.cache, key_value_head}, call.filled, blocks, count, heads};
    float* scratch = call.scratch;
    for (int h = 0; h < count; ++h) {
      HeadWork& head = heads[h];
      const RowSum row = Passes::quantise(call.query + (first + h) * width, width, head.query);
      head.query_scale = row.scale;
      head.correction = -128 * row.sum;
      std::fill_n(head.best, 16, -std::numeric_limits<float>::max());
      head.scores = scratch;
      head.scales = head.scores + shape.slots;
      head.inverses = head.scales + whole_vectors(shape.slots / kAttentionBlock);
      scratch = head.inverses + whole_vectors(shape.slots / kAttentionBlock);
      head.output = call.output + (first + h) * width;
      std::fill_n(head.output, width, 0.0f);
    }
    Passes::score(work);
    for (int h = 0; h < count; ++h) Passes::weigh(work, heads[h]);
    Passes::add(work);
    for (int h = 0; h < count; ++h) {
      const float denominator = tree_sum(heads[h].partial);
      for (int d = 0; d < width; ++d) heads[h].output[d] = heads[h].output[d] / denominator;
    }
    first += count;
  }
}

}  // namespace lmzip::kernels
