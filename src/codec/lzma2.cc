// SPDX-License-Identifier: Apache-2.0
#include <lzma.h>

#include <algorithm>
#include <bit>
#include <new>
#include <string>
#include <vector>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

/// The filter chain for blocks of one size: the preset with its dictionary cut to the block. Encoder and decoder both
/// derive it, so that the decoder can refuse a stream that asks for more. A power of two, as the .xz header rounds up.
struct Chain {
  Chain(uint32_t preset, size_t raw_size) {
    lzma_lzma_preset(&options, preset);
    const size_t used = std::clamp<size_t>(raw_size, LZMA_DICT_SIZE_MIN, options.dict_size);
    options.dict_size = static_cast<uint32_t>(std::bit_ceil(used));
  }
  Chain(const Chain&) = delete;  // filters points into it
  Chain& operator=(const Chain&) = delete;

  lzma_options_lzma options{};
  lzma_filter filters[2] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
};

/// A lzma_stream that is ended whatever happens.
struct Stream : lzma_stream {
  Stream() : lzma_stream(LZMA_STREAM_INIT) {}
  ~Stream() { lzma_end(this); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  static void check(lzma_ret status) {
    switch (status) {
      case LZMA_OK:
      case LZMA_STREAM_END:
      case LZMA_BUF_ERROR:  // no progress possible: the caller sees that itself
        return;
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        corrupt("asks for a larger dictionary than its block needs");
      case LZMA_FORMAT_ERROR:
        corrupt("not an xz stream");
      case LZMA_OPTIONS_ERROR:
        corrupt("unknown filters or flags");
      default:
        corrupt("damaged data");
    }
  }

  StreamStep step(StreamInput in, std::span<uint8_t> out) {
    next_in = in.bytes.data();
    avail_in = in.bytes.size();
    next_out = out.data();
    avail_out = out.size();
    const lzma_ret status = lzma_code(this, in.last ? LZMA_FINISH : LZMA_RUN);
    check(status);
    return {in.bytes.size() - avail_in, out.size() - avail_out, status == LZMA_STREAM_END};
  }
};

uint32_t preset_bits(Lzma2Options options) { return options.preset | (options.extreme ? LZMA_PRESET_EXTREME : 0); }

class Lzma2 final : public BlockCodec {
 public:
  explicit Lzma2(Lzma2Options options)
      : BlockCodec({.spec = "lzma2:" + std::to_string(options.preset) + (options.extreme ? "e" : ""),
                    .fixed_bytes = lzma_easy_encoder_memusage(preset_bits(options)) + kPieceSize,
                    .bytes_per_byte = 1.02}),
        preset_(preset_bits(options)) {}

  /// One stream for all: set up anew for each, it keeps its memory. Above 256 bytes that is half a MiB for the hash
  /// tables alone, and where the allocator gives such blocks back to the system it is most of the time.
  std::vector<double> code_lengths(ByteSpan history, std::span<const ByteSpan> endings,
                                   LengthUnit /*bytes are the finest*/) const override {
    Stream stream;
    ProgressSink unwatched;
    return lengths_of(history, endings, [&](ByteSpan whole, Sink& packed) { pack(whole, stream, packed, unwatched); });
  }

 private:
  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    Stream stream;
    pack(raw, stream, packed, progress);
  }

  /// `stream` may have been used before.
  void pack(ByteSpan raw, Stream& stream, Sink& packed, ProgressSink& progress) const {
    const Chain chain(preset_, raw.size());
    Stream::check(lzma_stream_encoder(&stream, chain.filters, LZMA_CHECK_CRC64));
    pack_stream(raw, packed, progress, [&](StreamInput in, std::span<uint8_t> out) { return stream.step(in, out); });
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    const Chain chain(preset_, raw_size);
    Stream stream;
    Stream::check(lzma_stream_decoder(&stream, lzma_raw_decoder_memusage(chain.filters), 0));
    unpack_stream(packed, raw_size, raw, progress,
                  [&](StreamInput in, std::span<uint8_t> out) { return stream.step(in, out); });
  }

  uint32_t preset_;
};

}  // namespace

std::unique_ptr<Compressor> make_lzma2(Lzma2Options options) { return std::make_unique<Lzma2>(options); }

std::string lzma2_library() { return lzma_version_string(); }

}  // namespace lmzip::codec
