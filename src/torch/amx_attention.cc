// SPDX-License-Identifier: Apache-2.0
// Causal attention in bfloat16 on a CPU with tiles (AMX): 32 queries by 32 keys at a time, so that scores never leave
// the first-level cache; the maximum of each query is kept up to date as its keys pass, and backward computes the
// scores again (Dao et al. 2022, "FlashAttention"). All of it is done with scores transposed, [key][query]: then what
// belongs to a query is a lane of a vector, and every product has its operands in the order in which they were made.
//
// Bound: 1024 scores of a head of width 32 take 8 tile products forward and 20 backward, of 16 cycles each, and 128
// loads and stores of rows; their exponentials take 800 cycles, which is most of it.
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "torch/cpu_variants.h"
#include "torch/cpu_vector.h"

namespace lmzip::torch_plugin::amx {
namespace {

constexpr int64_t kBlock = 32;  ///< of queries, and of keys: two tiles, or the depth of one
constexpr int64_t kSide = 16;   ///< rows and columns of a tile of floats
constexpr int64_t kHalves = kBlock / kSide;
constexpr float kUnseen = -1e30F;
constexpr int64_t kBlockBytes = kBlock * 4;  ///< of a row of floats, or of pairs of halves
static_assert(kLanes == kSide);

using Half = uint16_t;  ///< the upper half of a float
using Pair = uint32_t;  ///< two of them: the lower one comes first in a product's sum

/// Tiles 0 to 3 add up; 4 and 5 hold left operands, 16 x 32 halves, 6 and 7 right ones, 16 x 16 pairs.
class Tiles {
 public:
  Tiles() {
    struct alignas(64) {
      uint8_t palette = 1, start_row = 0, reserved[14] = {};
      uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } const config;
    _tile_loadconfig(&config);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

/// GCC 12 does not know that a tile is loaded from memory.
inline void finish_stores() { asm volatile("" ::: "memory"); }

inline Vector load(const Half* from) { return torch_plugin::load(reinterpret_cast<const Bfloat16*>(from)); }
inline void store(Half* to, Vector value) { torch_plugin::store(reinterpret_cast<Bfloat16*>(to), value); }
inline Vector load(const float* from) { return torch_plugin::load(from); }
inline void store(float* to, Vector value) { torch_plugin::store(to, value); }
inline __attribute__((always_inline)) Halves halves_of(Vector value) {
  return (Halves)_mm512_cvtneps_pbh((__m512)value);
}
inline __attribute__((always_inline)) Words pairs_of(Halves first, Halves second) {
  return __builtin_convertvector(first, Words) | __builtin_convertvector(second, Words) << 16;
}
inline Half half_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<Half>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
inline Pair pair_of(Half first, Half second) { return Pair{first} | Pair{second} << 16; }

/// s[32 keys][32 queries] = rows[32][width] times pairs[width / 2][32].
inline void transposed_scores(const Half* rows, const Pair* pairs, int64_t width, float* s) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t k = 0; k < width; k += kBlock) {
    _tile_loadd(4, rows + k, width * 2);
    _tile_loadd(5, rows + kSide * width + k, width * 2);
    _tile_loadd(6, pairs + k / 2 * kBlock, kBlockBytes);
    _tile_loadd(7, pairs + k / 2 * kBlock + kSide, kBlockBytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, s, kBlockBytes);
  _tile_stored(1, s + kSide, kBlockBytes);
  _tile_stored(2, s + kSide * kBlock, kBlockBytes);
  _tile_stored(3, s + kSide * kBlock + kSide, kBlockBytes);
}

/// sums[width][32 queries] += across[width][stride], columns of 32 keys, times pairs[16][32 queries].
inline void add_over_keys(const Half* across, int64_t stride, const Pair* pairs, int64_t width, float* sums) {
  _tile_loadd(6, pairs, kBlockBytes);
  _tile_loadd(7, pairs + kSide, kBlockBytes);
  for (int64_t c = 0; c < width; c += kSide) {
    float* const sum = sums + c * kBlock;
    _tile_loadd(0, sum, kBlockBytes);
    _tile_loadd(1, sum + kSide, kBlockBytes);
    _tile_loadd(4, across + c * stride, stride * 2);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_stored(0, sum, kBlockBytes);
    _tile_stored(1, sum + kSide, kBlockBytes);
  }
}

/// sums[32 keys][width] += rows[32 keys][32 queries] times pairs[16][width].
inline void add_over_queries(const Half* rows, const Pair* pairs, int64_t width, float* sums) {
  _tile_loadd(4, rows, kBlock * 2);
  _tile_loadd(5, rows + kSide * kBlock, kBlock * 2);
  for (int64_t c = 0; c < width; c += kSide) {
    float* const sum = sums + c;
    _tile_loadd(0, sum, width * 4);
    _tile_loadd(1, sum + kSide * width, width * 4);
    _tile_loadd(6, pairs + c, width * 4);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 5, 6);
    _tile_stored(0, sum, width * 4);
    _tile_stored(1, sum + kSide * width, width * 4);
  }
}

/// The memory of one call: of a head's keys and values, rows and columns; and of one block of queries.
struct Work {
  Work(const Attention<Bfloat16>& attention, float* scratch)
      : a(attention),
        width(a.head_width),
        stride((a.time + 63) / 64 * 64),
        row((a.heads + 2 * a.key_value_heads) * width),
        scale(1.0F / std::sqrt(static_cast<float>(width))) {
    // 4 stride + 96 floats a column and 3,600 more: within attention_scratch(), as stride >= 64 and width >= 32.
    auto next = (reinterpret_cast<uintptr_t>(scratch) + 63) / 64 * 64;
    const auto take = [&]<typename T>(T*& to, int64_t count) {
      to = reinterpret_cast<T*>(next);
      next += static_cast<uintptr_t>(count) * sizeof(T);
    };
    for (Half** to : {&keys, &keys_across, &values, &values_across}) take(*to, stride * width);
    for (float** to : {&d_keys, &d_values}) take(*to, stride * width);
    for (Pair** to : {&queries_across, &outputs_across, &query_pairs, &output_pairs}) take(*to, kSide * width);
    take(sums, kBlock * width);
    for (float** to : {&scores, &d_scores}) take(*to, kBlock * kBlock);
    for (Half** to : {&weights, &d_weights}) take(*to, kBlock * kBlock);
    take(weight_pairs, kSide * kBlock);
  }

