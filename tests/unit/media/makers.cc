// SPDX-License-Identifier: Apache-2.0
#include "unit/media/makers.h"

#include <FLAC/stream_encoder.h>
#include <png.h>
// jpeglib.h needs what comes before it.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
// clang-format on

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <string_view>

namespace lmzip::test {
namespace {

void append(Bytes& out, std::string_view text) { std::copy(text.begin(), text.end(), std::back_inserter(out)); }

void append(Bytes& out, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> 8 * i));
}

/// A file that libFLAC's encoder writes to and comes back in.
struct FlacFile {
  Bytes bytes;
  size_t position = 0;

  static FlacFile& of(void* self) { return *static_cast<FlacFile*>(self); }
  static FLAC__StreamEncoderWriteStatus write(const FLAC__StreamEncoder*, const FLAC__byte* data, size_t size, uint32_t,
                                              uint32_t, void* self) {
    FlacFile& file = of(self);
    file.bytes.resize(std::max(file.bytes.size(), file.position + size));
    std::copy_n(data, size, file.bytes.begin() + static_cast<ptrdiff_t>(file.position));
    file.position += size;
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
  }
  static FLAC__StreamEncoderSeekStatus seek(const FLAC__StreamEncoder*, FLAC__uint64 position, void* self) {
    of(self).position = position;
    return FLAC__STREAM_ENCODER_SEEK_STATUS_OK;
  }
  static FLAC__StreamEncoderTellStatus tell(const FLAC__StreamEncoder*, FLAC__uint64* position, void* self) {
    *position = of(self).position;
    return FLAC__STREAM_ENCODER_TELL_STATUS_OK;
  }
};

}  // namespace

Picture make_picture(uint32_t width, uint32_t height, unsigned channels) {
  Picture picture{width, height, channels, {}};
  uint32_t noise = 1;
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      for (unsigned channel = 0; channel < channels; ++channel) {
        noise = noise * 1664525 + 1013904223;
        const double wave = std::sin(0.05 * (x * (channel + 1)) + 0.11 * y);
        picture.pixels.push_back(static_cast<uint8_t>(128 + 100 * wave + (noise >> 28)));
      }
    }
  }
  return picture;
}

Bytes make_jpeg(const Picture& picture, JpegKind kind, int quality) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = picture.width;
  jpeg.image_height = picture.height;
  jpeg.input_components = static_cast<int>(picture.channels);
  jpeg.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : picture.channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  if (kind == JpegKind::kProgressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (size_t y = 0; y < picture.height; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(picture.pixels.data() + y * picture.width * picture.channels);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes file(data, data + size);
  std::free(data);
  return file;
}

Bytes make_png(const Picture& picture, PngKind kind) {
  constexpr std::array<int, 5> kTypes = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_PALETTE,
                                         PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB_ALPHA};
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep data, size_t size) {
        auto& out = *static_cast<Bytes*>(png_get_io_ptr(p));
        out.insert(out.end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(png, info, picture.width, picture.height, kind.depth, kTypes[static_cast<size_t>(kind.colours)],
               kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  const std::array<png_color, 4> palette = {{{0, 0, 0}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}}};
  if (kind.colours == PngColours::kPalette) png_set_PLTE(png, info, palette.data(), palette.size());
  const std::array<png_byte, 2> alphas = {0, 128};
  const png_color_16 colour = {1, 200, 150, 100, 2};
  if (kind.transparent) png_set_tRNS(png, info, alphas.data(), alphas.size(), &colour);
  png_write_info(png, info);
  const size_t row_size = picture.pixels.size() / picture.height;
  std::vector<png_bytep> rows;
  for (size_t y = 0; y < picture.height; ++y) rows.push_back(const_cast<png_bytep>(&picture.pixels[y * row_size]));
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

Recording make_recording(size_t length, unsigned bits, unsigned channels) {
  Recording recording{16000, channels, bits, {}};
  const double peak = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
  uint32_t noise = 1;
  for (size_t i = 0; i < length; ++i) {
    for (unsigned channel = 0; channel < channels; ++channel) {
      noise = noise * 1664525 + 1013904223;
      const double value = 0.9 * std::sin(0.01 * static_cast<double>(i * (channel + 1))) + 0.1 * (noise / 4294967296.0);
      recording.samples.push_back(static_cast<int32_t>(std::floor(peak * value)));
    }
  }
  return recording;
}

Bytes make_flac(const Recording& recording, FlacHeader header) {
  FlacFile file;
  FLAC__StreamEncoder* const encoder = FLAC__stream_encoder_new();
  FLAC__stream_encoder_set_channels(encoder, recording.channels);
  FLAC__stream_encoder_set_bits_per_sample(encoder, recording.bits);
  FLAC__stream_encoder_set_sample_rate(encoder, recording.rate);
  const bool complete = header == FlacHeader::kComplete;
  FLAC__stream_encoder_init_stream(encoder, FlacFile::write, complete ? FlacFile::seek : nullptr,
                                   complete ? FlacFile::tell : nullptr, nullptr, &file);
  FLAC__stream_encoder_process_interleaved(encoder, recording.samples.data(),
                                           static_cast<uint32_t>(recording.samples.size() / recording.channels));
  FLAC__stream_encoder_finish(encoder);
  FLAC__stream_encoder_delete(encoder);
  return file.bytes;
}

Bytes make_wav(const Recording& recording, WavKind kind) {
  const uint32_t frame = recording.channels * recording.bits / 8;
  Bytes format;
  append(format, kind == WavKind::kPlain ? 1 : 0xFFFE, 2);
  append(format, recording.channels, 2);
  append(format, recording.rate, 4);
  append(format, recording.rate * frame, 4);
  append(format, frame, 2);
  append(format, recording.bits, 2);
  if (kind == WavKind::kExtensible) {
    append(format, 22, 2);
    append(format, recording.bits, 2);
    append(format, 0, 4);
    append(format, 1, 2);
    for (const int byte : {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71}) append(format, byte, 1);
  }
  Bytes samples;
  for (const int32_t sample : recording.samples) {
    append(samples, static_cast<uint32_t>(sample) + (recording.bits == 8 ? 128 : 0), recording.bits / 8);
  }
  Bytes file;
  append(file, "RIFF");
  append(file, 0, 4);
  append(file, "WAVE");
  append(file, "JUNK");
  append(file, 3, 4);
  append(file, "abc ");  // padded to an even place
  append(file, "fmt ");
  append(file, static_cast<uint32_t>(format.size()), 4);
  file.insert(file.end(), format.begin(), format.end());
  append(file, "LIST");
  append(file, 4, 4);
  append(file, "data");  // not the chunk
  append(file, "data");
  append(file, static_cast<uint32_t>(samples.size()), 4);
  file.insert(file.end(), samples.begin(), samples.end());
  return file;
}

void set_wav_data_size(Bytes& wav, size_t samples_bytes, uint32_t size) {
  Bytes text;
  append(text, size, 4);
  std::copy(text.begin(), text.end(), wav.end() - static_cast<ptrdiff_t>(samples_bytes + 4));
}

}  // namespace lmzip::test
