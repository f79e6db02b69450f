// SPDX-License-Identifier: Apache-2.0
// The integer kernels for AVX2. Everything is bit for bit what the scalar versions compute.
#include "kernels/implementations.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "kernels/attention_passes.h"

#define LMZIP_AVX2 [[gnu::target("avx2")]]
#define LMZIP_AVX2_INLINE [[gnu::target("avx2"), gnu::always_inline]] inline

namespace lmzip::kernels {
namespace {

LMZIP_AVX2_INLINE __m256i load(const void* from) { return _mm256_load_si256(static_cast<const __m256i*>(from)); }

/// Four bytes, eight times.
LMZIP_AVX2_INLINE __m256i four_bytes(const void* bytes) {
  int32_t four;
  std::memcpy(&four, bytes, sizeof four);
  return _mm256_set1_epi32(four);
}

/// Sums of four products of bytes, added to 8 sums. Pairs of products are at most 2 * 127 * 127 and fit 16 bits, which
/// is why no value is -128.
LMZIP_AVX2_INLINE __m256i add_products(__m256i sums, __m256i unsigned_bytes, __m256i signed_bytes) {
  const __m256i pairs = _mm256_maddubs_epi16(unsigned_bytes, signed_bytes);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/// Weights and keys are stored plus 128.
LMZIP_AVX2_INLINE __m256i without_offset(__m256i bytes) { return _mm256_xor_si256(bytes, _mm256_set1_epi8(-128)); }

LMZIP_AVX2_INLINE float largest_of(__m256 x) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

LMZIP_AVX2_INLINE __m256i nearest(const float* x, __m256 inverse) {
  return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x), inverse));
}

/// 32 integers to bytes. The packs work within halves; the quads of numbers are put in order again.
LMZIP_AVX2_INLINE __m256i to_bytes(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

LMZIP_AVX2 RowSum quantise_row(const float* x, int width, int8_t* values) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  __m256 largest = _mm256_setzero_ps();
  for (int i = 0; i < width; i += 8) {
    largest = _mm256_max_ps(largest, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)));
  }
  const RowScale scale = row_scale(largest_of(largest));
  const __m256 inverse = _mm256_set1_ps(scale.inverse);
  __m256i sum = _mm256_setzero_si256();
  for (int i = 0; i < width; i += 16) {
    const __m256i a = nearest(x + i, inverse), b = nearest(x + i + 8, inverse);
    sum = _mm256_add_epi32(sum, _mm256_add_epi32(a, b));
    const __m256i bytes = to_bytes(a, b, a, b);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(values + i), _mm256_castsi256_si128(bytes));
  }
  alignas(32) int32_t sums[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(sums), sum);
  return {scale.scale, sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7]};
}

LMZIP_AVX2 void quantise_rows(ConstFloatRows x, int rows, QuantisedRows& out) {
  for (int r = 0; r < rows; ++r) {
    const RowSum row = quantise_row(x.data + static_cast<size_t>(r) * x.stride, out.columns(), out.values(r));
    out.scale(r) = row.scale;
    out.correction(r) = -128 * row.sum;
  }
}

/// kBatch rows of x times 16 rows of w: |w| times x with the sign of w.
template <int kBatch>
LMZIP_AVX2 void multiply_tile(const PackedMatrix& w, const QuantisedRows& x, int batch, int first, FloatRows y) {
  const int columns = w.columns();
  const uint8_t* const weights = w.weights() + static_cast<size_t>(first) * static_cast<size_t>(columns);
  const int8_t* const values = x.values(batch);
  __m256i sums[kBatch][2];
  LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) sums[b][0] = sums[b][1] = _mm256_setzero_si256();
  for (int c = 0; c < columns; c += 4) {
    __m256i weight[2], magnitude[2];
    LMZIP_UNROLL for (int g = 0; g < 2; ++g) {
      weight[g] = without_offset(load(weights + c * 16 + 32 * g));
      magnitude[g] = _mm256_abs_epi8(weight[g]);
    }
    LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
      const __m256i four = four_bytes(values + b * columns + c);
      LMZIP_UNROLL for (int g = 0; g < 2; ++g) {
        sums[b][g] = add_products(sums[b][g], magnitude[g], _mm256_sign_epi8(four, weight[g]));
      }
    }
  }
  LMZIP_UNROLL for (int g = 0; g < 2; ++g) {
    const __m256 scales = _mm256_load_ps(w.scales() + first + 8 * g);
    LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
      const __m256 scale = _mm256_mul_ps(_mm256_set1_ps(x.scale(batch + b)), scales);
      __m256 out = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[b][g]), scale);
      if (w.bias()) out = _mm256_add_ps(out, _mm256_load_ps(w.bias() + first + 8 * g));
      _mm256_storeu_ps(y.data + static_cast<size_t>(batch + b) * y.stride + first + 8 * g, out);
    }
  }
}

