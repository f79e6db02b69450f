// SPDX-License-Identifier: Apache-2.0
// The smallest codec that compresses something: runs as (length 1..255, byte). For tests that are about the container
// and not about a codec. Data without runs doubles, so that stored blocks occur too.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lmzip/compressor.h"
#include "lmzip/container.h"
#include "lmzip/error.h"

namespace lmzip::test {

class RleCodec : public Compressor {
 public:
  explicit RleCodec(std::string spec = "rle") { info_.spec = std::move(spec); }

  const CompressorInfo& info() const override { return info_; }

  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    std::vector<Bytes> packed;
    for (const ByteSpan block : blocks) {
      Bytes out;
      for (size_t i = 0; i < block.size();) {
        size_t run = 1;
        while (run < 255 && i + run < block.size() && block[i + run] == block[i]) ++run;
        out.push_back(static_cast<uint8_t>(run));
        out.push_back(block[i]);
        i += run;
      }
      packed.push_back(std::move(out));
      progress.advance(block.size());
    }
    return packed;
  }

  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override {
    std::vector<Bytes> raws;
    for (size_t i = 0; i < packed.size(); ++i) {
      Bytes raw;
      size_t next = 0;
      for (; next + 1 < packed[i].size() && raw.size() < raw_sizes[i]; next += 2) {
        raw.insert(raw.end(), packed[i][next], packed[i][next + 1]);
      }
      if (raw.size() != raw_sizes[i] || next != packed[i].size()) throw Error(ErrorKind::kCorrupt, "rle: wrong length");
      raws.push_back(std::move(raw));
      progress.advance(raw_sizes[i]);
    }
    return raws;
  }

 protected:
  CompressorInfo info_;
};

/// For ReadOptions::codec_for.
inline std::shared_ptr<const Compressor> rle_codec_for(const CodecRequest& request) {
  if (request.spec != "rle") throw Error(ErrorKind::kUsage, "codec '" + request.spec + "': no such codec");
  return std::make_shared<RleCodec>();
}

}  // namespace lmzip::test
