// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "model/decoder.h"

namespace lmzip::model {
namespace {

/// Where a head's numbers stand in a file that turns neighbours together.
struct Interleaved {
  int64_t head_width, rotary_width;

  int64_t source(int64_t row) const {
    const int64_t at = row % head_width, half = rotary_width / 2;
    if (at >= rotary_width) return row;
    return row - at + (at < half ? 2 * at : 2 * (at - half) + 1);
  }
};

PackedNumbers reordered(PackedNumbers packed, int64_t pieces_of_row, const Interleaved& order) {
  const auto moved = [pieces_of_row, order](std::function<ByteSpan(int64_t)> from) {
    return [pieces_of_row, order, from = std::move(from)](int64_t piece) {
      return from(order.source(piece / pieces_of_row) * pieces_of_row + piece % pieces_of_row);
    };
  };
  packed.piece = moved(std::move(packed.piece));
  if (packed.scale) packed.scale = moved(std::move(packed.scale));
  return packed;
}

void reorder_rows(DecoderWeight& weight, const Interleaved& order) {
  weight.read = [order, from = std::move(weight.read)](int64_t row, std::span<float> out) {
    from(order.source(row), out);
  };
  if (!weight.packed) return;
  if (weight.packed->pieces % weight.rows != 0) {
    weight.packed.reset();  // a piece crosses rows
  } else {
    const int64_t pieces_of_row = weight.packed->pieces / weight.rows;
    weight.packed = reordered(*std::move(weight.packed), pieces_of_row, order);
  }
}

void reorder_numbers(DecoderWeight& vector, const Interleaved& order) {
  vector.read = [order, from = std::move(vector.read)](int64_t row, std::span<float> out) {
    std::vector<float> numbers(out.size());
    from(row, numbers);
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = numbers[static_cast<size_t>(order.source(static_cast<int64_t>(i)))];
  };
  vector.packed.reset();
}

}  // namespace

void unite_halves(Decoder& decoder) {
  const Interleaved order{decoder.shape.head_width, decoder.shape.rotary_width};
  for (int i = 0; i < decoder.shape.layers; ++i) {
    for (const std::string& name : {fmt::format("layers.{}.query", i), fmt::format("layers.{}.key", i)}) {
      reorder_rows(decoder.weights.at(name), order);
      if (const auto bias = decoder.weights.find(name + ".bias"); bias != decoder.weights.end()) {
        reorder_numbers(bias->second, order);
      }
    }
  }
}

}  // namespace lmzip::model
