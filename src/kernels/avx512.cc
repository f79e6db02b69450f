// SPDX-License-Identifier: Apache-2.0
// The integer kernels for AVX-512 with VNNI. Everything is bit for bit what the scalar versions compute.
#include "kernels/implementations.h"

#if defined(__x86_64__)
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"  // GCC's own headers (its bug 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <cstring>

#include "kernels/attention_passes.h"

#define LMZIP_VNNI [[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni")]]
#define LMZIP_VNNI_INLINE [[gnu::target("avx512f,avx512bw,avx512vl,avx512vnni"), gnu::always_inline]] inline

namespace lmzip::kernels {
namespace {

/// Sums of four products of bytes, added to 16 sums. Not the intrinsic: GCC 12 copies every accumulator around it,
/// which costs a third of the speed.
LMZIP_VNNI_INLINE void add_products(__m512i& sums, __m512i unsigned_bytes, __m512i signed_bytes) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(unsigned_bytes), "v"(signed_bytes));
}

/// Four bytes, sixteen times.
LMZIP_VNNI_INLINE __m512i four_bytes(const void* bytes) {
  int32_t four;
  std::memcpy(&four, bytes, sizeof four);
  return _mm512_set1_epi32(four);
}

LMZIP_VNNI RowSum quantise_row(const float* x, int width, int8_t* values) {
  __m512 largest = _mm512_setzero_ps();
  for (int i = 0; i < width; i += 16) largest = _mm512_max_ps(largest, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
  const RowScale scale = row_scale(_mm512_reduce_max_ps(largest));
  const __m512 inverse = _mm512_set1_ps(scale.inverse);
  __m512i sum = _mm512_setzero_si512();
  for (int i = 0; i < width; i += 16) {
    const __m512i whole = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + i), inverse));
    sum = _mm512_add_epi32(sum, whole);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(values + i), _mm512_cvtepi32_epi8(whole));
  }
  return {scale.scale, _mm512_reduce_add_epi32(sum)};
}

LMZIP_VNNI void quantise_rows(ConstFloatRows x, int rows, QuantisedRows& out) {
  for (int r = 0; r < rows; ++r) {
    const RowSum row = quantise_row(x.data + static_cast<size_t>(r) * x.stride, out.columns(), out.values(r));
    out.scale(r) = row.scale;
    out.correction(r) = -128 * row.sum;
  }
}

/// kBatch rows of x times 16 * kGroups rows of w. With 4 x 4 the 16 sums hide the instruction's latency, and 8 loads
/// serve 16 of it: the loop runs at 97 % of the peak from L1 and L2. Larger tiles (6 x 4, 8 x 3) gain nothing,
/// splitting the columns over more sums for single rows neither: there L2 is the bound.
template <int kBatch, int kGroups>
LMZIP_VNNI void multiply_tile(const PackedMatrix& w, const QuantisedRows& x, int batch, int group, FloatRows y) {
  const int columns = w.columns();
  const size_t group_bytes = static_cast<size_t>(columns) * 16;
  const uint8_t* const weights = w.weights() + static_cast<size_t>(group) * group_bytes;
  const int8_t* const values = x.values(batch);
  __m512i sums[kBatch][kGroups];
  LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
    LMZIP_UNROLL for (int g = 0; g < kGroups; ++g) sums[b][g] = _mm512_set1_epi32(x.correction(batch + b));
  }
  for (int c = 0; c < columns; c += 4) {
    __m512i weight[kGroups];
    LMZIP_UNROLL for (int g = 0; g < kGroups; ++g) {
      weight[g] = _mm512_load_si512(weights + static_cast<size_t>(g) * group_bytes + static_cast<size_t>(c) * 16);
    }
    LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
      const __m512i four = four_bytes(values + b * columns + c);
      LMZIP_UNROLL for (int g = 0; g < kGroups; ++g) add_products(sums[b][g], weight[g], four);
    }
  }
  LMZIP_UNROLL for (int g = 0; g < kGroups; ++g) {
    const int first = (group + g) * 16;
    const __m512 scales = _mm512_load_ps(w.scales() + first);
    LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
      const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(x.scale(batch + b)), scales);
      __m512 out = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[b][g]), scale);
      if (w.bias()) out = _mm512_add_ps(out, _mm512_load_ps(w.bias() + first));
      _mm512_storeu_ps(y.data + static_cast<size_t>(batch + b) * y.stride + first, out);
    }
  }
}

