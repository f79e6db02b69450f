// SPDX-License-Identifier: Apache-2.0
// Grey pictures as prompts: what a generator sees of one, and the picture it makes of it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "media/image.h"
#include "sample/generator.h"

namespace lmzip::sample {

/// The paper's picture (figure 3, appendix C.2): 500 wide, 290 high.
inline constexpr media::ImageSize kPaperImage{500, 290};

/// What is continued from what.
enum class PictureOrder {
  kRows,    ///< each row by itself, its right half from its left half: the paper's protocol
  kRaster,  ///< all rows of the lower half, one after the other, from all of the upper half
};

/// A grey picture, part of which is to be made again.
class Picture {
 public:
  /// Precondition: grey.channels == 1. Odd widths and heights give the larger half as context. Errors: kUsage when
  /// there would be nothing to continue: rows of one pixel, a raster of one row.
  Picture(media::Image grey, PictureOrder order);

  const media::Image& original() const { return grey_; }
  /// The bytes of each prompt: one for each row, or one in all. Valid as long as this.
  std::vector<ByteSpan> prompts() const;
  /// Bytes to be made for each prompt.
  size_t missing() const;
  /// With the missing part in even grey.
  media::Image context() const;
  /// With the missing part as made: a continuation of missing() bytes for each prompt.
  media::Image completed(std::span<const Continuation> made) const;

 private:
  media::Image filled(std::span<const Continuation> made) const;

  media::Image grey_;
  PictureOrder order_;
};

/// The image in grey, as the paper's code makes it, fitted to `size`: none is the paper's, for images that are larger
/// in either direction; 0 x 0 leaves every image as it is.
media::Image prepared(const media::Image& image, std::optional<media::ImageSize> size);

/// `image` scaled by averaging until it just covers `size`, then cut around its centre. Images smaller than `size` in
/// either direction are enlarged (each pixel the mean of what it covers). Precondition: both sides of `size` >= 1.
media::Image fitted(const media::Image& image, media::ImageSize size);

}  // namespace lmzip::sample
