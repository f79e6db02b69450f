// SPDX-License-Identifier: Apache-2.0
#include "media/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/mapped_file.h"
#include "media/decoders.h"

namespace lmzip::media {
namespace {

constexpr std::array<uint8_t, 3> kJpegMagic = {0xFF, 0xD8, 0xFF};
constexpr std::array<uint8_t, 8> kPngMagic = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

template <size_t kSize>
bool begins_with(ByteSpan file, const std::array<uint8_t, kSize>& magic) {
  return file.size() >= kSize && std::equal(magic.begin(), magic.end(), file.begin());
}

/// What to do with a file of each format.
template <typename Result>
struct Readers {
  Result (*jpeg)(ByteSpan);
  Result (*png)(ByteSpan);

  Result operator()(ByteSpan file) const {
    if (begins_with(file, kJpegMagic)) return jpeg(file);
    if (begins_with(file, kPngMagic)) return png(file);
    throw Error(ErrorKind::kCorrupt, "neither JPEG nor PNG");
  }
  Result operator()(const std::string& path) const {
    const base::MappedFile file(path);
    try {
      return (*this)(file.bytes());
    } catch (const Error& error) {
      throw error.within(path);
    }
  }
};

constexpr Readers<Image> kWhole = {read_jpeg, read_png};
constexpr Readers<ImageSize> kSize = {read_jpeg_size, read_png_size};

}  // namespace

void check_size(ImageSize size) {
  if (size.width > kMaxImageSide || size.height > kMaxImageSide ||
      uint64_t{size.width} * size.height > kMaxImagePixels) {
    throw Error(ErrorKind::kLimit, fmt::format("{} x {} pixels are too many: at most {}, and sides of {}", size.width,
                                               size.height, kMaxImagePixels, kMaxImageSide));
  }
}

Image read_image(const std::string& path) { return kWhole(path); }

Image decode_image(ByteSpan file) { return kWhole(file); }

ImageSize read_image_size(const std::string& path) { return kSize(path); }

Bytes grey(const Image& image) {
  if (image.channels == 1) return image.pixels;
  Bytes result(image.pixels.size() / 3);
  for (size_t i = 0; i < result.size(); ++i) {
    const uint8_t* const pixel = image.pixels.data() + 3 * i;
    result[i] = static_cast<uint8_t>((pixel[0] + pixel[1] + pixel[2]) / 3);
  }
  return result;
}

}  // namespace lmzip::media