/// The whole batch times some rows of w, which stay in L1 meanwhile.
template <int kGroups>
void multiply_groups(const PackedMatrix& w, const QuantisedRows& x, int rows, int group, FloatRows y) {
  int b = 0;
  for (; b + 4 <= rows; b += 4) multiply_tile<4, kGroups>(w, x, b, group, y);
  if (rows - b == 3) multiply_tile<3, kGroups>(w, x, b, group, y);
  if (rows - b == 2) multiply_tile<2, kGroups>(w, x, b, group, y);
  if (rows - b == 1) multiply_tile<1, kGroups>(w, x, b, group, y);
}

void multiply(const PackedMatrix& w, const QuantisedRows& x, int rows, FloatRows y) {
  const int groups = w.rows() / 16;
  int g = 0;
  for (; g + 4 <= groups; g += 4) multiply_groups<4>(w, x, rows, g, y);
  for (; g < groups; ++g) multiply_groups<1>(w, x, rows, g, y);
}

/// exp2_approx() of a number that is not positive, where `counts` (x >= kExp2Lowest). Additions, conversions and
/// vscalefps (two operations) share two of the four pipes and are the bound: so the exponent is added as an integer,
/// and numbers that are not negative are compared as integers, which any pipe can do.
LMZIP_VNNI_INLINE __m512 exp2_of(__m512 x, __mmask16 counts) {
  const __m512 magic = _mm512_set1_ps(kRoundingMagic);
  const __m512 shifted = _mm512_add_ps(x, magic);
  const __m512 f = _mm512_sub_ps(x, _mm512_sub_ps(shifted, magic));
  const __m512 low = _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(kExp2Coefficients[0]), f), _mm512_set1_ps(1.0f));
  const __m512 middle =
      _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(kExp2Coefficients[2]), f), _mm512_set1_ps(kExp2Coefficients[1]));
  const __m512 high =
      _mm512_add_ps(_mm512_mul_ps(_mm512_set1_ps(kExp2Coefficients[4]), f), _mm512_set1_ps(kExp2Coefficients[3]));
  const __m512 square = _mm512_mul_ps(f, f);
  const __m512 p = _mm512_add_ps(_mm512_mul_ps(_mm512_add_ps(_mm512_mul_ps(high, square), middle), square), low);
  // The low bits of the shifted number are n in two's complement; those of the magic number are zeros.
  const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
  return _mm512_castsi512_ps(_mm512_maskz_add_epi32(counts, _mm512_castps_si512(p), exponent));
}

/// The order of floats that are not negative is that of their bits.
LMZIP_VNNI_INLINE __m512i bits(__m512 x) { return _mm512_castps_si512(x); }
LMZIP_VNNI_INLINE float largest_of(__m512i magnitudes) {
  return std::bit_cast<float>(_mm512_reduce_max_epi32(magnitudes));
}

struct Avx512Passes {
  static RowSum quantise(const float* x, int width, int8_t* values) { return quantise_row(x, width, values); }

  static void score(GroupWork& work) {
    switch (work.shape.head_width) {
      case 16:
        return score<16>(work);
      case 32:
        return score<32>(work);
      case 64:
        return score<64>(work);
      default:
        return score<0>(work);
    }
  }

