// SPDX-License-Identifier: Apache-2.0
#include "sample/picture.h"

#include <algorithm>
#include <utility>

#include "lmzip/error.h"

namespace lmzip::sample {
namespace {

/// The larger half.
uint32_t half(uint32_t length) { return length - length / 2; }

/// What one pixel of a scaled row (or column) is made of.
struct Coverage {
  uint32_t pixel;
  uint64_t weight;
};

/// How `to` pixels cover the `taken` source pixels in the middle of `from`: lengths are counted in units of which a
/// source pixel has `to` and a target pixel `taken`, so that all borders are whole numbers.
std::vector<std::vector<Coverage>> coverage(uint32_t from, uint64_t taken, uint32_t to) {
  std::vector<std::vector<Coverage>> all(to);
  const uint64_t margin = (from - taken) / 2 * to;
  for (uint32_t i = 0; i < to; ++i) {
    const uint64_t begin = margin + i * taken, end = begin + taken;
    for (uint64_t at = begin; at < end;) {
      const uint64_t pixel = at / to, next = std::min(end, (pixel + 1) * to);
      all[i].push_back({static_cast<uint32_t>(pixel), next - at});
      at = next;
    }
  }
  return all;
}

}  // namespace

Picture::Picture(media::Image grey, PictureOrder order) : grey_(std::move(grey)), order_(order) {
  const uint32_t length = order == PictureOrder::kRows ? grey_.size.width : grey_.size.height;
  if (length < 2) {
    throw Error(ErrorKind::kUsage, order == PictureOrder::kRows ? "a picture of one column has no right half"
                                                                : "a picture of one row has no lower half");
  }
}

std::vector<ByteSpan> Picture::prompts() const {
  const ByteSpan pixels = grey_.pixels;
  const size_t width = grey_.size.width;
  if (order_ == PictureOrder::kRaster) return {pixels.first(width * half(grey_.size.height))};
  std::vector<ByteSpan> rows;
  for (size_t y = 0; y < grey_.size.height; ++y) rows.push_back(pixels.subspan(y * width, half(grey_.size.width)));
  return rows;
}

size_t Picture::missing() const {
  const size_t width = grey_.size.width, height = grey_.size.height;
  return order_ == PictureOrder::kRaster ? height / 2 * width : width / 2;
}

media::Image Picture::context() const {
  constexpr uint8_t kEven = 128;
  return filled(std::vector<Continuation>(prompts().size(), {Bytes(missing(), kEven), {}}));
}

media::Image Picture::completed(std::span<const Continuation> made) const { return filled(made); }

media::Image Picture::filled(std::span<const Continuation> made) const {
  media::Image image = grey_;
  const std::vector<ByteSpan> known = prompts();
  for (size_t i = 0; i < known.size(); ++i) {
    const auto start = known[i].data() - grey_.pixels.data() + static_cast<ptrdiff_t>(known[i].size());
    std::copy(made[i].bytes.begin(), made[i].bytes.end(), image.pixels.begin() + start);
  }
  return image;
}

media::Image prepared(const media::Image& image, std::optional<media::ImageSize> size) {
  media::Image grey{image.size, 1, media::grey(image)};
  const bool larger = image.size.width > kPaperImage.width || image.size.height > kPaperImage.height;
  if (!size) return larger ? fitted(grey, kPaperImage) : grey;
  return size->width == 0 ? grey : fitted(grey, *size);
}

media::Image fitted(const media::Image& image, media::ImageSize size) {
  if (image.size.width == size.width && image.size.height == size.height) return image;
  // The largest part of the source with the target's proportions.
  const uint64_t width = image.size.width, height = image.size.height;
  const bool wide = width * size.height > height * size.width;
  const uint64_t taken_width = wide ? std::max<uint64_t>(1, height * size.width / size.height) : width;
  const uint64_t taken_height = wide ? height : std::max<uint64_t>(1, width * size.height / size.width);
  const auto columns = coverage(image.size.width, taken_width, size.width);
  const auto rows = coverage(image.size.height, taken_height, size.height);

  media::Image scaled{size, image.channels, Bytes(uint64_t{size.width} * size.height * image.channels)};
  const uint64_t area = taken_width * taken_height;
  size_t out = 0;
  for (const auto& row : rows) {
    for (const auto& column : columns) {
      for (unsigned channel = 0; channel < image.channels; ++channel) {
        uint64_t sum = area / 2;
        for (const Coverage& y : row) {
          for (const Coverage& x : column) {
            sum += y.weight * x.weight * image.pixels[(y.pixel * width + x.pixel) * image.channels + channel];
          }
        }
        scaled.pixels[out++] = static_cast<uint8_t>(sum / area);
      }
    }
  }
  return scaled;
}

}  // namespace lmzip::sample