void multiply(const PackedMatrix& w, const QuantisedRows& x, int rows, FloatRows y) {
  for (int first = 0; first < w.rows(); first += 16) {
    int b = 0;
    for (; b + 4 <= rows; b += 4) multiply_tile<4>(w, x, b, first, y);
    if (rows - b == 3) multiply_tile<3>(w, x, b, first, y);
    if (rows - b == 2) multiply_tile<2>(w, x, b, first, y);
    if (rows - b == 1) multiply_tile<1>(w, x, b, first, y);
  }
}

/// exp2_approx() of numbers that are not positive.
LMZIP_AVX2_INLINE __m256 exp2_of(__m256 x) {
  const __m256 magic = _mm256_set1_ps(kRoundingMagic);
  const __m256 shifted = _mm256_add_ps(x, magic);
  const __m256 f = _mm256_sub_ps(x, _mm256_sub_ps(shifted, magic));
  const __m256 low = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(kExp2Coefficients[0]), f), _mm256_set1_ps(1.0f));
  const __m256 middle =
      _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(kExp2Coefficients[2]), f), _mm256_set1_ps(kExp2Coefficients[1]));
  const __m256 high =
      _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(kExp2Coefficients[4]), f), _mm256_set1_ps(kExp2Coefficients[3]));
  const __m256 square = _mm256_mul_ps(f, f);
  const __m256 p = _mm256_add_ps(_mm256_mul_ps(_mm256_add_ps(_mm256_mul_ps(high, square), middle), square), low);
  // The low bits of the shifted number are n in two's complement; those of the magic number are zeros.
  const __m256i power = _mm256_add_epi32(_mm256_castps_si256(p), _mm256_slli_epi32(_mm256_castps_si256(shifted), 23));
  return _mm256_and_ps(_mm256_castsi256_ps(power), _mm256_cmp_ps(x, _mm256_set1_ps(kExp2Lowest), _CMP_GE_OQ));
}

struct Avx2Passes {
  static RowSum quantise(const float* x, int width, int8_t* values) { return quantise_row(x, width, values); }

  LMZIP_AVX2 static void score(GroupWork& work) {
    for (int first = 0; first < work.filled; first += 16) {
      for (int h = 0; h < work.heads; ++h) score_slots(work, work.head[h], first);
    }
    for (int h = 0; h < work.heads; ++h) {
      HeadWork& head = work.head[h];
      for (int j = work.filled; j < work.blocks * kAttentionBlock; ++j) head.scores[j] = kHidden;
    }
  }

