// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "codec/block_codec.h"
#include "codec/classical.h"

namespace lmzip::codec {
namespace {

class Store final : public BlockCodec {
 public:
  Store() : BlockCodec({.spec = "store", .bytes_per_byte = 1}) {}

 private:
  void pack(ByteSpan raw, Sink& packed, ProgressSink& progress) const override {
    for (size_t next = 0; next < raw.size(); next += kPieceSize) {
      const ByteSpan piece = raw.subspan(next, std::min(kPieceSize, raw.size() - next));
      packed.write(piece);
      progress.advance(piece.size());
    }
  }

  void unpack(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const override {
    if (packed.size() > raw_size) corrupt("holds more bytes than its block");
    pack(packed, raw, progress);
  }
};

}  // namespace

std::unique_ptr<Compressor> make_store() { return std::make_unique<Store>(); }

}  // namespace lmzip::codec
