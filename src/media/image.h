// SPDX-License-Identifier: Apache-2.0
// Pictures from files, and PNG files of pictures: JPEG (libjpeg-turbo) and PNG (libpng), told apart by their first
// bytes, not by their names.
#pragma once

#include <cstdint>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::media {

/// Larger sides, and more pixels than this, are refused before anything is allocated.
inline constexpr uint32_t kMaxImageSide = 65535;
inline constexpr uint64_t kMaxImagePixels = uint64_t{1} << 28;

struct ImageSize {
  uint32_t width = 0;   ///< pixels, >= 1
  uint32_t height = 0;  ///< rows, >= 1
};

/// Refuses (kLimit) what is beyond these limits: to be asked before anything of its size is allocated.
void check_size(ImageSize size);

/// 8 bits a channel, rows from the top, pixels from the left, channels side by side.
struct Image {
  ImageSize size;
  unsigned channels = 0;  ///< 1: grey; 3: red, green, blue
  Bytes pixels;           ///< [height, width, channels]
};

/// Whole images only. Palettes are resolved, 16 bits cut to the upper 8, alpha left out, CMYK multiplied into RGB.
/// Errors, all beginning with `path`: kIo; kUsage for what is no regular file; kCorrupt for what is damaged, truncated,
/// or neither JPEG nor PNG; kLimit.
Image read_image(const std::string& path);

/// The same of a file in memory; errors do not name it.
Image decode_image(ByteSpan file);

/// The size alone, from the header.
ImageSize read_image_size(const std::string& path);

/// The image as a PNG file, its colours as sRGB. 1 or 3 channels. Errors: kUsage when size, channels and pixels do not
/// fit together; kLimit.
Bytes write_png(const Image& image);

/// One byte a pixel: the mean of the channels, cut to an integer (the paper's official code:
/// np.mean(...).astype(uint8)).
Bytes grey(const Image& image);

}  // namespace lmzip::media
