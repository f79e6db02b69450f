// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <new>
#include <string>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

constexpr size_t kMaxSide = 0x7FFFFFFF;  // of the format
constexpr int kMemoryLevel = 9;          // zlib's memLevel, as Pillow sets it; libpng's own is 8
constexpr size_t kChunkSize = 64 << 10;  // of IDAT, as Pillow's; libpng's own 8 KiB cost 0.15 %
/// zlib's 512 KiB, the IDAT buffer, our piece of rows, and libpng's handful of rows of at most 65535 bytes (or, in a
/// default shape, the square root of the block: 32 KiB for 1 GiB), rounded up.
constexpr uint64_t kWorkingBytes = uint64_t{4} << 20;

/// One read or write of a PNG. libpng reports errors by longjmp, which may not cross a C++ object with a
/// destructor: so every libpng call runs inside guarded(), whose argument must create no such object, and everything
/// that must be destroyed lives here or further out. Nor may exceptions cross libpng: what it writes waits here for
/// flush_to().
class Image {
 public:
  enum class Mode { kRead, kWrite };

  explicit Image(Mode mode) : mode_(mode) {
    png_ = mode == Mode::kRead ? png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning)
                               : png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
    if (info_ == nullptr) {
      destroy();
      throw std::bad_alloc();
    }
  }
  ~Image() { destroy(); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  /// Runs `work(png, info)`; what libpng objects to becomes kCorrupt.
  template <typename Work>
  void guarded(const Work& work) {
    if (setjmp(png_jmpbuf(png_)) != 0) {
      if (out_of_memory_) throw std::bad_alloc();
      corrupt(message_.data());
    }
    work(png_, info_);
  }

  /// Moves what was written since the last call to `sink`.
  void flush_to(Sink& sink) {
    sink.write(written_);
    written_.clear();
  }

  ByteSpan input;  ///< read: what has not been read yet

  static void write(png_structp png, png_bytep data, size_t size) {
    Image& image = *static_cast<Image*>(png_get_io_ptr(png));
    try {
      image.written_.insert(image.written_.end(), data, data + size);
    } catch (...) {
      image.out_of_memory_ = true;
    }
    if (image.out_of_memory_) png_error(png, "");  // jumps: not from inside a catch
  }

  static void read(png_structp png, png_bytep data, size_t size) {
    Image& image = *static_cast<Image*>(png_get_io_ptr(png));
    if (size > image.input.size()) png_error(png, "truncated");
    std::memcpy(data, image.input.data(), size);
    image.input = image.input.subspan(size);
  }

 private:
  void destroy() {
    if (mode_ == Mode::kRead) {
      png_destroy_read_struct(&png_, &info_, nullptr);
    } else {
      png_destroy_write_struct(&png_, &info_);
    }
  }

  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto& text = static_cast<Image*>(png_get_error_ptr(png))->message_;
    std::strncpy(text.data(), message, text.size() - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}

  Mode mode_;
  Bytes written_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::array<char, 120> message_{};
  bool out_of_memory_ = false;
};

/// Rows between two reports of progress.
size_t rows_per_piece(ImageShape shape) { return std::max<size_t>(1, kPieceSize / shape.width); }

class Png final : public BlockCodec {
 public:
  explicit Png(PngOptions options)
      : BlockCodec({.spec = "png:" + std::to_string(options.level) +
                            (options.width == 0 ? "" : ",width=" + std::to_string(options.width)),
                    .fixed_bytes = kWorkingBytes,
                    .bytes_per_byte = 1.02}),
        options_(options) {}

 private:
  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    if (raw.empty()) return;
    const ImageShape shape = image_shape(raw.size(), options_.width);
    if (shape.height > kMaxSide) throw Error(ErrorKind::kLimit, "a block of this size is too high for the width");
    Bytes last_row(shape.width);
    const ByteSpan tail = raw.subspan((shape.height - 1) * shape.width);
    std::copy(tail.begin(), tail.end(), last_row.begin());

