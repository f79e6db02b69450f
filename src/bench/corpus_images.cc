// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "bench/corpus_parts.h"
#include "media/image.h"

namespace lmzip::bench {
namespace {

constexpr size_t kTileRows = 32, kTileColumns = 64;
static_assert(kTileRows * kTileColumns == kChunkSize);

uint64_t count_tiles(const std::string& path) {
  const media::ImageSize size = media::read_image_size(path);
  return uint64_t{size.height / kTileRows} * (size.width / kTileColumns);
}

void read_tiles(const std::string& path, const ChunkSink& sink) {
  const media::Image image = media::read_image(path);
  const size_t width = image.size.width;
  const Bytes grey = media::grey(image);
  std::array<uint8_t, kChunkSize> tile;
  for (size_t top = 0; top + kTileRows <= image.size.height; top += kTileRows) {
    for (size_t left = 0; left + kTileColumns <= width; left += kTileColumns) {
      for (size_t row = 0; row < kTileRows; ++row) {
        std::copy_n(grey.data() + (top + row) * width + left, kTileColumns, tile.data() + row * kTileColumns);
      }
      if (!sink(tile)) return;
    }
  }
}

}  // namespace

const MediaRule kImageRule{
    .extensions = {"jpg", "jpeg", "png"},
    .expects = "JPEG or PNG files of at least 64 x 32 pixels",
    .rule =
        "Pictures in byte order of their paths; grey is the truncated mean of red, green and blue; all whole tiles of "
        "32 rows and 64 columns, row-major over the picture and within the tile.",
    .count = count_tiles,
    .read = read_tiles,
    .size = MediaRule::Size::kSmall,
};

}  // namespace lmzip::bench
