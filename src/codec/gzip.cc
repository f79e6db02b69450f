// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

constexpr int kGzipWrapper = 15 + 16;  // the 32 KiB window, and 16 for "gzip, not zlib"
constexpr int kDefaultMemory = 8;      // zlib's (and Python's) default memLevel

void check_memory(int status) {
  if (status != Z_OK) throw std::bad_alloc();  // the only reason left: versions and arguments are right
}

/// A z_stream that is ended whatever happens.
struct Stream : z_stream {
  Stream(int (*end)(z_stream*)) : z_stream{}, end_(end) {}
  ~Stream() { end_(this); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

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

/// Where a deflate state lives that is copied again and again: what is made anew after reset() lies where its like lay
/// before, so no copy asks the system for memory.
class Arena {
 public:
  /// Before deflateInit2() or deflateCopy() makes a state from `stream`.
  void serve(z_stream& stream) {
    stream.zalloc = allocate;
    stream.zfree = [](voidpf, voidpf) {};
    stream.opaque = this;
  }
  void reset() { used_ = 0; }

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
  };

  static voidpf allocate(voidpf self, uInt items, uInt size) {
    Arena& arena = *static_cast<Arena*>(self);
    const size_t wanted = size_t{items} * size;
    if (arena.used_ == arena.blocks_.size()) return Z_NULL;
    Block& block = arena.blocks_[arena.used_++];
    if (block.size < wanted) block = {std::unique_ptr<uint8_t[]>(new (std::nothrow) uint8_t[wanted]), wanted};
    return block.bytes.get();
  }

  std::array<Block, 16> blocks_;  // zlib asks for 5
  size_t used_ = 0;
};

/// Lets `stream` take in all of `bytes`, the last of them with `flush`. What it writes goes nowhere: `scratch` is small
/// enough to stay in the cache.
void feed(z_stream& stream, ByteSpan bytes, int flush, std::span<uint8_t> scratch) {
  do {
    const ByteSpan piece = bytes.first(std::min(bytes.size(), kPieceSize));
    bytes = bytes.subspan(piece.size());
    stream.next_in = const_cast<Bytef*>(piece.data());
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = scratch.data();
      stream.avail_out = static_cast<uInt>(scratch.size());
      deflate(&stream, bytes.empty() ? flush : Z_NO_FLUSH);
    } while (stream.avail_out == 0);
  } while (!bytes.empty());
}

class Gzip final : public BlockCodec {
 public:
  explicit Gzip(unsigned level)
      : BlockCodec({.spec = "gzip:" + std::to_string(level),
                    .fixed_bytes = (size_t{512} << 10) + kPieceSize,  // zconf.h: deflate takes 256 KiB and some
                    .bytes_per_byte = 1.02}),
        level_(static_cast<int>(level)) {}

  /// The history is packed once; each ending goes on from a copy of the state there. That copy, 268 KB, bounds the
  /// speed: of the 9 us that an ending behind 2 KB takes, 5 are the copy and the rest is the block that is written.
  ///
  /// In bits, a length is that of the gzip header and of the DEFLATE block, with its end-of-block code, up to its last
  /// bit: without the padding to a whole byte, the trailer of 8 bytes, and (where nothing is left to write when the
  /// end comes, as in an empty file) the empty block that only says so.
  std::vector<double> code_lengths(ByteSpan history, std::span<const ByteSpan> endings,
                                   LengthUnit unit) const override {
    Arena begun_arena, copy_arena;
    Bytes scratch(size_t{16} << 10);
    z_stream begun{};
    begun_arena.serve(begun);
    start(begun);
    feed(begun, history, Z_NO_FLUSH, scratch);
    copy_arena.serve(begun);  // which is where deflateCopy() takes memory from

    std::vector<double> lengths;
    lengths.reserve(endings.size());
    for (const ByteSpan ending : endings) {
      copy_arena.reset();
      z_stream copy{};  // neither has anything to end: all they have is in the arenas
      check_memory(deflateCopy(&copy, &begun));
      feed(copy, ending, unit == LengthUnit::kBits ? Z_BLOCK : Z_FINISH, scratch);
      unsigned pending_bytes = 0;
      int pending_bits = 0;
      deflatePending(&copy, &pending_bytes, &pending_bits);  // none after Z_FINISH
      lengths.push_back(8.0 * static_cast<double>(copy.total_out + pending_bytes) + pending_bits);
    }
    return lengths;
  }

 private:
  void start(z_stream& stream) const {
    check_memory(deflateInit2(&stream, level_, Z_DEFLATED, kGzipWrapper, kDefaultMemory, Z_DEFAULT_STRATEGY));
  }

  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    Stream stream(deflateEnd);
    start(stream);
    pack_stream(raw, packed, progress, [&](StreamInput in, std::span<uint8_t> out) {
      return stream.step(in.bytes, out, [&](z_stream* z) { return deflate(z, in.last ? Z_FINISH : Z_NO_FLUSH); });
    });
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    Stream stream(inflateEnd);
    check_memory(inflateInit2(&stream, kGzipWrapper));
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