    Image image(Image::Mode::kWrite);
    image.guarded([&](png_structp png, png_infop info) {
      png_set_write_fn(png, &image, Image::write, nullptr);
      png_set_user_limits(png, kMaxSide, kMaxSide);
      png_set_compression_level(png, static_cast<int>(options_.level));
      png_set_compression_mem_level(png, kMemoryLevel);
      png_set_compression_buffer_size(png, kChunkSize);
      png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
      png_set_IHDR(png, info, static_cast<png_uint_32>(shape.width), static_cast<png_uint_32>(shape.height), 8,
                   PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
      png_write_info(png, info);
    });
    for (size_t row = 0; row < shape.height;) {
      const size_t first = row;
      const size_t end = std::min(shape.height, row + rows_per_piece(shape));
      image.guarded([&](png_structp png, png_infop) {
        for (; row < end; ++row) {
          png_write_row(png, row + 1 < shape.height ? raw.data() + row * shape.width : last_row.data());
        }
      });
      image.flush_to(packed);
      progress.advance(std::min(raw.size(), end * shape.width) - first * shape.width);
    }
    image.guarded([](png_structp png, png_infop info) { png_write_end(png, info); });
    image.flush_to(packed);
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    if (raw_size == 0) {
      if (!packed.empty()) corrupt("holds more bytes than its block");
      return;
    }
    const ImageShape shape = image_shape(raw_size, options_.width);
    Image image(Image::Mode::kRead);
    image.input = packed;
    bool as_expected = false;
    image.guarded([&](png_structp png, png_infop info) {
      png_set_read_fn(png, &image, Image::read);
      png_set_user_limits(png, kMaxSide, kMaxSide);
      png_set_benign_errors(png, 0);                                          // surplus image data is an error here
      png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // nothing but the image takes memory
      png_read_info(png, info);
      as_expected = png_get_image_width(png, info) == shape.width && png_get_image_height(png, info) == shape.height &&
                    png_get_bit_depth(png, info) == 8 && png_get_color_type(png, info) == PNG_COLOR_TYPE_GRAY &&
                    png_get_interlace_type(png, info) == PNG_INTERLACE_NONE;
    });
    if (!as_expected) corrupt("not the image of a block of this size");

    Bytes piece;
    for (size_t row = 0; row < shape.height;) {
      const size_t rows = std::min(shape.height - row, rows_per_piece(shape));
      piece.resize(rows * shape.width);
      image.guarded([&](png_structp png, png_infop) {
        for (size_t i = 0; i < rows; ++i) png_read_row(png, piece.data() + i * shape.width, nullptr);
      });
      const size_t used = std::min(piece.size(), raw_size - row * shape.width);
      raw.write({piece.data(), used});
      progress.advance(used);
      const auto padding = piece.begin() + static_cast<ptrdiff_t>(used);
      if (std::any_of(padding, piece.end(), [](uint8_t b) { return b != 0; })) {
        corrupt("holds more bytes than its block");
      }
      row += rows;
    }
    image.guarded([](png_structp png, png_infop) { png_read_end(png, nullptr); });
    if (!image.input.empty()) corrupt("bytes behind the end of the image");
  }

  PngOptions options_;
};

/// The largest r with r * r <= size.
size_t square_root(size_t size) {
  size_t root = static_cast<size_t>(std::sqrt(static_cast<double>(size)));  // a guess; integers decide
  while (root * root > size) --root;
  while ((root + 1) * (root + 1) <= size) ++root;
  return root;
}

}  // namespace

ImageShape image_shape(size_t size, unsigned width) {
  if (width != 0) {
    const size_t used = std::min<size_t>(width, size);
    return {used, (size + used - 1) / used};
  }
  const size_t root = square_root(size);
  for (size_t factor = root; factor * factor >= size / 16 && factor > 0; --factor) {
    if (size % factor == 0) return {factor, size / factor};
  }
  return {root, (size + root - 1) / root};
}

std::unique_ptr<Compressor> make_png(PngOptions options) { return std::make_unique<Png>(options); }

std::string png_library() { return png_get_libpng_ver(nullptr); }

}  // namespace lmzip::codec
