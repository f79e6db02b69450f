// SPDX-License-Identifier: Apache-2.0
#include "explain/numbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace lmzip::explain {
namespace {

using media::NumberLayout;

/// Adds what byte `i` of the part takes.
void add_bits(Patch& patch, const Explanation& e, size_t i) {
  patch.bits.resize(e.views.size());
  for (size_t v = 0; v < e.views.size(); ++v) patch.bits[v] += e.views[v].costs.shown[i];
  ++patch.bytes;
}

std::vector<Tile> tiles_over(media::ImageSize size, uint32_t side) {
  std::vector<Tile> tiles;
  for (uint32_t top = 0; top < size.height; top += side) {
    for (uint32_t left = 0; left < size.width; left += side) {
      Tile& tile = tiles.emplace_back();
      tile.left = left, tile.width = std::min(side, size.width - left);
      tile.top = top, tile.height = std::min(side, size.height - top);
    }
  }
  return tiles;
}

/// -1 to 1. As WAV has them: 8 bits unsigned, others signed.
double sample_of(ByteSpan number, bool big_endian) {
  if (number.size() == 1) return (number[0] - 128) / 128.0;
  uint32_t upper = 0;  // of 32 bits
  for (size_t i = 0; i < number.size(); ++i) {
    upper |= uint32_t{number[big_endian ? i : number.size() - 1 - i]} << (24 - 8 * i);
  }
  return static_cast<int32_t>(upper) / 2147483648.0;
}

}  // namespace

Picture picture_of(const Explanation& e, uint32_t across) {
  const NumberLayout& layout = *e.numbers;
  Picture made;
  if (e.part.last <= layout.head || e.bytes.empty()) return made;
  made.first_row = (std::max<uint64_t>(e.part.first, layout.head) - layout.head) / layout.period();
  const uint64_t last_row = (e.part.last - 1 - layout.head) / layout.period();
  const media::ImageSize size{layout.width, static_cast<uint32_t>(last_row - made.first_row + 1)};
  media::check_size(size);
  const size_t count = size_t{size.width} * size.height;
  const unsigned channels = layout.channels < 3 ? 1 : 3;
  made.image = {size, channels, Bytes(count * channels)};
  made.heat = {size, 3, Bytes(count * 3)};
  const uint32_t side = (size.width + across - 1) / across;
  made.tiles = tiles_over(size, side);
  made.across = (size.width + side - 1) / side;

  const unsigned number = layout.bits / 8, pixel_bytes = layout.channels * number;
  std::vector<double> bits(count);
  for (size_t i = 0; i < e.bytes.size(); ++i) {
    if (e.part.first + i < layout.head) continue;
    const uint64_t place = e.part.first + i - layout.head, in_row = place % layout.period();
    if (in_row >= uint64_t{layout.width} * pixel_bytes) continue;  // what fills rows up
    const uint64_t x = in_row / pixel_bytes, down = place / layout.period() - made.first_row;
    const uint64_t y = e.upwards ? size.height - 1 - down : down;
    const size_t pixel = y * size.width + x;
    bits[pixel] += e.views[0].costs.shown[i];
    add_bits(made.tiles[y / side * made.across + x / side], e, i);
    const uint64_t channel = in_row % pixel_bytes / number;
    const bool highest = in_row % number == (layout.big_endian ? 0 : number - 1);
    if (!highest || channel >= channels) continue;
    made.image.pixels[pixel * channels + (e.blue_first && channels == 3 ? 2 - channel : channel)] = e.bytes[i];
  }
  for (size_t pixel = 0; pixel < count; ++pixel) {
    const Colour colour = glow(bits[pixel] / pixel_bytes);
    std::ranges::copy(std::array{colour.red, colour.green, colour.blue},
                      made.heat.pixels.begin() + static_cast<ptrdiff_t>(3 * pixel));
  }
  return made;
}

std::vector<Column> wave_of(const Explanation& e, size_t most) {
  const NumberLayout& layout = *e.numbers;
  const uint64_t period = layout.period(), number = layout.bits / 8;
  const uint64_t begin = e.part.first > layout.head ? (e.part.first - layout.head + period - 1) / period : 0;
  const uint64_t end = e.part.last > layout.head ? (e.part.last - layout.head) / period : 0;
  std::vector<Column> columns;
  if (end <= begin) return columns;
  const uint64_t each = (end - begin + most - 1) / most;
  for (uint64_t sample = begin; sample < end; ++sample) {
    if ((sample - begin) % each == 0) columns.emplace_back().first = sample;
    Column& column = columns.back();
    const size_t place = layout.head + sample * period - e.part.first;
    for (size_t i = place; i < place + period; ++i) {
      add_bits(column, e, i);
      if ((i - place) % number != 0) continue;
      const double value = sample_of(ByteSpan(e.bytes).subspan(i, number), layout.big_endian);
      column.low = std::min(column.low, value);
      column.high = std::max(column.high, value);
    }
  }
  return columns;
}

Colour glow(double bits) {
  // Brightness grows evenly, so that it says the same without colours.
  constexpr std::array<std::array<double, 3>, 5> kColours = {
      {{0, 0, 0}, {70, 20, 110}, {175, 50, 85}, {245, 135, 30}, {255, 250, 180}}};
  const double at = std::clamp(bits / kBrightest, 0.0, 1.0) * (kColours.size() - 1);
  const size_t left = std::min(static_cast<size_t>(at), kColours.size() - 2);
  const double part = at - static_cast<double>(left);
  const auto channel = [&](size_t c) {
    return static_cast<uint8_t>(std::lround(kColours[left][c] * (1 - part) + kColours[left + 1][c] * part));
  };
  return {channel(0), channel(1), channel(2)};
}

}  // namespace lmzip::explain
