// SPDX-License-Identifier: Apache-2.0
// The integer kernels for AArch64 with its vectors. Everything is bit for bit what the scalar versions compute.
#include "kernels/implementations.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#include <cstring>

#include "kernels/attention_passes.h"

namespace lmzip::kernels {
namespace {

LMZIP_INLINE int8x16_t four_bytes(const void* bytes) {
  int32_t four;
  std::memcpy(&four, bytes, sizeof four);
  return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

/// Weights and keys are stored plus 128.
LMZIP_INLINE int8x16_t without_offset(const uint8_t* bytes) {
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(bytes), vdupq_n_u8(128)));
}

/// Four sums of products of bytes, each still in two parts.
struct Sums {
  int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);

  /// Eight products to each sum. Two products are at most 2 * 127 * 127 and fit 16 bits, which is why no value is -128.
  LMZIP_INLINE void add(int8x16_t a0, int8x16_t b0, int8x16_t a1, int8x16_t b1) {
    low = vpadalq_s16(low, vmlal_s8(vmull_s8(vget_low_s8(a0), vget_low_s8(b0)), vget_low_s8(a1), vget_low_s8(b1)));
    high = vpadalq_s16(high, vmlal_high_s8(vmull_high_s8(a0, b0), a1, b1));
  }
  LMZIP_INLINE float32x4_t whole() const { return vcvtq_f32_s32(vpaddq_s32(low, high)); }
};

RowSum quantise_row(const float* x, int width, int8_t* values) {
  float32x4_t largest = vdupq_n_f32(0.0f);
  for (int i = 0; i < width; i += 4) largest = vmaxq_f32(largest, vabsq_f32(vld1q_f32(x + i)));
  const RowScale scale = row_scale(vmaxvq_f32(largest));
  int32x4_t sum = vdupq_n_s32(0);
  for (int i = 0; i < width; i += 8) {
    const int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i), scale.inverse));
    const int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i + 4), scale.inverse));
    sum = vaddq_s32(sum, vaddq_s32(a, b));
    vst1_s8(values + i, vmovn_s16(vcombine_s16(vmovn_s32(a), vmovn_s32(b))));
  }
  return {scale.scale, vaddvq_s32(sum)};
}

void quantise_rows(ConstFloatRows x, int rows, QuantisedRows& out) {
  for (int r = 0; r < rows; ++r) {
    const RowSum row = quantise_row(x.data + static_cast<size_t>(r) * x.stride, out.columns(), out.values(r));
    out.scale(r) = row.scale;
    out.correction(r) = -128 * row.sum;
  }
}

/// kBatch rows of x times 16 rows of w.
template <int kBatch>
void multiply_tile(const PackedMatrix& w, const QuantisedRows& x, int batch, int first, FloatRows y) {
  const int columns = w.columns();
  const uint8_t* weights = w.weights() + static_cast<size_t>(first) * static_cast<size_t>(columns);
  Sums sums[kBatch][4];
  for (int c = 0; c < columns; c += 8, weights += 128) {
    int8x16_t four[kBatch][2];
    LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
      four[b][0] = four_bytes(x.values(batch + b) + c);
      four[b][1] = four_bytes(x.values(batch + b) + c + 4);
    }
    LMZIP_UNROLL for (int g = 0; g < 4; ++g) {
      const int8x16_t weight0 = without_offset(weights + 16 * g), weight1 = without_offset(weights + 64 + 16 * g);
      LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) sums[b][g].add(weight0, four[b][0], weight1, four[b][1]);
    }
  }
  LMZIP_UNROLL for (int g = 0; g < 4; ++g) {
    const int row = first + 4 * g;
    LMZIP_UNROLL for (int b = 0; b < kBatch; ++b) {
      const float32x4_t scale = vmulq_n_f32(vld1q_f32(w.scales() + row), x.scale(batch + b));
      float32x4_t out = vmulq_f32(sums[b][g].whole(), scale);
      if (w.bias()) out = vaddq_f32(out, vld1q_f32(w.bias() + row));
      vst1q_f32(y.data + static_cast<size_t>(batch + b) * y.stride + row, out);
    }
  }
}

