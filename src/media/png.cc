// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <png.h>

#include <array>
#include <cstring>
#include <new>

#include "media/decoders.h"

namespace lmzip::media {
namespace {

constexpr png_uint_32 kMaxSide = 0x7FFFFFFF;  // of the format; our own limits are checked as such

/// One read of a PNG in memory. libpng reports errors by longjmp, which may not cross a C++ object with a destructor:
/// so every call of it runs inside guarded(), whose argument must create no such object.
class Decoder {
 public:
  explicit Decoder(ByteSpan file) : input_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, &info_, nullptr);
      throw std::bad_alloc();
    }
  }
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  ImageSize read_header() {
    guarded([this] {
      png_set_read_fn(png_, this, on_read);
      png_set_user_limits(png_, kMaxSide, kMaxSide);
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // only the image takes memory
      png_read_info(png_, info_);
    });
    const ImageSize size{png_get_image_width(png_, info_), png_get_image_height(png_, info_)};
    check_size(size);
    return size;
  }

  Image read_image() {
    Image image{read_header(), 0, {}};
    int passes = 0;
    guarded([this, &passes] {
      png_set_palette_to_rgb(png_);
      png_set_expand_gray_1_2_4_to_8(png_);
      png_set_strip_16(png_);
      png_set_strip_alpha(png_);  // also leaves out what tRNS says
      passes = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
    });
    image.channels = png_get_channels(png_, info_);
    const size_t row_size = size_t{image.size.width} * image.channels;
    if (png_get_rowbytes(png_, info_) != row_size || (image.channels != 1 && image.channels != 3)) {
      throw Error(ErrorKind::kCorrupt, "a PNG of an unknown kind");
    }
    // Grows with the rows: a false header gets addresses, but no memory. Later passes complete the pixels of earlier
    // ones.
    image.pixels.reserve(row_size * image.size.height);
    for (int pass = 0; pass < passes; ++pass) {
      for (size_t y = 0; y < image.size.height; ++y) {
        if (pass == 0) image.pixels.resize((y + 1) * row_size);
        guarded([this, row = image.pixels.data() + y * row_size] { png_read_row(png_, row, nullptr); });
      }
    }
    guarded([this] { png_read_end(png_, nullptr); });
    return image;
  }

 private:
  template <typename Work>
  void guarded(const Work& work) {
    if (setjmp(png_jmpbuf(png_)) != 0) throw Error(ErrorKind::kCorrupt, message_.data());
    work();
  }

  static void on_read(png_structp png, png_bytep data, size_t size) {
    ByteSpan& input = static_cast<Decoder*>(png_get_io_ptr(png))->input_;
    if (size > input.size()) png_error(png, "truncated");
    std::memcpy(data, input.data(), size);
    input = input.subspan(size);
  }
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto& text = static_cast<Decoder*>(png_get_error_ptr(png))->message_;
    std::strncpy(text.data(), message, text.size() - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}

  ByteSpan input_;  ///< not read yet
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::array<char, 120> message_{};
};

}  // namespace

Image read_png(ByteSpan file) { return Decoder(file).read_image(); }

ImageSize read_png_size(ByteSpan file) { return Decoder(file).read_header(); }

Bytes write_png(const Image& image) {
  check_size(image.size);
  const auto [width, height] = image.size;
  if ((image.channels != 1 && image.channels != 3) || width == 0 || height == 0 ||
      image.pixels.size() != uint64_t{width} * height * image.channels) {
    throw Error(ErrorKind::kUsage, fmt::format("an image of {} x {} pixels of {} channels cannot have {} bytes", width,
                                               height, image.channels, image.pixels.size()));
  }
  // libpng's simple interface: all filters, zlib's level 6, nothing that jumps.
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = width;
  png.height = height;
  png.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Bytes file(PNG_IMAGE_PNG_SIZE_MAX(png));
  png_alloc_size_t size = file.size();
  const bool written = png_image_write_to_memory(&png, file.data(), &size, 0, image.pixels.data(), 0, nullptr) != 0;
  if (!written) throw std::bad_alloc();  // all else has been checked
  file.resize(size);
  file.shrink_to_fit();
  return file;
}

}  // namespace lmzip::media
