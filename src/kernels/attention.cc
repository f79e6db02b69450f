// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention.h"

#include <algorithm>
#include <vector>

#include "kernels/attention_layout.h"
#include "kernels/attention_passes.h"
#include "kernels/implementations.h"
#include "kernels/quantise.h"

namespace lmzip::kernels {
namespace {

void store_scalar(const AttentionShape& shape, std::byte* cache, int slot, const float* key, const float* value) {
  const int width = shape.head_width;
  for (int head = 0; head < shape.key_value_heads; ++head, key += width, value += width) {
    const HeadCache<std::byte> at(shape, cache, head);
    const RowScale key_scale = row_scale(largest_magnitude(key, width));
    const RowScale value_scale = row_scale(largest_magnitude(value, width));
    at.key_scales[slot] = key_scale.scale;
    at.value_scales[slot] = value_scale.scale;
    for (int d = 0; d < width; ++d) {
      *at.key(shape, slot, d) = static_cast<uint8_t>(quantised(key[d], key_scale.inverse) + 128);
      *at.value(shape, slot, d) = static_cast<int8_t>(quantised(value[d], value_scale.inverse));
    }
  }
}

/// One head of one call: the scores in `scores`, replaced by the weights times the scales of the values.
class ScalarHead {
 public:
  ScalarHead(const AttentionShape& shape, const AttentionCall& call, int head)
      : shape_(shape),
        at_(shape, call.cache, head / (shape.heads / shape.key_value_heads)),
        filled_(call.filled),
        scores_(call.scratch) {}

  void score(const float* query) {
    const int width = shape_.head_width;
    const RowScale query_scale = row_scale(largest_magnitude(query, width));
    int32_t quantised_query[256];
    for (int d = 0; d < width; ++d) quantised_query[d] = quantised(query[d], query_scale.inverse);
    for (int j = 0; j < filled_; ++j) {
      int32_t dot = 0;
      for (int d = 0; d < width; ++d) dot += quantised_query[d] * (*at_.key(shape_, j, d) - 128);
      scores_[j] = static_cast<float>(dot) * (query_scale.scale * at_.key_scales[j]);
    }
    best_ = *std::max_element(scores_, scores_ + filled_);
  }

  void sum(float* output) {
    std::fill_n(output, shape_.head_width, 0.0f);
    for (int first = 0; first < filled_; first += kAttentionBlock) {
      add_block(first, std::min(first + kAttentionBlock, filled_), output);
    }
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) partial_[i] += partial_[i + half];
    }
    for (int d = 0; d < shape_.head_width; ++d) output[d] = output[d] / partial_[0];
  }

 private:
  void add_block(int first, int end, float* output) {
    if (*std::max_element(scores_ + first, scores_ + end) - best_ < -kAttentionNegligible) return;
    float largest = 0.0f;
    for (int j = first; j < end; ++j) {
      const float weight = exp2_approx(scores_[j] - best_);
      partial_[j % 16] += weight;
      scores_[j] = weight * at_.value_scales[j];
      largest = std::max(largest, scores_[j]);
    }
    const RowScale scale = row_scale(largest);
    if (scale.scale == 0.0f) return;
    int32_t whole[kAttentionBlock];
    for (int j = first; j < end; ++j) whole[j - first] = quantised(scores_[j], scale.inverse);
    for (int d = 0; d < shape_.head_width; ++d) {
      int32_t dot = 0;
      for (int j = first; j < end; ++j) dot += whole[j - first] * *at_.value(shape_, j, d);
      output[d] += static_cast<float>(dot) * scale.scale;
    }
  }

  const AttentionShape& shape_;
  const HeadCache<const std::byte> at_;
  const int filled_;
  float* const scores_;
  float best_ = 0.0f;
  float partial_[16] = {};
};

void attend_scalar(const AttentionShape& shape, const AttentionCall& call) {
  for (int head = 0; head < shape.heads; ++head) {
    const int first = head * shape.head_width;
    ScalarHead one(shape, call, head);
    one.score(call.query + first);
    one.sum(call.output + first);
  }
}

std::vector<Attention> detect() {
  std::vector<Attention> found{{Isa::kScalar, store_scalar, attend_scalar}};
#if defined(__aarch64__)
  found.push_back(kAttentionNeon);
#elif defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back(kAttentionAvx2);
  if (has_avx512_vnni()) found.push_back(kAttentionAvx512);
#endif
  return found;
}

}  // namespace

size_t cache_bytes(const AttentionShape& shape) {
  return static_cast<size_t>(shape.key_value_heads) * static_cast<size_t>(shape.slots) *
         (2 * static_cast<size_t>(shape.head_width) + 2 * sizeof(float));
}

size_t attention_scratch_floats(const AttentionShape& shape) {
  const int together = std::min(shape.heads / shape.key_value_heads, kHeadsTogether);
  return static_cast<size_t>(together) *
         (static_cast<size_t>(shape.slots) + 2 * whole_vectors(shape.slots / kAttentionBlock));
}

std::span<const Attention> available_attention() {
  static const std::vector<Attention> found = detect();
  return found;
}

const Attention& attention() { return best_within_bound(available_attention()); }

}  // namespace lmzip::kernels