  const Half* input(int64_t b, int64_t t, int64_t head) const {
    return reinterpret_cast<const Half*>(a.input) + (b * a.time + t) * row + head * width;
  }
  void rotate(const Half* from, int64_t t, Half* to) const {
    const int64_t half = width / 2;
    const float *const cosine = a.cosine + t * half, *const sine = a.sine + t * half;
    for (int64_t k = 0; k < half; k += kLanes) {
      const Vector x = load(from + k), y = load(from + half + k), c = load(cosine + k), s = load(sine + k);
      store(to + k, x * c - y * s);
      store(to + half + k, x * s + y * c);
    }
  }
  /// The gradient of rotate(), of what was scaled besides: turned back. `from` has `step` floats between its columns.
  void rotate_back(const float* from, int64_t step, int64_t t, Half* to) const {
    const int64_t half = width / 2;
    const float *const c = a.cosine + t * half, *const s = a.sine + t * half;
    for (int64_t k = 0; k < half; ++k) {
      const float x = from[k * step], y = from[(k + half) * step];
      to[k] = half_of((x * c[k] + y * s[k]) * scale);
      to[k + half] = half_of((y * c[k] - x * s[k]) * scale);
    }
  }
  /// Keys and values of one sequence and key-value head; beyond the time they are zero.
  void take_keys(int64_t b, int64_t head) const {
    const auto used = static_cast<size_t>(width) * sizeof(Half);
    for (int64_t t = 0; t < a.time; ++t) {
      rotate(input(b, t, a.heads + head), t, keys + t * width);
      std::memcpy(values + t * width, input(b, t, a.heads + a.key_value_heads + head), used);
    }
    for (Half* rows : {keys, values}) {
      std::memset(rows + a.time * width, 0, static_cast<size_t>(stride - a.time) * used);
    }
    for (int64_t t = 0; t < stride; ++t) {
      for (int64_t k = 0; k < width; ++k) {
        keys_across[k * stride + t] = keys[t * width + k];
        values_across[k * stride + t] = values[t * width + k];
      }
    }
  }
  /// The queries from `first` on, across; zeros beyond the time. `pairs`: also two by two, for backward.
  void take_queries(int64_t b, int64_t head, int64_t first, bool pairs) const {
    Half* const rows = weights;  // two at a time, as long as no weights are there
    for (int64_t r = 0; r < kBlock; ++r) {
      Half* const to = rows + r % 2 * width;
      if (first + r < a.time) {
        rotate(input(b, first + r, head), first + r, to);
      } else {
        std::memset(to, 0, static_cast<size_t>(width) * sizeof(Half));
      }
      put_across(to, r, queries_across);
      if (pairs && r % 2 == 1) put_pairs(rows, r / 2, query_pairs);
    }
  }
  void put_across(const Half* from, int64_t r, Pair* to) const {
    for (int64_t k = 0; k < width; k += 2) std::memcpy(to + k / 2 * kBlock + r, from + k, sizeof(Pair));
  }
  void put_pairs(const Half* two_rows, int64_t pair, Pair* to) const {
    for (int64_t k = 0; k < width; ++k) to[pair * width + k] = pair_of(two_rows[k], two_rows[width + k]);
  }

