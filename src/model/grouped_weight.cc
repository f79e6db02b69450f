// SPDX-License-Identifier: Apache-2.0
#include "model/grouped_weight.h"

#include "model/byte_order.h"

namespace lmzip::model {

DecoderWeight grouped_weight(const TensorShape& array, ByteSpan values, ByteSpan scales, int64_t group) {
  const auto piece = [values, size = static_cast<size_t>(group)](int64_t i) {
    return values.subspan(static_cast<size_t>(i) * size, size);
  };
  const auto scale = [scales](int64_t i) {
    return scales.subspan(static_cast<size_t>(i) * sizeof(float), sizeof(float));
  };
  const auto read = [values, scale, group](int64_t row, std::span<float> out) {
    int64_t at = row * static_cast<int64_t>(out.size());
    float factor = 0;
    for (size_t i = 0; i < out.size(); ++i, ++at) {
      if (i == 0 || at % group == 0) {
        copy_little_endian(scale(at / group), sizeof factor, reinterpret_cast<uint8_t*>(&factor));
      }
      out[i] = static_cast<float>(static_cast<int8_t>(values[static_cast<size_t>(at)])) * factor;
    }
  };
  return {array.rows, array.columns, read, PackedNumbers{nullptr, array.rows * array.columns / group, piece, scale}};
}

}  // namespace lmzip::model
