// SPDX-License-Identifier: Apache-2.0
// Pixels and samples beside what they take.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "explain/report.h"
#include "media/image.h"

namespace lmzip::explain {

/// Numbers of a part that are told about together.
struct Patch {
  uint64_t bytes = 0;
  std::vector<double> bits;  ///< under each view

  double bits_a_byte(size_t view = 0) const { return bytes == 0 ? 0 : bits[view] / static_cast<double>(bytes); }
};

struct Tile : Patch {
  uint32_t left = 0, top = 0, width = 0, height = 0;  ///< pixels of the picture shown
};

struct Picture {
  media::Image image;       ///< the rows that the part touches, upright; grey or colours; what it lacks is black
  media::Image heat;        ///< of the same size: glow() of each pixel's bits a byte
  uint64_t first_row = 0;   ///< of the file, which is the last one shown where rows go upwards
  size_t across = 0;        ///< tiles in a row
  std::vector<Tile> tiles;  ///< squares but at the edges, row by row
};

/// `across`: at most so many tiles in a row. Precondition: explanation.numbers says pixels. Without a pixel in the part
/// there are none: images of 0 x 0. Errors: kLimit beyond what an image may have.
Picture picture_of(const Explanation& explanation, uint32_t across);

struct Column : Patch {
  uint64_t first = 0;         ///< sample of each channel, from the first in the file
  double low = 1, high = -1;  ///< of all channels, -1 to 1
};

/// The samples of the part in at most `most` columns of as many each, but the last. Samples that it has only some bytes
/// of are left out. Precondition: explanation.numbers says samples.
std::vector<Column> wave_of(const Explanation& explanation, size_t most);

struct Colour {
  uint8_t red = 0, green = 0, blue = 0;
};

/// Black where a byte takes nothing, over violet and orange to a pale yellow where it takes kBrightest bits and more.
inline constexpr double kBrightest = 8;
Colour glow(double bits);

}  // namespace lmzip::explain
