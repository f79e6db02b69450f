// SPDX-License-Identifier: Apache-2.0
#include "codec/block_codec.h"

#include <algorithm>
#include <utility>

namespace lmzip::codec {
namespace {

/// What the headers of any codec take at most.
constexpr size_t kHeaderRoom = 256;

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

/// Keeps everything.
struct Collector final : Sink {
  explicit Collector(size_t expected) { bytes.reserve(expected); }  // pages that stay unused cost nothing
  void write(ByteSpan more) override { bytes.insert(bytes.end(), more.begin(), more.end()); }
  Bytes bytes;
};

/// Keeps nothing.
struct Counter final : Sink {
  void write(ByteSpan more) override { bytes += more.size(); }
  size_t bytes = 0;
};

/// Passes on what belongs to a block of `size` bytes, and refuses to see more or fewer.
class Measured final : public Sink {
 public:
  Measured(Sink& sink, size_t size) : sink_(sink), left_(size) {}
  void write(ByteSpan more) override {
    if (more.size() > left_) corrupt("holds more bytes than its block");
    left_ -= more.size();
    sink_.write(more);
  }
  void check_end() const {
    if (left_ != 0) corrupt("holds fewer bytes than its block");
  }

 private:
  Sink& sink_;
  size_t left_;
};

/// Does `work` on one block; errors of the codec get its name in front.
template <typename Work>
void on_block(const std::string& name, ProgressSink& progress, const Work& work) {
  progress.check();
  try {
    work();
  } catch (const Error& error) {
    const bool from_outside = error.kind() == ErrorKind::kCancelled || error.kind() == ErrorKind::kIo;
    throw from_outside ? error : error.within(name);
  }
}

}  // namespace

void corrupt(const std::string& reason) { throw Error(ErrorKind::kCorrupt, reason); }

BlockCodec::BlockCodec(CompressorInfo info)
    : info_(std::move(info)), name_(info_.spec.substr(0, info_.spec.find_first_of(":,"))) {}

std::vector<Bytes> BlockCodec::compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const {
  std::vector<Bytes> packed;
  packed.reserve(blocks.size());
  for (const ByteSpan block : blocks) {
    // Most that a codec makes of it: it grows by its share of what is told, and by headers.
    Collector result(static_cast<size_t>(info_.bytes_per_byte * static_cast<double>(block.size())) + kHeaderRoom);
    compress_to(block, result, progress);
    packed.push_back(std::move(result.bytes));
  }
  return packed;
}

std::vector<Bytes> BlockCodec::decompress(std::span<const ByteSpan> packed, std::span<const size_t> raw_sizes,
                                          ProgressSink& progress) const {
  std::vector<Bytes> blocks;
  blocks.reserve(packed.size());
  for (size_t i = 0; i < packed.size(); ++i) {
    Collector result(raw_sizes[i]);
    decompress_to(packed[i], raw_sizes[i], result, progress);
    blocks.push_back(std::move(result.bytes));
  }
  return blocks;
}

void BlockCodec::compress_to(ByteSpan block, Sink& packed, ProgressSink& progress) const {
  on_block(name_, progress, [&] { pack(block, packed, progress); });
}

void BlockCodec::decompress_to(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress) const {
  on_block(name_, progress, [&] {
    Measured measured(raw, raw_size);
    unpack(packed, raw_size, measured, progress);
    measured.check_end();
  });
}

std::vector<double> BlockCodec::lengths_of(ByteSpan history, std::span<const ByteSpan> endings,
                                           const std::function<void(ByteSpan whole, Sink& packed)>& pack_whole) {
  Bytes whole(history.begin(), history.end());
  std::vector<double> lengths;
  lengths.reserve(endings.size());
  for (const ByteSpan ending : endings) {
    whole.resize(history.size());
    whole.insert(whole.end(), ending.begin(), ending.end());
    Counter packed;
    pack_whole(whole, packed);
    lengths.push_back(8.0 * static_cast<double>(packed.bytes));
  }
  return lengths;
}

void pack_stream(ByteSpan raw, Sink& packed, ProgressSink& progress, const StreamCall& call) {
  drive(raw, raw.size() + raw.size() / 64 + kHeaderRoom, call, [&](const StreamStep& step, ByteSpan produced) {
    packed.write(produced);
    progress.advance(step.consumed);
  });
}

void unpack_stream(ByteSpan packed, size_t raw_size, Sink& raw, ProgressSink& progress, const StreamCall& call) {
  const size_t consumed = drive(packed, raw_size + 1, call, [&](const StreamStep& step, ByteSpan produced) {
    raw.write(produced);
    progress.advance(step.produced);
  });
  if (consumed != packed.size()) corrupt("bytes behind the end of the stream");
}

}  // namespace lmzip::codec
