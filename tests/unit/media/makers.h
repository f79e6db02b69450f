// SPDX-License-Identifier: Apache-2.0
// Small pictures and recordings as files in memory, made by the libraries themselves (WAV by hand).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lmzip/bytes.h"

namespace lmzip::test {

/// Whatever lies in `pixels` as [height, width, channels].
struct Picture {
  uint32_t width = 0;
  uint32_t height = 0;
  unsigned channels = 0;
  Bytes pixels;
};

/// Smooth colours with some texture: like a photograph, no two rows the same.
Picture make_picture(uint32_t width, uint32_t height, unsigned channels);

enum class JpegKind : uint8_t { kSequential, kProgressive };
/// 1 channel: grey; 3: RGB as YCbCr; 4: CMYK with Adobe's marker (the bytes are taken as they are).
Bytes make_jpeg(const Picture& picture, JpegKind kind = JpegKind::kSequential, int quality = 90);

/// Any PNG: `depth` 1, 2, 4, 8 or 16; `pixels` as libpng wants rows: packed, 16 bits big-endian. A palette of 4
/// colours (0: black, 1: red, 2: green, 3: blue) goes with kPngPalette; `transparent` adds a tRNS chunk.
enum class PngColours : uint8_t { kGrey, kRgb, kPalette, kGreyAlpha, kRgba };
struct PngKind {
  PngColours colours = PngColours::kRgb;
  int depth = 8;
  bool interlaced = false;
  bool transparent = false;
};
Bytes make_png(const Picture& picture, PngKind kind);

struct Recording {
  unsigned rate = 16000;
  unsigned channels = 1;
  unsigned bits = 16;
  std::vector<int32_t> samples;  ///< channels side by side
};

/// `length` samples of each channel: tones with some noise, over the whole range.
Recording make_recording(size_t length, unsigned bits = 16, unsigned channels = 1);

/// With its length and MD5 in the header, or without, as one who writes into a pipe.
enum class FlacHeader : uint8_t { kComplete, kStreamed };
Bytes make_flac(const Recording& recording, FlacHeader header = FlacHeader::kComplete);

/// Two chunks that nobody needs come first, one of an odd size.
enum class WavKind : uint8_t { kPlain, kExtensible };
Bytes make_wav(const Recording& recording, WavKind kind = WavKind::kPlain);
/// Sets what the last chunk says of its size.
void set_wav_data_size(Bytes& wav, size_t samples_bytes, uint32_t size);

}  // namespace lmzip::test