  LMZIP_VNNI static void weigh(const GroupWork& work, HeadWork& head) {
    const __m512 best = _mm512_set1_ps(_mm512_reduce_max_ps(_mm512_load_ps(head.best)));
    const __m512i lowest = bits(_mm512_set1_ps(kExp2Lowest)), negligible = bits(_mm512_set1_ps(-kAttentionNegligible));
    const float* value_scales = work.at.value_scales;
    float* scores = head.scores;
    __m512 partial = _mm512_setzero_ps();
    for (int block = 0; block < work.blocks; ++block, scores += kAttentionBlock, value_scales += kAttentionBlock) {
      // None of x is positive: the nearest to zero has the smallest bits.
      __m512 x[4];
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) x[v] = _mm512_sub_ps(_mm512_load_ps(scores + 16 * v), best);
      const __m512i nearest =
          _mm512_min_epu32(_mm512_min_epu32(bits(x[0]), bits(x[1])), _mm512_min_epu32(bits(x[2]), bits(x[3])));
      if (_mm512_cmple_epu32_mask(nearest, negligible) == 0) {
        head.scales[block] = 0.0f;
        head.inverses[block] = 0.0f;
        continue;
      }
      __m512i largest = _mm512_setzero_si512();
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
        const __mmask16 counts = _mm512_cmple_epu32_mask(bits(x[v]), lowest);
        const __m512 weight = exp2_of(x[v], counts);
        partial = _mm512_add_ps(partial, weight);
        // Slots that are not filled do not count; their scale may be anything.
        const __m512 product = _mm512_maskz_mul_ps(counts, weight, _mm512_load_ps(value_scales + 16 * v));
        _mm512_store_ps(scores + 16 * v, product);
        largest = _mm512_max_epi32(largest, bits(product));
      }
      const RowScale scale = row_scale(largest_of(largest));
      head.scales[block] = scale.scale;
      head.inverses[block] = scale.inverse;
    }
    _mm512_store_ps(head.partial, partial);
    // Apart, for its steps would come last in a long chain; but the divisions above, not 16 blocks' at once here:
    // loading a vector of what has just been stored one by one waits for all of it.
    for (int block = 0; block < work.blocks; ++block) round_block(head, block);
  }

  static void add(GroupWork& work) {
    switch (work.shape.head_width) {
      case 16:
        return add<16>(work);
      case 32:
        return add<32>(work);
      case 64:
        return add<64>(work);
      default:
        return add<0>(work);
    }
  }

 private:
  /// Of heads that are kWidth wide, or any width if that is 0: with known strides the loops are free of arithmetic.
  template <int kWidth>
  LMZIP_VNNI static void score(GroupWork& work) {
    const ptrdiff_t width = kWidth ? kWidth : work.shape.head_width;
    const uint8_t* keys = work.at.keys;
    for (int first = 0; first < work.filled; first += kAttentionBlock, keys += kAttentionBlock * width) {
      for (int h = 0; h < work.heads; ++h) score_block<kWidth>(work, work.head[h], first, keys);
    }
  }

  template <int kWidth>
  LMZIP_VNNI_INLINE static void score_block(const GroupWork& work, HeadWork& head, int first, const uint8_t* keys) {
    const ptrdiff_t width = kWidth ? kWidth : work.shape.head_width;
    __m512i dots[4];
    LMZIP_UNROLL for (int v = 0; v < 4; ++v) dots[v] = _mm512_set1_epi32(head.correction);
    for (ptrdiff_t d = 0; d < width; d += 16) {
      LMZIP_UNROLL for (ptrdiff_t quad = 0; quad < 16; quad += 4) {
        const __m512i query = four_bytes(head.query + d + quad);
        LMZIP_UNROLL for (ptrdiff_t v = 0; v < 4; ++v) {
          add_products(dots[v], _mm512_load_si512(keys + (v * width + d + quad) * 16), query);
        }
      }
    }
    const __m512 query_scale = _mm512_set1_ps(head.query_scale);
    __m512 score[4];
    LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
      const __m512 scale = _mm512_mul_ps(query_scale, _mm512_load_ps(work.at.key_scales + first + 16 * v));
      score[v] = _mm512_mul_ps(_mm512_cvtepi32_ps(dots[v]), scale);
    }
    if (first + kAttentionBlock > work.filled) {
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) score[v] = hide(score[v], work.filled - first - 16 * v);
    }
    LMZIP_UNROLL for (int v = 0; v < 4; ++v) _mm512_store_ps(head.scores + first + 16 * v, score[v]);
    const __m512 best = _mm512_max_ps(_mm512_max_ps(score[0], score[1]), _mm512_max_ps(score[2], score[3]));
    _mm512_store_ps(head.best, _mm512_max_ps(_mm512_load_ps(head.best), best));
  }

  /// Only the first `filled` scores count, if any.
  LMZIP_VNNI_INLINE static __m512 hide(__m512 score, int filled) {
    const auto kept = static_cast<__mmask16>((1 << std::clamp(filled, 0, 16)) - 1);
    return _mm512_mask_mov_ps(_mm512_set1_ps(-std::numeric_limits<float>::max()), kept, score);
  }

  /// u_j to t_j. The packs work within quarters of vectors, so that four slots stay together, but the sixteen quads of
  /// a block change places: quad 4 v + l becomes number v of quarter l.
  LMZIP_VNNI_INLINE static void round_block(HeadWork& head, int block) {
    float* const scores = head.scores + block * kAttentionBlock;
    const __m512 inverse = _mm512_set1_ps(head.inverses[block]);
    __m512i whole[4];
    LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
      whole[v] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_load_ps(scores + 16 * v), inverse));
    }
    _mm512_store_si512(
        scores, _mm512_packs_epi16(_mm512_packs_epi32(whole[0], whole[1]), _mm512_packs_epi32(whole[2], whole[3])));
  }

  template <int kWidth>
  LMZIP_VNNI static void add(GroupWork& work) {
    const ptrdiff_t width = kWidth ? kWidth : work.shape.head_width;
    const int8_t* values = work.at.values;
    for (int block = 0; block < work.blocks; ++block, values += kAttentionBlock * width) {
      for (int h = 0; h < work.heads; ++h) {
        HeadWork& head = work.head[h];
        if (head.scales[block] == 0.0f) continue;
        ptrdiff_t d = 0;
        for (; d + 32 <= width; d += 32) add_block<kWidth, 2>(work, head, block, values, d);
        for (; d < width; d += 16) add_block<kWidth, 1>(work, head, block, values, d);
      }
    }
  }

  /// Four slots, number kQuad of each quarter of `quads`, which are alike: broadcasts from memory would be as many
  /// loads again, and loads are the bound.
  template <int kVectors, int kQuad>
  LMZIP_VNNI_INLINE static void add_quad(__m512i (&sums)[kVectors], __m512i quads, const int8_t* rows) {
    const __m512i four = _mm512_shuffle_epi32(quads, static_cast<_MM_PERM_ENUM>(0x55 * kQuad));
    LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) add_products(sums[v], four, _mm512_load_si512(rows + 64 * v));
  }

  /// One block's sums for 16 * kVectors dimensions from d on, each quad's four t_j being broadcast to all of them.
  template <int kWidth, int kVectors>
  LMZIP_VNNI_INLINE static void add_block(const GroupWork& work, HeadWork& head, int block, const int8_t* values,
                                          ptrdiff_t d) {
    const ptrdiff_t width = kWidth ? kWidth : work.shape.head_width;
    const auto* const whole = reinterpret_cast<const __m128i*>(head.scores + block * kAttentionBlock);
    __m512i sums[2][kVectors];
    LMZIP_UNROLL for (int i = 0; i < 2; ++i) {
      LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_setzero_si512();
    }
    LMZIP_UNROLL for (int quarter = 0; quarter < 4; ++quarter) {
      const __m512i quads = _mm512_broadcast_i32x4(_mm_load_si128(whole + quarter));
      const int8_t* const rows = values + (quarter * width + d) * 4;
      add_quad<kVectors, 0>(sums[0], quads, rows);
      add_quad<kVectors, 1>(sums[1], quads, rows + 16 * width);
      add_quad<kVectors, 2>(sums[0], quads, rows + 32 * width);
      add_quad<kVectors, 3>(sums[1], quads, rows + 48 * width);
    }
    LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) {
      float* const out = head.output + d + 16 * v;
      const __m512 sum = _mm512_cvtepi32_ps(_mm512_add_epi32(sums[0][v], sums[1][v]));
      _mm512_storeu_ps(out,
                       _mm512_add_ps(_mm512_loadu_ps(out), _mm512_mul_ps(sum, _mm512_set1_ps(head.scales[block]))));
    }
  }
};

}  // namespace

const Int8Matrix kInt8MatrixAvx512{Isa::kAvx512, quantise_rows, multiply};
const Attention kAttentionAvx512{Isa::kAvx512, store_with<Avx512Passes>, attend_in_passes<Avx512Passes>};

}  // namespace lmzip::kernels
#endif
