// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

/// What a level needs at most: measured with ZSTD_sizeof_CCtx() of 1.5.4 on huge blocks, rounded up.
struct LevelClass {
  unsigned last_level;
  int window_log;
  uint64_t bytes;
};
constexpr LevelClass kClasses[] = {{8, 21, uint64_t{12} << 20},
                                   {19, 23, uint64_t{96} << 20},
                                   {20, 25, uint64_t{208} << 20},
                                   {21, 26, uint64_t{400} << 20},
                                   {22, 27, uint64_t{800} << 20}};

const LevelClass& class_of(unsigned level) {
  return *std::find_if(std::begin(kClasses), std::end(kClasses),
                       [level](const LevelClass& c) { return level <= c.last_level; });
}

size_t check(size_t result) {
  if (ZSTD_isError(result)) corrupt(ZSTD_getErrorName(result));
  return result;
}

template <typename Context>
std::unique_ptr<Context, size_t (*)(Context*)> owned(Context* context, size_t (*destroy)(Context*)) {
  if (context == nullptr) throw std::bad_alloc();
  return {context, destroy};
}

class Zstd final : public BlockCodec {
 public:
  explicit Zstd(unsigned level)
      : BlockCodec({.spec = "zstd:" + std::to_string(level),
                    .fixed_bytes = class_of(level).bytes + kPieceSize,
                    .bytes_per_byte = 1.02}),
        level_(level) {}

  /// One context for all, which keeps its memory between frames.
  std::vector<double> code_lengths(ByteSpan history, std::span<const ByteSpan> endings,
                                   LengthUnit /*bytes are the finest*/) const override {
    const auto context = owned(ZSTD_createCCtx(), ZSTD_freeCCtx);
    ProgressSink unwatched;
    return lengths_of(history, endings,
                      [&](ByteSpan whole, Sink& packed) { pack(whole, *context, packed, unwatched); });
  }

 private:
  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    pack(raw, *owned(ZSTD_createCCtx(), ZSTD_freeCCtx), packed, progress);
  }

  /// `context` may have been used before.
  void pack(ByteSpan raw, ZSTD_CCtx& context, Sink& packed, ProgressSink& progress) const {
    check(ZSTD_CCtx_reset(&context, ZSTD_reset_session_only));
    check(ZSTD_CCtx_setParameter(&context, ZSTD_c_compressionLevel, static_cast<int>(level_)));
    check(ZSTD_CCtx_setPledgedSrcSize(&context, raw.size()));  // tables and window shrink to the block
    pack_stream(raw, packed, progress, [&](StreamInput in, std::span<uint8_t> out) {
      ZSTD_inBuffer source{in.bytes.data(), in.bytes.size(), 0};
      ZSTD_outBuffer target{out.data(), out.size(), 0};
      const ZSTD_EndDirective directive = in.last ? ZSTD_e_end : ZSTD_e_continue;
      const size_t left = check(ZSTD_compressStream2(&context, &target, &source, directive));
      return StreamStep{source.pos, target.pos, in.last && left == 0};
    });
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    const auto context = owned(ZSTD_createDCtx(), ZSTD_freeDCtx);
    // The window of a well-made frame is neither beyond its level's nor beyond the block.
    const int enough = std::clamp(static_cast<int>(std::bit_width(raw_size)), 10, class_of(level_).window_log);
    check(ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, enough));
    unpack_stream(packed, raw_size, raw, progress, [&](StreamInput in, std::span<uint8_t> out) {
      ZSTD_inBuffer source{in.bytes.data(), in.bytes.size(), 0};
      ZSTD_outBuffer target{out.data(), out.size(), 0};
      const size_t left = check(ZSTD_decompressStream(context.get(), &target, &source));
      return StreamStep{source.pos, target.pos, left == 0};
    });
  }

  unsigned level_;
};

}  // namespace

std::unique_ptr<Compressor> make_zstd(unsigned level) { return std::make_unique<Zstd>(level); }

std::string zstd_library() { return ZSTD_versionString(); }

}  // namespace lmzip::codec
