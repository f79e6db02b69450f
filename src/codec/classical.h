// SPDX-License-Identifier: Apache-2.0
// The codecs that are not predictors, one .cc file and one library each. All restore every byte string exactly, are
// deterministic for one version of their library, and refuse damaged, truncated and over-long streams with kCorrupt.
#pragma once

#include <memory>
#include <string>

#include "codec/spec.h"
#include "lmzip/compressor.h"

namespace lmzip::codec {

/// The bytes themselves.
std::unique_ptr<Compressor> make_store();

inline constexpr IntRange kGzipLevels{1, 9, 9};
/// zlib in gzip's wrapper (RFC 1952), no name, no time.
std::unique_ptr<Compressor> make_gzip(unsigned level);
/// The version of zlib, as it runs.
std::string gzip_library();

inline constexpr IntRange kLzma2Presets{0, 9, 6};
/// What a preset of xz is made of. `extreme` is xz's -e.
struct Lzma2Options {
  unsigned preset = kLzma2Presets.fallback;
  bool extreme = false;
};
/// LZMA2 in the .xz container with CRC64. The dictionary is no larger than the block needs, which makes small blocks
/// fast and bounds what a decoder allocates.
std::unique_ptr<Compressor> make_lzma2(Lzma2Options options);
/// The version of liblzma, as it runs.
std::string lzma2_library();

inline constexpr IntRange kPngLevels{1, 9, 9};
/// 0: a nearly square image, see image_shape(). The limit keeps rows small whatever a file header asks for.
inline constexpr IntRange kPngWidths{0, 65535, 0};
struct PngOptions {
  unsigned level = kPngLevels.fallback;
  unsigned width = kPngWidths.fallback;
};
/// The block as an 8-bit grey image. An empty block becomes an empty payload.
std::unique_ptr<Compressor> make_png(PngOptions options);
/// The version of libpng, as it runs.
std::string png_library();

/// How the png codec lays a block out.
struct ImageShape {
  size_t width;   ///< bytes per row, >= 1
  size_t height;  ///< rows, >= 1; the last may be padded with zeros
};
/// The image for `size` >= 1 bytes. With a `width` of 0 it is the paper's: the two closest factors of the size, the
/// width the smaller (2048 -> 32 wide, 64 high). Sizes without factors within a ratio of 16 (primes, say, which the
/// paper would make one pixel wide) are as wide as their square root, the last row padded. A given width is used as it
/// is, but a block shorter than it is one row.
ImageShape image_shape(size_t size, unsigned width);

inline constexpr IntRange kFlacLevels{0, 8, 8};
struct FlacOptions {
  unsigned level = kFlacLevels.fallback;
  unsigned bits = 8;  ///< 8: a sample is byte - 128; 16: two bytes, little-endian, signed, an odd last byte kept apart
};
/// The block as mono sound at 16 kHz. A block without a whole sample becomes a payload without a FLAC stream.
std::unique_ptr<Compressor> make_flac(FlacOptions options);
/// The version of libFLAC, as it runs.
std::string flac_library();

#if LMZIP_HAVE_ZSTD
inline constexpr IntRange kZstdLevels{1, 22, 19};
/// A Zstandard frame (RFC 8878) without checksum.
std::unique_ptr<Compressor> make_zstd(unsigned level);
/// The version of libzstd, as it runs.
std::string zstd_library();
#endif

}  // namespace lmzip::codec
