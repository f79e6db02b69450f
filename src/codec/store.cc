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
  Bytes pack(ByteSpan raw, ProgressSink& progress) const override {
    Bytes packed;
    packed.reserve(raw.size());
    for (size_t next = 0; next < raw.size(); next = packed.size()) {
      const ByteSpan piece = raw.subspan(next, std::min(kPieceSize, raw.size() - next));
      packed.insert(packed.end(), piece.begin(), piece.end());
      progress.advance(piece.size());
    }
    return packed;
  }

  Bytes unpack(ByteSpan packed, size_t raw_size, ProgressSink& progress) const override {
    if (packed.size() > raw_size) corrupt("holds more bytes than its block");
    return pack(packed, progress);
  }
};

}  // namespace

std::unique_ptr<Compressor> make_store() { return std::make_unique<Store>(); }

}  // namespace lmzip::codec
