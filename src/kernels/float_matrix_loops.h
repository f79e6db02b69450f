// SPDX-License-Identifier: Apache-2.0
// The text of the float32 kernels, which float_matrix.cc includes once for each instruction set, in a namespace of its
// own, with these macros: LMZIP_FLOAT_TARGET, the attribute of functions; LMZIP_FLOAT_LANES, floats of a vector;
// LMZIP_FLOAT_BLOCKS and LMZIP_FLOAT_BATCH, the largest tile in blocks of 16 outputs and rows of x, whose sums fit the
// registers. The compiler's own vectors must stand in functions of their instruction set, which templates on the set
// would not be.

constexpr int kLanes = LMZIP_FLOAT_LANES;
constexpr int kBlocks = LMZIP_FLOAT_BLOCKS;
constexpr int kBatch = LMZIP_FLOAT_BATCH;

typedef float Vector __attribute__((vector_size(kLanes * 4)));
typedef float VectorInMemory __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

LMZIP_FLOAT_TARGET LMZIP_INLINE Vector load(const float* from) {
  return *reinterpret_cast<const VectorInMemory*>(from);
}
LMZIP_FLOAT_TARGET LMZIP_INLINE void store(float* to, Vector value) { *reinterpret_cast<VectorInMemory*>(to) = value; }

/// kTileBatch rows of x times kTileBlocks blocks of w, from column `from` to `to`; what earlier columns gave is in y.
template <int kTileBlocks, int kTileBatch>
LMZIP_FLOAT_TARGET void multiply_tile(const FloatTile& tile) {
  constexpr int kPerBlock = 16 / kLanes;
  constexpr int kVectors = kTileBlocks * kPerBlock;
  Vector sums[kTileBatch][kVectors];
  LMZIP_UNROLL for (int b = 0; b < kTileBatch; ++b) {
    LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) {
      sums[b][v] = tile.from == 0 ? Vector{} : load(tile.y.data + b * tile.y.stride + v * kLanes);
    }
  }
  const float* weight = tile.weights + static_cast<size_t>(tile.from) * 16;
  for (int c = tile.from; c < tile.to; ++c, weight += 16) {
    Vector weights[kVectors];
    LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) {
      weights[v] = load(weight + static_cast<size_t>(v / kPerBlock) * tile.block + v % kPerBlock * kLanes);
    }
    LMZIP_UNROLL for (int b = 0; b < kTileBatch; ++b) {
      const float x = tile.x.data[b * tile.x.stride + c];
      LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) sums[b][v] += weights[v] * x;
    }
  }
  LMZIP_UNROLL for (int b = 0; b < kTileBatch; ++b) {
    LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) {
      if (tile.bias) sums[b][v] += load(tile.bias + v * kLanes);
      store(tile.y.data + b * tile.y.stride + v * kLanes, sums[b][v]);
    }
  }
}

/// All rows of x, in tiles of kTileBatch, the rest in halves of it.
template <int kTileBlocks, int kTileBatch>
void multiply_rows(FloatTile tile, int rows) {
  for (; rows >= kTileBatch; rows -= kTileBatch) {
    multiply_tile<kTileBlocks, kTileBatch>(tile);
    tile.x.data += kTileBatch * tile.x.stride;
    tile.y.data += kTileBatch * tile.y.stride;
  }
  if constexpr (kTileBatch > 1) {
    if (rows > 0) multiply_rows<kTileBlocks, kTileBatch / 2>(tile, rows);
  }
}

inline void multiply(const PackedFloatMatrix& w, ConstFloatRows x, int rows, FloatRows y) {
  const int columns = w.columns();
  const size_t block = static_cast<size_t>(columns) * 16;
  for (int first = 0; first < w.rows();) {
    const int blocks = w.rows() - first >= 16 * kBlocks ? kBlocks : 1;
    for (int from = 0; from < columns; from += kColumnsTogether) {
      const int to = std::min(from + kColumnsTogether, columns);
      const FloatTile tile{.weights = w.weights() + static_cast<size_t>(first / 16) * block,
                           .block = block,
                           .bias = w.bias() && to == columns ? w.bias() + first : nullptr,
                           .from = from,
                           .to = to,
                           .x = x,
                           .y = {y.data + first, y.stride}};
      if (blocks == kBlocks) {
        multiply_rows<kBlocks, kBatch>(tile, rows);
      } else {
        multiply_rows<1, kBatch>(tile, rows);
      }
    }
    first += 16 * blocks;
  }
}