void multiply(const PackedMatrix& w, const QuantisedRows& x, int rows, FloatRows y) {
  for (int first = 0; first < w.rows(); first += 16) {
    int b = 0;
    for (; b + 2 <= rows; b += 2) multiply_tile<2>(w, x, b, first, y);
    if (b < rows) multiply_tile<1>(w, x, b, first, y);
  }
}

/// exp2_approx() of numbers that are not positive.
LMZIP_INLINE float32x4_t exp2_of(float32x4_t x) {
  const float32x4_t magic = vdupq_n_f32(kRoundingMagic);
  const float32x4_t shifted = vaddq_f32(x, magic);
  const float32x4_t f = vsubq_f32(x, vsubq_f32(shifted, magic));
  const float32x4_t low = vaddq_f32(vmulq_n_f32(f, kExp2Coefficients[0]), vdupq_n_f32(1.0f));
  const float32x4_t middle = vaddq_f32(vmulq_n_f32(f, kExp2Coefficients[2]), vdupq_n_f32(kExp2Coefficients[1]));
  const float32x4_t high = vaddq_f32(vmulq_n_f32(f, kExp2Coefficients[4]), vdupq_n_f32(kExp2Coefficients[3]));
  const float32x4_t square = vmulq_f32(f, f);
  const float32x4_t p = vaddq_f32(vmulq_f32(vaddq_f32(vmulq_f32(high, square), middle), square), low);
  // The low bits of the shifted number are n in two's complement; those of the magic number are zeros.
  const uint32x4_t power = vaddq_u32(vreinterpretq_u32_f32(p), vshlq_n_u32(vreinterpretq_u32_f32(shifted), 23));
  return vreinterpretq_f32_u32(vandq_u32(power, vcgeq_f32(x, vdupq_n_f32(kExp2Lowest))));
}

struct NeonPasses {
  static RowSum quantise(const float* x, int width, int8_t* values) { return quantise_row(x, width, values); }

  static void score(GroupWork& work) {
    for (int first = 0; first < work.filled; first += 16) {
      for (int h = 0; h < work.heads; ++h) score_slots(work, work.head[h], first);
    }
    for (int h = 0; h < work.heads; ++h) {
      const HeadWork& head = work.head[h];
      std::fill(head.scores + work.filled, head.scores + work.blocks * kAttentionBlock, kHidden);
    }
  }

