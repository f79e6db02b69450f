// SPDX-License-Identifier: Apache-2.0
#include "codec/block_codec.h"

#include <algorithm>
#include <utility>

namespace lmzip::codec {
namespace {

using TakeStep = std::function<void(const StreamStep& step, ByteSpan produced)>;

/// Calls until the library ends; `take` gets each step and the bytes it produced. The output of a call has room for
/// `expected` bytes but at most one piece. Returns the bytes consumed.
size_t drive(ByteSpan in, size_t expected, const StreamCall& call, const TakeStep& take) {
  Bytes out(std::min(kPieceSize, expected));
  for (size_t next = 0;;) {
    const size_t size = std::min(kPieceSize, in.size() - next);
    const StreamStep step = call({in.subspan(next, size), next + size == in.size()}, out);
    next += step.consumed;
    take(step, {out.data(), step.produced});
    if (step.ended) return next;
    if (step.consumed == 0 && step.produced == 0) corrupt("truncated");
  }
}

}  // namespace

void corrupt(const std::string& reason) { throw Error(ErrorKind::kCorrupt, reason); }

BlockCodec::BlockCodec(CompressorInfo info)
    : info_(std::move(info)), name_(info_.spec.substr(0, info_.spec.find_first_of(":,"))) {}

std::vector<Bytes> BlockCodec::compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  std::vector<Bytes> packed;
  packed.reserve(blocks.size());
  for (const ByteSpan raw : blocks) {
    progress.check();
    try {
      packed.push_back(pack(raw, progress));
    } catch (const Error& error) {
      throw error.kind() == ErrorKind::kCancelled ? error : error.within(name_);
    }
  }
  return packed;
}

std::vector<Bytes> BlockCodec::decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                          ProgressSink& progress) const {
  std::vector<Bytes> blocks;
  blocks.reserve(packed.size());
  for (size_t i = 0; i < packed.size(); ++i) {
    progress.check();
    try {
      blocks.push_back(unpack(packed[i], raw_sizes[i], progress));
      if (blocks.back().size() != raw_sizes[i]) corrupt("holds fewer bytes than its block");
    } catch (const Error& error) {
      throw error.kind() == ErrorKind::kCancelled ? error : error.within(name_);
    }
  }
  return blocks;
}

Bytes pack_stream(ByteSpan raw, ProgressSink& progress, const StreamCall& call) {
  Bytes packed;
  const size_t most = raw.size() + raw.size() / 64 + 256;  // no codec expands more
  packed.reserve(most);                                    // pages that stay unused cost nothing
  drive(raw, most, call, [&](const StreamStep& step, ByteSpan produced) {
    packed.insert(packed.end(), produced.begin(), produced.end());
    progress.advance(step.consumed);
  });
  return packed;
}

Bytes unpack_stream(ByteSpan packed, size_t raw_size, ProgressSink& progress, const StreamCall& call) {
  Bytes raw;
  raw.reserve(raw_size);
  const size_t consumed = drive(packed, raw_size + 1, call, [&](const StreamStep& step, ByteSpan produced) {
    if (step.produced > raw_size - raw.size()) corrupt("holds more bytes than its block");
    raw.insert(raw.end(), produced.begin(), produced.end());
    progress.advance(step.produced);
  });
  if (consumed != packed.size()) corrupt("bytes behind the end of the stream");
  return raw;
}

}  // namespace lmzip::codec
