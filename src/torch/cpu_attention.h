// SPDX-License-Identifier: Apache-2.0
// Causal attention, eight queries at a time: their scores with all keys fit into the first-level cache, so nothing of
// the size time x time is ever stored. Backward computes the scores again (Dao et al. 2022, "FlashAttention").
// Part of cpu_loops.cc: included there once per instruction set.
#pragma once

#include <cmath>
#include <cstring>

#include "torch/cpu_vector.h"

namespace lmzip::torch_plugin {
namespace {

constexpr int kQueries = 8;
constexpr int64_t kTile = 2 * kLanes;

inline float number(float value) { return value; }
inline float number(Bfloat16 value) {
  const uint32_t bits = uint32_t{value.bits} << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

/// s[r][j] = sum_k q[r][k] kt[k][j] for the tiles of columns [first, last). q is [8, width].
inline void scores(const float* q, int64_t width, const float* kt, float* s, int64_t stride, int64_t first,
                   int64_t last) {
  for (int64_t j = first; j < last; j += kTile) {
    Vector total[kQueries][2] = {};
    for (int64_t k = 0; k < width; ++k) {
      const Vector a = load(kt + k * stride + j), b = load(kt + k * stride + j + kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < kQueries; ++r) {
        const float x = q[r * width + k];
        total[r][0] += x * a;
        total[r][1] += x * b;
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < kQueries; ++r) {
      store(s + r * stride + j, total[r][0]);
      store(s + r * stride + j + kLanes, total[r][1]);
    }
  }
}

/// o[r][c] = sum_j p[r][j] v[j][c] over [first, last), kColumns columns of rows of `width`.
template <int kColumns>
void weigh(const float* p, int64_t stride, const float* v, int64_t width, float* o, int64_t first, int64_t last) {
  constexpr int kParts = kColumns / kLanes;
  Vector total[kQueries][kParts] = {};
  for (int64_t j = first; j < last; ++j) {
#pragma GCC unroll 8
    for (int r = 0; r < kQueries; ++r) {
#pragma GCC unroll 8
      for (int l = 0; l < kParts; ++l) total[r][l] += p[r * stride + j] * load(v + j * width + l * kLanes);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kQueries; ++r) {
#pragma GCC unroll 8
    for (int l = 0; l < kParts; ++l) store(o + r * width + l * kLanes, total[r][l]);
  }
}

/// v[j][c] += sum_r p[r][j] o[r][c]: the same, transposed.
template <int kColumns>
void spread(const float* p, int64_t stride, float* v, int64_t width, const float* o, int64_t first, int64_t last) {
  constexpr int kParts = kColumns / kLanes;
  Vector rows[kQueries][kParts];
#pragma GCC unroll 8
  for (int r = 0; r < kQueries; ++r) {
#pragma GCC unroll 8
    for (int l = 0; l < kParts; ++l) rows[r][l] = load(o + r * width + l * kLanes);
  }
  for (int64_t j = first; j < last; ++j) {
#pragma GCC unroll 8
    for (int l = 0; l < kParts; ++l) {
      Vector total = load(v + j * width + l * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < kQueries; ++r) total += p[r * stride + j] * rows[r][l];
      store(v + j * width + l * kLanes, total);
    }
  }
}

/// Calls `part` with the columns of a row in pieces of 32, and one of 16 if any are left.
template <typename Part32, typename Part16>
void in_pieces(int64_t width, Part32 part32, Part16 part16) {
  int64_t c = 0;
  for (; c + 32 <= width; c += 32) part32(c);
  if (c < width) part16(c);
}

/// The memory of one call, and what all heads share.
template <typename T>
struct AttentionWork {
  AttentionWork(const Attention<T>& attention, float* scratch)
      : a(attention),
        width(a.head_width),
        stride((a.time + 63) / 64 * 64),
        row((a.heads + 2 * a.key_value_heads) * width),
        scale(1.0F / std::sqrt(static_cast<float>(width))),
        keys(scratch),
        keys_across(keys + stride * width),
        values(keys_across + stride * width),
        d_keys(values + stride * width),
        d_values(d_keys + stride * width),
        weights(d_values + stride * width),
        d_weights(weights + kQueries * stride),
        queries(d_weights + kQueries * stride),
        outputs(queries + kQueries * width),
        d_queries(outputs + kQueries * width) {}

  /// to[0..width) = the vector `from` of position t, rotated and scaled.
  void rotate(const T* from, int64_t t, float factor, float* to) const {
    const int64_t half = width / 2;
    const float *const c = a.cosine + t * half, *const s = a.sine + t * half;
    for (int64_t k = 0; k < half; ++k) {
      const float x = number(from[k]), y = number(from[k + half]);
      to[k] = (x * c[k] - y * s[k]) * factor;
      to[k + half] = (x * s[k] + y * c[k]) * factor;
    }
  }
  /// The gradient of rotate(): turned back. `from` is overwritten.
  void rotate_back(float* from, int64_t t, float factor, T* to) const {
    const int64_t half = width / 2;
    const float *const c = a.cosine + t * half, *const s = a.sine + t * half;
    for (int64_t k = 0; k < half; ++k) {
      const float x = from[k], y = from[k + half];
      from[k] = (x * c[k] + y * s[k]) * factor;
      from[k + half] = (y * c[k] - x * s[k]) * factor;
    }
    for (int64_t k = 0; k < width; k += kLanes) store(to + k, load(from + k));
  }

  const T* input(int64_t b, int64_t t, int64_t head) const { return a.input + (b * a.time + t) * row + head * width; }

  /// Keys, along and across, of one sequence and key-value head.
  void load_keys(int64_t b, int64_t head) const {
    for (int64_t t = 0; t < a.time; ++t) rotate(input(b, t, a.heads + head), t, 1, keys + t * width);
    across(keys, keys_across);
  }
  void load_values(int64_t b, int64_t head) const {
    for (int64_t t = 0; t < a.time; ++t) {
      const T* const from = input(b, t, a.heads + a.key_value_heads + head);
      for (int64_t k = 0; k < width; k += kLanes) store(values + t * width + k, load(from + k));
    }
  }
  /// to = from, transposed; columns beyond the time are zero.
  void across(const float* from, float* to) const {
    for (int64_t k = 0; k < width; ++k) {
      for (int64_t t = 0; t < a.time; ++t) to[k * stride + t] = from[t * width + k];
      for (int64_t t = a.time; t < stride; ++t) to[k * stride + t] = 0;
    }
  }
  void load_queries(int64_t b, int64_t head, int64_t first) const {
    for (int64_t r = 0; r < kQueries; ++r) {
      if (first + r < a.time) {
        rotate(input(b, first + r, head), first + r, scale, queries + r * width);
      } else {
        std::memset(queries + r * width, 0, static_cast<size_t>(width) * sizeof(float));
      }
    }
  }

  /// The tiles of keys that the queries from `first` on see.
  int64_t begin_of(int64_t first) const {
    const int64_t seen = first - a.window + 1;
    return seen > 0 ? seen / kTile * kTile : 0;
  }
  int64_t end_of(int64_t first) const { return (first + kQueries + kTile - 1) / kTile * kTile; }

  /// Zeroes what query `t` does not see.
  void mask(float* p, int64_t t, int64_t begin, int64_t end) const {
    for (int64_t j = begin; j < t - a.window + 1; ++j) p[j] = 0;
    for (int64_t j = t + 1; j < end; ++j) p[j] = 0;
  }

  const Attention<T>& a;
  const int64_t width, stride, row;
  const float scale;
  float *const keys, *const keys_across, *const values, *const d_keys, *const d_values;
  float *const weights, *const d_weights;
  float *const queries, *const outputs, *const d_queries;
};

template <typename T>
void attention(const Attention<T>& a, int64_t begin, int64_t end, float* scratch) {
  const AttentionWork<T> w(a, scratch);
  const int64_t group = a.heads / a.key_value_heads;
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t head = 0; head < a.heads; ++head) {
      if (head % group == 0) {
        w.load_keys(b, head / group);
        w.load_values(b, head / group);
      }
      for (int64_t first = 0; first < a.time; first += kQueries) {
        const int64_t from = w.begin_of(first), to = w.end_of(first);
        w.load_queries(b, head, first);
        scores(w.queries, w.width, w.keys_across, w.weights, w.stride, from, to);
        float inverse[kQueries];
        for (int64_t r = 0; r < kQueries && first + r < a.time; ++r) {
          float* const p = w.weights + r * w.stride;
          // Of scores that are not seen, some may be the largest: harmless up to a difference of 87.
          Vector most = splat(p[first + r]);
          for (int64_t j = from; j < to; j += kLanes) most = larger(most, load(p + j));
          float peak = most[0];
          for (int i = 1; i < kLanes; ++i) peak = most[i] > peak ? most[i] : peak;
          for (int64_t j = from; j < to; j += kLanes) store(p + j, exponential(load(p + j) - peak));
          w.mask(p, first + r, from, to);
          Vector total{};
          for (int64_t j = from; j < to; j += kLanes) total += load(p + j);
          const float all = sum(total);
          inverse[r] = 1.0F / all;
          a.log_sums[(b * a.heads + head) * a.time + first + r] = peak + std::log(all);
        }
        in_pieces(
            w.width, [&](int64_t c) { weigh<32>(w.weights, w.stride, w.values + c, w.width, w.outputs + c, from, to); },
            [&](int64_t c) { weigh<16>(w.weights, w.stride, w.values + c, w.width, w.outputs + c, from, to); });
        for (int64_t r = 0; r < kQueries && first + r < a.time; ++r) {
          T* const out = a.output + ((b * a.time + first + r) * a.heads + head) * w.width;
          for (int64_t k = 0; k < w.width; k += kLanes) store(out + k, load(w.outputs + r * w.width + k) * inverse[r]);
        }
      }
    }
  }
}

/// The gradients of one block of queries: those of keys and values are added up, those of the queries stored.
template <typename T>
void attention_backward_block(const AttentionWork<T>& w, int64_t b, int64_t head, int64_t first) {
  const Attention<T>& a = w.a;
  const int64_t from = w.begin_of(first), to = w.end_of(first);
  w.load_queries(b, head, first);
  float along[kQueries] = {};
  for (int64_t r = 0; r < kQueries; ++r) {
    const int64_t at = ((b * a.time + first + r) * a.heads + head) * w.width;
    Vector total{};
    for (int64_t k = 0; k < w.width; k += kLanes) {
      const bool there = first + r < a.time;
      const Vector d = there ? load(a.d_output + at + k) : Vector{};
      store(w.outputs + r * w.width + k, d);
      if (there) total += d * load(a.output + at + k);
    }
    along[r] = sum(total);
  }
  scores(w.queries, w.width, w.keys_across, w.weights, w.stride, from, to);
  scores(w.outputs, w.width, w.values, w.d_weights, w.stride, from, to);
  for (int64_t r = 0; r < kQueries; ++r) {
    float* const p = w.weights + r * w.stride;
    float* const d = w.d_weights + r * w.stride;
    const int64_t t = first + r;
    if (t >= a.time) {
      for (int64_t j = from; j < to; ++j) p[j] = d[j] = 0;
      continue;
    }
    const float log_sum = a.log_sums[(b * a.heads + head) * a.time + t];
    for (int64_t j = from; j < to; j += kLanes) store(p + j, exponential(load(p + j) - log_sum));
    w.mask(p, t, from, to);
    for (int64_t j = from; j < to; j += kLanes) store(d + j, load(p + j) * (load(d + j) - along[r]));
  }
  const auto piece = [&]<int kColumns>(int64_t c) {
    weigh<kColumns>(w.d_weights, w.stride, w.keys + c, w.width, w.d_queries + c, from, to);
    spread<kColumns>(w.weights, w.stride, w.d_values + c, w.width, w.outputs + c, from, to);
    spread<kColumns>(w.d_weights, w.stride, w.d_keys + c, w.width, w.queries + c, from, to);
  };
  in_pieces(
      w.width, [&](int64_t c) { piece.template operator()<32>(c); },
      [&](int64_t c) { piece.template operator()<16>(c); });
  for (int64_t r = 0; r < kQueries && first + r < a.time; ++r) {
    w.rotate_back(w.d_queries + r * w.width, first + r, w.scale,
                  a.d_input + (b * a.time + first + r) * w.row + head * w.width);
  }
}

template <typename T>
void attention_backward(const Attention<T>& a, int64_t begin, int64_t end, float* scratch) {
  const AttentionWork<T> w(a, scratch);
  const int64_t group = a.heads / a.key_value_heads;
  const size_t bytes = static_cast<size_t>(w.stride * w.width) * sizeof(float);
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t shared = 0; shared < a.key_value_heads; ++shared) {
      w.load_values(b, shared);
      std::memcpy(w.d_values, w.values, bytes);  // only across are values needed here
      w.across(w.d_values, w.values);
      w.load_keys(b, shared);
      std::memset(w.d_keys, 0, bytes);
      std::memset(w.d_values, 0, bytes);
      for (int64_t head = shared * group; head < (shared + 1) * group; ++head) {
        for (int64_t first = 0; first < a.time; first += kQueries) attention_backward_block(w, b, head, first);
      }
      for (int64_t t = 0; t < a.time; ++t) {
        T* const d = a.d_input + (b * a.time + t) * w.row + (a.heads + shared) * w.width;
        w.rotate_back(w.d_keys + t * w.width, t, 1, d);
        T* const d_value = d + a.key_value_heads * w.width;
        for (int64_t k = 0; k < w.width; k += kLanes) store(d_value + k, load(w.d_values + t * w.width + k));
      }
    }
  }
}

}  // namespace
}  // namespace lmzip::torch_plugin