  static void weigh(const GroupWork& work, HeadWork& head) {
    float32x4_t best_of = vld1q_f32(head.best);
    for (int v = 4; v < 16; v += 4) best_of = vmaxq_f32(best_of, vld1q_f32(head.best + v));
    const float32x4_t best = vdupq_n_f32(vmaxvq_f32(best_of));
    float32x4_t partial[4];
    for (float32x4_t& sum : partial) sum = vdupq_n_f32(0.0f);
    for (int block = 0; block < work.blocks; ++block) {
      float* const scores = head.scores + block * kAttentionBlock;
      float32x4_t nearest = vld1q_f32(scores);
      for (int j = 4; j < kAttentionBlock; j += 4) nearest = vmaxq_f32(nearest, vld1q_f32(scores + j));
      head.scales[block] = 0.0f;
      if (vmaxvq_f32(vsubq_f32(nearest, best)) < -kAttentionNegligible) continue;
      float32x4_t largest = vdupq_n_f32(0.0f);
      LMZIP_UNROLL for (int v = 0; v < 16; ++v) {
        const float32x4_t weight = exp2_of(vsubq_f32(vld1q_f32(scores + 4 * v), best));
        partial[v % 4] = vaddq_f32(partial[v % 4], weight);
        // Slots that are not filled have weight 0 and perhaps no finite scale.
        const uint32x4_t scale =
            vld1q_u32(reinterpret_cast<const uint32_t*>(work.at.value_scales + block * kAttentionBlock + 4 * v));
        const uint32x4_t counts = vcgtq_f32(weight, vdupq_n_f32(0.0f));
        const float32x4_t product = vmulq_f32(weight, vreinterpretq_f32_u32(vandq_u32(scale, counts)));
        vst1q_f32(scores + 4 * v, product);
        largest = vmaxq_f32(largest, product);
      }
      const RowScale scale = row_scale(vmaxvq_f32(largest));
      head.scales[block] = scale.scale;
      int8_t* const whole = reinterpret_cast<int8_t*>(scores);
      for (int j = 0; j < kAttentionBlock; j += 8) {
        const int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(scores + j), scale.inverse));
        const int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(scores + j + 4), scale.inverse));
        vst1_s8(whole + j, vmovn_s16(vcombine_s16(vmovn_s32(a), vmovn_s32(b))));
      }
    }
    for (int v = 0; v < 4; ++v) vst1q_f32(head.partial + 4 * v, partial[v]);
  }

  static void add(GroupWork& work) {
    for (int block = 0; block < work.blocks; ++block) {
      for (int h = 0; h < work.heads; ++h) {
        if (work.head[h].scales[block] == 0.0f) continue;
        for (int d = 0; d < work.shape.head_width; d += 16) add_block(work, work.head[h], block, d);
      }
    }
  }

 private:
  static constexpr float kHidden = -std::numeric_limits<float>::max();

  /// Of 16 slots; those behind `filled` get a score that never is the best.
  LMZIP_INLINE static void score_slots(const GroupWork& work, HeadWork& head, int first) {
    const uint8_t* keys = work.at.key(work.shape, first, 0);
    Sums dots[4];
    for (int d = 0; d < work.shape.head_width; d += 8, keys += 128) {
      const int8x16_t query0 = four_bytes(head.query + d), query1 = four_bytes(head.query + d + 4);
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
        dots[v].add(without_offset(keys + 16 * v), query0, without_offset(keys + 64 + 16 * v), query1);
      }
    }
    LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
      const int slot = first + 4 * v;
      const float32x4_t scale = vmulq_n_f32(vld1q_f32(work.at.key_scales + slot), head.query_scale);
      const int32x4_t places = {0, 1, 2, 3};
      const uint32x4_t kept = vcltq_s32(places, vdupq_n_s32(work.filled - slot));
      const float32x4_t score = vbslq_f32(kept, vmulq_f32(dots[v].whole(), scale), vdupq_n_f32(kHidden));
      vst1q_f32(head.scores + slot, score);
      vst1q_f32(head.best + 4 * v, vmaxq_f32(vld1q_f32(head.best + 4 * v), score));
    }
  }

  /// One block's sums for 16 dimensions, every quad's four t_j being broadcast to all of them.
  LMZIP_INLINE static void add_block(const GroupWork& work, HeadWork& head, int block, int d) {
    const int8_t* const values = work.at.value(work.shape, block * kAttentionBlock, d);
    const float* const whole = head.scores + block * kAttentionBlock;
    const int row = work.shape.head_width * 4;
    Sums sums[4];
    for (int quad = 0; quad < 16; quad += 2) {
      const int8x16_t four0 = four_bytes(whole + quad), four1 = four_bytes(whole + quad + 1);
      LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
        const int8_t* const at = values + quad * row + 16 * v;
        sums[v].add(four0, vld1q_s8(at), four1, vld1q_s8(at + row));
      }
    }
    LMZIP_UNROLL for (int v = 0; v < 4; ++v) {
      float* const out = head.output + d + 4 * v;
      vst1q_f32(out, vaddq_f32(vld1q_f32(out), vmulq_n_f32(sums[v].whole(), head.scales[block])));
    }
  }
};

}  // namespace

const Int8Matrix kInt8MatrixNeon{Isa::kNeon, quantise_rows, multiply};
const Attention kAttentionNeon{Isa::kNeon, store_with<NeonPasses>, attend_in_passes<NeonPasses>};

}  // namespace lmzip::kernels
#endif