  /// The first block of keys that the queries from `first` on see.
  int64_t begin_of(int64_t first) const {
    const int64_t seen = first - a.window + 1;
    return seen > 0 ? seen / kBlock * kBlock : 0;
  }
  /// Whether each of these queries sees each of the keys from `j` on.
  bool all_seen(int64_t first, int64_t j) const { return j + kBlock - 1 <= first && j > first + kBlock - 1 - a.window; }
  Integers seen(Integers queries, int64_t key) const {
    const auto k = static_cast<int32_t>(key);
    const auto window = static_cast<int32_t>(a.window);
    return (queries >= k) & (queries - window < k);
  }

  const Attention<Bfloat16>& a;
  const int64_t width, stride, row;
  const float scale;
  Half *keys, *values;                ///< [stride][width]
  Half *keys_across, *values_across;  ///< [width][stride]
  float *d_keys, *d_values;           ///< [stride][width]
  // Of a block of queries. Of outputs the gradients.
  Pair *queries_across, *outputs_across;  ///< [width / 2][32]
  Pair *query_pairs, *output_pairs;       ///< [16][width]
  float* sums;                            ///< [width][32]: of values, or of the queries' gradients
  // Of 32 keys and those queries.
  float *scores, *d_scores;   ///< [32][32]
  Half *weights, *d_weights;  ///< [32][32]
  Pair* weight_pairs;         ///< [16][32]
};

/// The places of 16 queries.
inline Integers places(int64_t first) {
  const Integers lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return lanes + static_cast<int32_t>(first);
}

/// Turns the scores of 16 queries into weights, two keys a row; what was summed before is scaled as the maximum rises.
inline void weigh(const Work& w, int64_t half, int64_t first, int64_t j, Vector& most, Vector& total) {
  const bool all = w.all_seen(first, j);
  const Integers queries = places(first + half * kSide);
  float* const s = w.scores + half * kSide;
  Vector peak = most;
  for (int64_t i = 0; i < kBlock; ++i) {
    Vector score = load(s + i * kBlock) * w.scale;
    if (!all) score = w.seen(queries, j + i) ? score : splat(kUnseen);
    store(s + i * kBlock, score);
    peak = larger(peak, score);
  }
  if (_mm512_cmp_ps_mask((__m512)peak, (__m512)most, _CMP_GT_OQ) != 0) {  // seldom, after the first keys
    const Vector shrink = exponential(most - peak);
    most = peak;
    total *= shrink;
    for (int64_t c = 0; c < w.width; ++c) {
      float* const sum = w.sums + c * kBlock + half * kSide;
      store(sum, load(sum) * shrink);
    }
  }
  for (int64_t i = 0; i < kSide; ++i) {
    const Vector p = exponential(load(s + 2 * i * kBlock) - peak),
                 q = exponential(load(s + (2 * i + 1) * kBlock) - peak);
    total += p + q;
    const Words pairs = pairs_of(halves_of(p), halves_of(q));
    std::memcpy(w.weight_pairs + i * kBlock + half * kSide, &pairs, sizeof pairs);
  }
}

void attend(const Work& w, int64_t b, int64_t head, int64_t first) {
  const Attention<Bfloat16>& a = w.a;
  w.take_queries(b, head, first, false);
  std::memset(w.sums, 0, static_cast<size_t>(w.width * kBlockBytes));
  Vector most[kHalves] = {splat(kUnseen), splat(kUnseen)}, total[kHalves] = {};
  for (int64_t j = w.begin_of(first); j < first + kBlock; j += kBlock) {
    finish_stores();
    transposed_scores(w.keys + j * w.width, w.queries_across, w.width, w.scores);
    for (int64_t half = 0; half < kHalves; ++half) weigh(w, half, first, j, most[half], total[half]);
    finish_stores();
    add_over_keys(w.values_across + j, w.stride, w.weight_pairs, w.width, w.sums);
  }
  for (int64_t r = 0; r < kBlock && first + r < a.time; ++r) {
    const float all = total[r / kSide][r % kSide];
    a.log_sums[(b * a.heads + head) * a.time + first + r] = most[r / kSide][r % kSide] + std::log(all);
    Half* const out = reinterpret_cast<Half*>(a.output) + ((b * a.time + first + r) * a.heads + head) * w.width;
    for (int64_t c = 0; c < w.width; ++c) out[c] = half_of(w.sums[c * kBlock + r] / all);
  }
}

/// Turns the scores of 16 queries and what their weights' gradients are into both, in rows, and the latter two by two.
inline void weigh_back(const Work& w, int64_t half, int64_t first, int64_t j, const float* log_sums,
                       const float* along) {
  const bool all = w.all_seen(first, j);
  const Integers queries = places(first + half * kSide);
  const Vector log_sum = load(log_sums + half * kSide), offset = load(along + half * kSide);
  for (int64_t i = 0; i < kSide; ++i) {
    Halves d_weight[2];
    for (int64_t k = 0; k < 2; ++k) {
      const int64_t at = (2 * i + k) * kBlock + half * kSide;
      Vector p = exponential(load(w.scores + at) * w.scale - log_sum);
      if (!all) p = w.seen(queries, j + 2 * i + k) ? p : Vector{};
      const Halves weight = halves_of(p);
      d_weight[k] = halves_of(p * (load(w.d_scores + at) - offset));
      std::memcpy(w.weights + at, &weight, sizeof weight);
      std::memcpy(w.d_weights + at, &d_weight[k], sizeof weight);
    }
    const Words pairs = pairs_of(d_weight[0], d_weight[1]);
    std::memcpy(w.weight_pairs + i * kBlock + half * kSide, &pairs, sizeof pairs);
  }
}

void attend_back(const Work& w, int64_t b, int64_t head, int64_t first) {
  const Attention<Bfloat16>& a = w.a;
  w.take_queries(b, head, first, true);
  float along[kBlock] = {}, log_sums[kBlock] = {};
  Half* const rows = w.weights;
  for (int64_t r = 0; r < kBlock; ++r) {
    Half* const d = rows + r % 2 * w.width;
    std::memset(d, 0, static_cast<size_t>(w.width) * sizeof(Half));
    if (first + r < a.time) {
      const int64_t at = ((b * a.time + first + r) * a.heads + head) * w.width;
      const Half *const d_output = reinterpret_cast<const Half*>(a.d_output) + at, *const output =
                                                                                       reinterpret_cast<const Half*>(
                                                                                           a.output) +
                                                                                       at;
      std::memcpy(d, d_output, static_cast<size_t>(w.width) * sizeof(Half));
      Vector sums{};
      for (int64_t c = 0; c < w.width; c += kLanes) sums += load(d_output + c) * load(output + c);
      along[r] = sum(sums);
      log_sums[r] = a.log_sums[(b * a.heads + head) * a.time + first + r];
    }
    w.put_across(d, r, w.outputs_across);
    if (r % 2 == 1) w.put_pairs(rows, r / 2, w.output_pairs);
  }
  std::memset(w.sums, 0, static_cast<size_t>(w.width * kBlockBytes));
  for (int64_t j = w.begin_of(first); j < first + kBlock; j += kBlock) {
    finish_stores();
    transposed_scores(w.keys + j * w.width, w.queries_across, w.width, w.scores);
    transposed_scores(w.values + j * w.width, w.outputs_across, w.width, w.d_scores);
    for (int64_t half = 0; half < kHalves; ++half) weigh_back(w, half, first, j, log_sums, along);
    finish_stores();
    add_over_queries(w.weights, w.output_pairs, w.width, w.d_values + j * w.width);
    add_over_queries(w.d_weights, w.query_pairs, w.width, w.d_keys + j * w.width);
    add_over_keys(w.keys_across + j, w.stride, w.weight_pairs, w.width, w.sums);
  }
  for (int64_t r = 0; r < kBlock && first + r < a.time; ++r) {
    w.rotate_back(w.sums + r, kBlock, first + r,
                  reinterpret_cast<Half*>(a.d_input) + (b * a.time + first + r) * w.row + head * w.width);
  }
}

}  // namespace

void attention(const Attention<Bfloat16>& a, int64_t begin, int64_t end, float* scratch) {
  const Tiles tiles;
  const Work w(a, scratch);
  const int64_t group = a.heads / a.key_value_heads;
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t head = 0; head < a.heads; ++head) {
      if (head % group == 0) w.take_keys(b, head / group);
      for (int64_t first = 0; first < a.time; first += kBlock) attend(w, b, head, first);
    }
  }
}

void attention_backward(const Attention<Bfloat16>& a, int64_t begin, int64_t end, float* scratch) {
  const Tiles tiles;
  const Work w(a, scratch);
  const int64_t group = a.heads / a.key_value_heads;
  const size_t bytes = static_cast<size_t>(w.stride * w.width) * sizeof(float);
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t shared = 0; shared < a.key_value_heads; ++shared) {
      w.take_keys(b, shared);
      std::memset(w.d_keys, 0, bytes);
      std::memset(w.d_values, 0, bytes);
      for (int64_t head = shared * group; head < (shared + 1) * group; ++head) {
        for (int64_t first = 0; first < a.time; first += kBlock) attend_back(w, b, head, first);
      }
      for (int64_t t = 0; t < a.time; ++t) {
        Half* const d = reinterpret_cast<Half*>(a.d_input) + (b * a.time + t) * w.row + (a.heads + shared) * w.width;
        w.rotate_back(w.d_keys + t * w.width, 1, t, d);
        Half* const d_value = d + a.key_value_heads * w.width;
        for (int64_t k = 0; k < w.width; ++k) d_value[k] = half_of(w.d_values[t * w.width + k]);
      }
    }
  }
}

}  // namespace lmzip::torch_plugin::amx