  LMZIP_AVX2 static void weigh(const GroupWork& work, HeadWork& head) {
    const __m256 best =
        _mm256_set1_ps(largest_of(_mm256_max_ps(_mm256_load_ps(head.best), _mm256_load_ps(head.best + 8))));
    const __m256 negligible = _mm256_set1_ps(-kAttentionNegligible);
    __m256 partial[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (int block = 0; block < work.blocks; ++block) {
      float* const scores = head.scores + block * kAttentionBlock;
      __m256 nearest_score = _mm256_load_ps(scores);
      for (int v = 1; v < 8; ++v) nearest_score = _mm256_max_ps(nearest_score, _mm256_load_ps(scores + 8 * v));
      nearest_score = _mm256_sub_ps(nearest_score, best);
      head.scales[block] = 0.0f;
      if (_mm256_movemask_ps(_mm256_cmp_ps(nearest_score, negligible, _CMP_GE_OQ)) == 0) continue;
      __m256 largest = _mm256_setzero_ps();
      LMZIP_UNROLL for (int v = 0; v < 8; ++v) {
        const __m256 weight = exp2_of(_mm256_sub_ps(_mm256_load_ps(scores + 8 * v), best));
        partial[v % 2] = _mm256_add_ps(partial[v % 2], weight);
        // Slots that are not filled have weight 0 and perhaps no finite scale.
        const __m256 counts = _mm256_cmp_ps(weight, _mm256_setzero_ps(), _CMP_GT_OQ);
        const __m256 scale = _mm256_load_ps(work.at.value_scales + block * kAttentionBlock + 8 * v);
        const __m256 product = _mm256_mul_ps(weight, _mm256_and_ps(counts, scale));
        _mm256_store_ps(scores + 8 * v, product);
        largest = _mm256_max_ps(largest, product);
      }
      const RowScale scale = row_scale(largest_of(largest));
      head.scales[block] = scale.scale;
      const __m256 inverse = _mm256_set1_ps(scale.inverse);
      LMZIP_UNROLL for (int v = 0; v < 8; v += 4) {
        const float* const four = scores + 8 * v;
        const __m256i bytes = to_bytes(nearest(four, inverse), nearest(four + 8, inverse), nearest(four + 16, inverse),
                                       nearest(four + 24, inverse));
        _mm256_store_si256(reinterpret_cast<__m256i*>(scores + 2 * v), bytes);
      }
    }
    _mm256_store_ps(head.partial, partial[0]);
    _mm256_store_ps(head.partial + 8, partial[1]);
  }

  LMZIP_AVX2 static void add(GroupWork& work) {
    for (int block = 0; block < work.blocks; ++block) {
      const int8_t* const values = work.at.value(work.shape, block * kAttentionBlock, 0);
      for (int h = 0; h < work.heads; ++h) {
        if (work.head[h].scales[block] == 0.0f) continue;
        for (int d = 0; d < work.shape.head_width; d += 16) add_block(work, work.head[h], block, values + d * 4, d);
      }
    }
  }

 private:
  static constexpr float kHidden = -std::numeric_limits<float>::max();

  /// Of 16 slots; those behind `filled` get some score, too.
  LMZIP_AVX2_INLINE static void score_slots(const GroupWork& work, HeadWork& head, int first) {
    const uint8_t* const keys = work.at.key(work.shape, first, 0);
    __m256i dots[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int d = 0; d < work.shape.head_width; d += 16) {
      LMZIP_UNROLL for (int quad = 0; quad < 16; quad += 4) {
        const __m256i query = four_bytes(head.query + d + quad), magnitude = _mm256_abs_epi8(query);
        LMZIP_UNROLL for (int v = 0; v < 2; ++v) {
          const __m256i key = without_offset(load(keys + (d + quad) * 16 + 32 * v));
          dots[v] = add_products(dots[v], magnitude, _mm256_sign_epi8(key, query));
        }
      }
    }
    LMZIP_UNROLL for (int v = 0; v < 2; ++v) {
      const __m256 scale =
          _mm256_mul_ps(_mm256_set1_ps(head.query_scale), _mm256_load_ps(work.at.key_scales + first + 8 * v));
      __m256 score = _mm256_mul_ps(_mm256_cvtepi32_ps(dots[v]), scale);
      const int filled = work.filled - first - 8 * v;
      if (filled < 8) {
        const __m256i slot = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const __m256i kept = _mm256_cmpgt_epi32(_mm256_set1_epi32(filled), slot);
        score = _mm256_blendv_ps(_mm256_set1_ps(kHidden), score, _mm256_castsi256_ps(kept));
      }
      _mm256_store_ps(head.scores + first + 8 * v, score);
      _mm256_store_ps(head.best + 8 * v, _mm256_max_ps(_mm256_load_ps(head.best + 8 * v), score));
    }
  }

  /// One block's sums for 16 dimensions, every quad's four t_j being broadcast to all of them.
  LMZIP_AVX2_INLINE static void add_block(const GroupWork& work, HeadWork& head, int block, const int8_t* values,
                                          int d) {
    const float* const whole = head.scores + block * kAttentionBlock;
    __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    LMZIP_UNROLL for (int quad = 0; quad < 16; ++quad) {
      const __m256i four = four_bytes(whole + quad);
      LMZIP_UNROLL for (int v = 0; v < 2; ++v) {
        sums[v] = add_products(sums[v], four, load(values + quad * work.shape.head_width * 4 + 32 * v));
      }
    }
    LMZIP_UNROLL for (int v = 0; v < 2; ++v) {
      float* const out = head.output + d + 8 * v;
      const __m256 sum = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[v]), _mm256_set1_ps(head.scales[block]));
      _mm256_storeu_ps(out, _mm256_add_ps(_mm256_loadu_ps(out), sum));
    }
  }
};

}  // namespace

const Int8Matrix kInt8MatrixAvx2{Isa::kAvx2, quantise_rows, multiply};
const Attention kAttentionAvx2{Isa::kAvx2, store_with<Avx2Passes>, attend_in_passes<Avx2Passes>};

}  // namespace lmzip::kernels
#endif
