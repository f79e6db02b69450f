// SPDX-License-Identifier: Apache-2.0
// jpeglib.h needs what comes before it, and jerror.h needs jpeglib.h.
// clang-format off
#include <cstddef>
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <array>
#include <csetjmp>
#include <cstring>
#include <new>

#include "media/decoders.h"

namespace lmzip::media {
namespace {

/// A progressive image is decoded anew for each scan; more than this many are an attack (files have about ten).
constexpr int kMaxScans = 100;

/// What libjpeg goes on after with invented pixels. Its other warnings are about bytes that do no harm.
bool means_damage(int code) {
  return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
         code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC;
}

/// One read of a JPEG in memory with libjpeg-turbo's defaults (accurate integer DCT, smooth upsampling), which are also
/// those of Pillow and TensorFlow's tfds. libjpeg reports errors by longjmp, which may not cross a C++ object with a
/// destructor: so every call of it runs inside guarded(), whose argument must create no such object.
class Decoder {
 public:
  Decoder() {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    errors_.output_message = [](j_common_ptr) {};
    jpeg_.client_data = this;
    guarded([this] { jpeg_create_decompress(&jpeg_); });
    progress_.progress_monitor = on_progress;
    jpeg_.progress = &progress_;
  }
  ~Decoder() { jpeg_destroy_decompress(&jpeg_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Precondition: begins with JPEG's magic; `file` outlives this.
  ImageSize read_header(ByteSpan file) {
    guarded([this, file] {
      jpeg_mem_src(&jpeg_, file.data(), file.size());
      jpeg_read_header(&jpeg_, TRUE);
    });
    const ImageSize size{jpeg_.image_width, jpeg_.image_height};
    check_size(size);
    return size;
  }

  Image read_image(ByteSpan file) {
    const ImageSize size = read_header(file);
    guarded([this] { jpeg_start_decompress(&jpeg_); });
    const J_COLOR_SPACE colours = jpeg_.out_color_space;  // follows from that of the file
    if (colours != JCS_GRAYSCALE && colours != JCS_RGB && colours != JCS_CMYK) {
      throw Error(ErrorKind::kCorrupt, "a JPEG of an unknown kind of colours");
    }
    Image image{size, colours == JCS_GRAYSCALE ? 1u : 3u, {}};
    // Only reserved: a false header gets addresses, but no memory.
    image.pixels.reserve(size_t{size.width} * size.height * image.channels);
    Bytes row(size_t{size.width} * static_cast<size_t>(jpeg_.output_components));
    for (uint32_t y = 0; y < size.height; ++y) {
      guarded([this, &row] { read_row(row.data()); });
      if (colours == JCS_CMYK) {
        append_cmyk(row, image.pixels);
      } else {
        image.pixels.insert(image.pixels.end(), row.begin(), row.end());
      }
    }
    guarded([this] { jpeg_finish_decompress(&jpeg_); });
    return image;
  }

 private:
  template <typename Work>
  void guarded(const Work& work) {
    if (setjmp(environment_) != 0) throw_problem();
    work();
  }

  void read_row(JSAMPROW target) { jpeg_read_scanlines(&jpeg_, &target, 1); }

  [[noreturn]] void throw_problem() const {
    if (errors_.msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    const bool too_big = errors_.msg_code == JERR_IMAGE_TOO_BIG;
    throw Error(too_big ? ErrorKind::kLimit : ErrorKind::kCorrupt, message_.data());
  }

  /// Products of inks and black, as Pillow rounds them. Adobe's files have the inks inverted, and say that they are
  /// its.
  void append_cmyk(ByteSpan row, Bytes& pixels) const {
    const uint8_t mask = jpeg_.saw_Adobe_marker ? 0x00 : 0xFF;
    for (size_t i = 0; i < row.size(); i += 4) {
      for (size_t ink = 0; ink < 3; ++ink) {
        const int product = static_cast<uint8_t>(row[i + ink] ^ mask) * static_cast<uint8_t>(row[i + 3] ^ mask);
        pixels.push_back(static_cast<uint8_t>((product + 127) / 255));
      }
    }
  }

  static Decoder& of(j_common_ptr jpeg) { return *static_cast<Decoder*>(jpeg->client_data); }

  [[noreturn]] static void on_error(j_common_ptr jpeg) {
    Decoder& decoder = of(jpeg);
    jpeg->err->format_message(jpeg, decoder.message_.data());
    std::longjmp(decoder.environment_, 1);
  }

  static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && means_damage(jpeg->err->msg_code)) on_error(jpeg);
  }

  static void on_progress(j_common_ptr jpeg) {
    Decoder& decoder = of(jpeg);
    if (decoder.jpeg_.input_scan_number <= kMaxScans) return;
    jpeg->err->msg_code = JERR_BAD_PROGRESSION;
    std::strcpy(decoder.message_.data(), "more scans than any image needs");
    std::longjmp(decoder.environment_, 1);
  }

  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf environment_{};
  std::array<char, JMSG_LENGTH_MAX> message_{};
};

}  // namespace

Image read_jpeg(ByteSpan file) { return Decoder().read_image(file); }

ImageSize read_jpeg_size(ByteSpan file) { return Decoder().read_header(file); }

}  // namespace lmzip::media