/// s_j of all slots of the blocks that hold filled ones.
LMZIP_FLOAT_TARGET inline void score(const float* keys, const float* query, const AttentionShape& shape, int filled,
                                     float* scores) {
  constexpr int kPerBlock = 16 / kLanes;
  constexpr int kTogether = kLanes == 4 ? 1 : 4;  // blocks: their sums must fit the registers and hide the latency
  const size_t block = static_cast<size_t>(shape.head_width) * 16;
  for (int first = 0; first < filled; first += 16 * kTogether) {
    const float* const from = keys + static_cast<size_t>(first / 16) * block;
    Vector sums[kTogether * kPerBlock] = {};
    for (int d = 0; d < shape.head_width; ++d) {
      LMZIP_UNROLL for (int v = 0; v < kTogether * kPerBlock; ++v) {
        sums[v] += load(from + static_cast<size_t>(v / kPerBlock) * block + d * 16 + v % kPerBlock * kLanes) * query[d];
      }
    }
    LMZIP_UNROLL for (int v = 0; v < kTogether * kPerBlock; ++v) store(scores + first + v * kLanes, sums[v]);
  }
}

/// Scores to weights; the result is their sum.
LMZIP_FLOAT_TARGET inline float weigh(int filled, float* scores) {
  const int slots = (filled + 15) & -16;
  for (int j = filled; j < slots; ++j) scores[j] = -std::numeric_limits<float>::max();
  float part[16];
  for (int j = 0; j < 16; ++j) part[j] = scores[j];
  for (int first = 16; first < slots; first += 16) {
    for (int j = 0; j < 16; ++j) part[j] = scores[first + j] > part[j] ? scores[first + j] : part[j];
  }
  float best = part[0];
  for (int j = 1; j < 16; ++j) best = part[j] > best ? part[j] : best;
  for (int j = 0; j < 16; ++j) part[j] = 0.0f;
  for (int first = 0; first < slots; first += 16) {
    for (int j = 0; j < 16; ++j) {
      const float weight = exp2_approx(scores[first + j] - best);
      scores[first + j] = weight;
      part[j] += weight;
    }
  }
  for (int half = 8; half > 0; half /= 2) {
    for (int j = 0; j < half; ++j) part[j] += part[j + half];
  }
  return part[0];
}

/// kVectors vectors of the output.
template <int kVectors>
LMZIP_FLOAT_TARGET LMZIP_INLINE void add_values(const float* values, const float* weights, int filled, int head_width,
                                                float denominator, float* output) {
  Vector sums[kVectors] = {};
  for (int j = 0; j < filled; ++j, values += head_width) {
    LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) sums[v] += load(values + v * kLanes) * weights[j];
  }
  LMZIP_UNROLL for (int v = 0; v < kVectors; ++v) store(output + v * kLanes, sums[v] / denominator);
}

LMZIP_FLOAT_TARGET inline void attend(const AttentionShape& shape, const FloatAttentionCall& call) {
  const int width = shape.head_width;
  const size_t head_floats = static_cast<size_t>(shape.slots) * static_cast<size_t>(width);
  const float* const values = call.cache + static_cast<size_t>(shape.key_value_heads) * head_floats;
  for (int h = 0; h < shape.heads; ++h) {
    const auto shared = static_cast<size_t>(h / (shape.heads / shape.key_value_heads)) * head_floats;
    score(call.cache + shared, call.query + h * width, shape, call.filled, call.scratch);
    const float denominator = weigh(call.filled, call.scratch);
    float* const output = call.output + h * width;
    int d = 0;
    for (; d + 64 <= width; d += 64) {
      add_values<64 / kLanes>(values + shared + d, call.scratch, call.filled, width, denominator, output + d);
    }
    for (; d < width; d += 16) {
      add_values<16 / kLanes>(values + shared + d, call.scratch, call.filled, width, denominator, output + d);
    }
  }
}

#undef LMZIP_FLOAT_TARGET
#undef LMZIP_FLOAT_LANES
#undef LMZIP_FLOAT_BLOCKS
#undef LMZIP_FLOAT_BATCH
