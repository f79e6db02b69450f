// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <new>
#include <string>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

constexpr int kGzipWrapper = 15 + 16;  // the 32 KiB window, and 16 for "gzip, not zlib"
constexpr int kDefaultMemory = 8;      // zlib's (and Python's) default memLevel

/// A z_stream that is ended whatever happens.
struct Stream : z_stream {
  Stream(int (*end)(z_stream*)) : z_stream{}, end_(end) {}
  ~Stream() { end_(this); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void open(int status) const {
    if (status != Z_OK) throw std::bad_alloc();  // the only reason left: versions and arguments are right
  }

  /// Points the stream at one piece each of input and output (both fit an unsigned: kPieceSize) and runs `call` on it.
  template <typename Call>
  StreamStep step(ByteSpan in, std::span<uint8_t> out, Call call) {
    next_in = const_cast<Bytef*>(in.data());  // zlib does not write to it
    avail_in = static_cast<uInt>(in.size());
    next_out = out.data();
    avail_out = static_cast<uInt>(out.size());
    const int status = call(this);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status == Z_DATA_ERROR || status == Z_NEED_DICT || status == Z_STREAM_ERROR) {
      corrupt(msg != nullptr ? msg : "not a gzip stream");
    }
    return {in.size() - avail_in, out.size() - avail_out, status == Z_STREAM_END};
  }

 private:
  int (*end_)(z_stream*);
};

class Gzip final : public BlockCodec {
 public:
  explicit Gzip(unsigned level)
      : BlockCodec({.spec = "gzip:" + std::to_string(level),
                    .fixed_bytes = (size_t{512} << 10) + kPieceSize,  // zconf.h: deflate takes 256 KiB and some
                    .bytes_per_byte = 1.02}),
        level_(static_cast<int>(level)) {}

 private:
  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    Stream stream(deflateEnd);
    stream.open(deflateInit2(&stream, level_, Z_DEFLATED, kGzipWrapper, kDefaultMemory, Z_DEFAULT_STRATEGY));
    pack_stream(raw, packed, progress, [&](StreamInput in, std::span<uint8_t> out) {
      return stream.step(in.bytes, out, [&](z_stream* z) { return deflate(z, in.last ? Z_FINISH : Z_NO_FLUSH); });
    });
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    Stream stream(inflateEnd);
    stream.open(inflateInit2(&stream, kGzipWrapper));
    unpack_stream(packed, raw_size, raw, progress, [&](StreamInput in, std::span<uint8_t> out) {
      return stream.step(in.bytes, out, [](z_stream* z) { return inflate(z, Z_NO_FLUSH); });
    });
  }

  int level_;
};

}  // namespace

std::unique_ptr<Compressor> make_gzip(unsigned level) { return std::make_unique<Gzip>(level); }

std::string gzip_library() { return zlibVersion(); }

}  // namespace lmzip::codec
