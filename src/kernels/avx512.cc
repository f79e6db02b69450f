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
/// serve 16 of it: 97 % of the peak from L1 and L2. Larger tiles (6 x 4, 8 x 3) gain nothing, splitting the columns
/// over more sums for single rows neither: there L2 is the bound.
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

/// exp2_approx() of numbers that are not positive.
LMZIP_VNNI_INLINE __m512 exp2_of(__m512 x) {
  const __m512 n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 f = _mm512_sub_ps(x, n);
  __m512 p = _mm512_set1_ps(kExp2Coefficients[4]);
  LMZIP_UNROLL for (int i = 3; i >= 0; --i) {
    p = _mm512_add_ps(_mm512_mul_ps(p, f), _mm512_set1_ps(kExp2Coefficients[i]));
  }
  p = _mm512_add_ps(_mm512_mul_ps(p, f), _mm512_set1_ps(1.0f));
  return _mm512_maskz_scalef_ps(_mm512_cmp_ps_mask(x, _mm512_set1_ps(kExp2Lowest), _CMP_GE_OQ), p, n);
}

struct Avx512Passes {
  static RowSum quantise(const float* x, int width, int8_t* values) { return quantise_row(x, width, values); }

  LMZIP_VNNI static void score(GroupWork& work) {
    const int width = work.shape.head_width;
    for (int block = 0; block < work.blocks; ++block) {
      for (int h = 0; h < work.heads; ++h) {
        HeadWork& head = work.head[h];
        const uint8_t* const keys = work.at.key(work.shape, block * kAttentionBlock, 0);
        __m512i dots[4];
        LMZIP_UNROLL for (int v = 0; v < 4; ++v) dots[v] = _mm512_set1_epi32(head.correction);
        for (int d = 0; d < width; d += 16) {
          LMZIP_UNROLL for (int quad = 0; quad < 16; quad += 4) {
            const __m512i query = four_bytes(head.query + d + quad);
            LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
              add_products(dots[v], _mm512_load_si512(keys + (v * width + d + quad) * 16), query);
            }
          }
        }
        const int first = block * kAttentionBlock;
        const __m512 query_scale = _mm512_set1_ps(head.query_scale);
        __m512 best = _mm512_load_ps(head.best);
        LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
          const __m512 scale = _mm512_mul_ps(query_scale, _mm512_load_ps(work.at.key_scales + first + 16 * v));
          __m512 score = _mm512_mul_ps(_mm512_cvtepi32_ps(dots[v]), scale);
          if (first + 16 * (v + 1) > work.filled) score = hide(score, work.filled - first - 16 * v);
          _mm512_store_ps(head.scores + first + 16 * v, score);
          best = _mm512_max_ps(best, score);
        }
        _mm512_store_ps(head.best, best);
      }
    }
  }

  LMZIP_VNNI static void weigh(const GroupWork& work, HeadWork& head) {
    const __m512 best = _mm512_set1_ps(_mm512_reduce_max_ps(_mm512_load_ps(head.best)));
    const __m512 negligible = _mm512_set1_ps(-kAttentionNegligible);
    __m512 partial = _mm512_setzero_ps();
    for (int block = 0; block < work.blocks; ++block) {
      float* const scores = head.scores + block * kAttentionBlock;
      __m512 x[4];
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) x[v] = _mm512_sub_ps(_mm512_load_ps(scores + 16 * v), best);
      const __m512 nearest = _mm512_max_ps(_mm512_max_ps(x[0], x[1]), _mm512_max_ps(x[2], x[3]));
      if (_mm512_cmp_ps_mask(nearest, negligible, _CMP_GE_OQ) == 0) {
        head.scales[block] = 0.0f;
        continue;
      }
      __m512 largest = _mm512_setzero_ps();
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
        const __m512 weight = exp2_of(x[v]);
        partial = _mm512_add_ps(partial, weight);
        // Slots that are not filled have weight 0 and perhaps no finite scale.
        const __m512 product =
            _mm512_maskz_mul_ps(_mm512_cmp_ps_mask(weight, _mm512_setzero_ps(), _CMP_GT_OQ), weight,
                                _mm512_load_ps(work.at.value_scales + block * kAttentionBlock + 16 * v));
        _mm512_store_ps(scores + 16 * v, product);
        largest = _mm512_max_ps(largest, product);
      }
      head.scales[block] = _mm512_reduce_max_ps(largest);
    }
    _mm512_store_ps(head.partial, partial);
    for (int block = 0; block < work.blocks; block += 16) {
      const __m512 largest = _mm512_load_ps(head.scales + block), full = _mm512_set1_ps(127.0f);
      const __mmask16 kept = _mm512_cmp_ps_mask(largest, _mm512_set1_ps(kTinyRow), _CMP_GE_OQ);
      _mm512_store_ps(head.scales + block, _mm512_maskz_div_ps(kept, largest, full));
      _mm512_store_ps(head.inverses + block, _mm512_maskz_div_ps(kept, full, largest));
    }
    for (int block = 0; block < work.blocks; ++block) round_block(head, block);
  }

  LMZIP_VNNI static void add(GroupWork& work) {
    for (int block = 0; block < work.blocks; ++block) {
      const int8_t* const values = work.at.value(work.shape, block * kAttentionBlock, 0);
      for (int h = 0; h < work.heads; ++h) {
        HeadWork& head = work.head[h];
        if (head.scales[block] == 0.0f) continue;
        int d = 0;
        for (; d + 32 <= work.shape.head_width; d += 32) add_block<2>(work, head, block, values, d);
        for (; d < work.shape.head_width; d += 16) add_block<1>(work, head, block, values, d);
      }
    }
  }

 private:
  /// Only the first `filled` scores count, if any.
  LMZIP_VNNI_INLINE static __m512 hide(__m512 score, int filled) {
    const auto kept = static_cast<__mmask16>(filled <= 0 ? 0 : (1 << filled) - 1);
    return _mm512_mask_mov_ps(_mm512_set1_ps(-std::numeric_limits<float>::max()), kept, score);
  }

  /// u_j to t_j. The packs work within quarters of vectors, so that four slots stay together, but the sixteen quads of
  /// a block change places: quad q lands at place_of(q).
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
  static constexpr int place_of(int quad) { return quad % 4 * 4 + quad / 4; }

  /// One block's sums for 16 * kVectors dimensions, every quad's four t_j being broadcast to all of them.
  template <int kVectors>
  LMZIP_VNNI_INLINE static void add_block(const GroupWork& work, HeadWork& head, int block, const int8_t* values,
                                          int d) {
    const float* const whole = head.scores + block * kAttentionBlock;
    __m512i sums[2][kVectors];
    LMZIP_UNROLL for (int i = 0; i < 2; ++i) {
      LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_setzero_si512();
    }
    LMZIP_UNROLL for (int quad = 0; quad < 16; ++quad) {
      const __m512i four = four_bytes(whole + place_of(quad));
      LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) {
        add_products(sums[quad % 2][v], four,
                     _mm512_load_si512(values + (quad * work.shape.head_width + d + 16 * v) * 4));
      }
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
