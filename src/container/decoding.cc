// SPDX-License-Identifier: Apache-2.0
#include "container/decoding.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "base/hash.h"
#include "container/parser.h"
#include "lmzip/model_store.h"

namespace lmzip {

unsigned even_lanes(uint64_t blocks, unsigned threads, unsigned most) {
  const auto divide_up = [](uint64_t count, uint64_t by) { return std::max<uint64_t>(1, (count + by - 1) / by); };
  const uint64_t rounds = divide_up(blocks, uint64_t{threads} * most);
  return static_cast<unsigned>(divide_up(blocks, threads * rounds));
}

namespace container {
namespace {

unsigned checked(unsigned value, unsigned largest, const char* otherwise) {
  if (value < 1 || value > largest) throw Error(ErrorKind::kUsage, otherwise);
  return value;
}

std::string mebibytes(uint64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

/// Refuses a codec that would give other forecasts than the one that made the member.
void check_digests(const CodecRequest& wanted, const CompressorInfo& codec) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::kUnsupported, "codec " + wanted.spec + ": " + why);
  };
  const auto named = [](const std::string& digest) { return digest.empty() ? "none" : digest; };
  if (!is_digest(wanted.model_digest, codec.model_digest)) {
    refuse("made with another model (" + named(wanted.model_digest) + ") than is used here (" +
           named(codec.model_digest) + ")");
  }
  if (codec.probe_digest != wanted.probe_digest) {
    refuse("made on another kind of machine or with another libtorch: its arithmetic differs here");
  }
}

/// The raw bytes of those blocks of `batch` that are coded, in order.
std::vector<Bytes> decompress(const Compressor* codec, std::span<const PackedBlock> batch, ProgressSink& progress) {
  std::vector<ByteSpan> packed;
  std::vector<size_t> raw_sizes;
  for (const PackedBlock& block : batch) {
    if (block.header.stored()) continue;
    packed.emplace_back(block.payload);
    raw_sizes.push_back(block.header.raw_size);
  }
  if (packed.empty()) return {};
  try {
    return codec->decompress(packed, raw_sizes, progress);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::kLimit, "not enough memory to decode it");
  }
}

}  // namespace

BlockDecoder::BlockDecoder(Sink& sink, const ReadOptions& options, ProgressSink& progress)
    : sink_(sink),
      options_(options),
      progress_(progress),
      tasks_(checked(options.threads, kMaxThreads, "the number of threads must be 1 to 256"), progress) {
  checked(std::max(options.lanes, 1u), kMaxLanes, "the number of lanes must be 1 to 64");
}

void BlockDecoder::enter_member(const Header& header) {
  wanted_ = header.request();
  if (header.model_digest) ahead([&] { find_codec(); });
}

void BlockDecoder::admit(uint64_t number, const BlockHeader& header) {
  progress_.check();
  const uint64_t memory = ahead([&] {
    try {
      return memory_for(header);
    } catch (const Error& error) {
      throw within_block(number, error);
    }
  });
  while (options_.memory_limit > 0 && memory_ > options_.memory_limit - memory) {
    if (tasks_.empty()) submit_batch();
    deliver_oldest();
  }
  memory_ += memory;
  batch_memory_ += memory;
}

void BlockDecoder::add(PackedBlock block) {
  batch_.push_back(std::move(block));
  if (batch_.size() >= lanes()) submit_batch();
  while (tasks_.overfull()) deliver_oldest();
}

void BlockDecoder::finish() {
  if (!batch_.empty()) submit_batch();
  while (!tasks_.empty()) deliver_oldest();
}

unsigned BlockDecoder::lanes() const {
  if (options_.lanes != 0) return options_.lanes;
  const unsigned preferred = codec_ == nullptr ? 1 : codec_->info().preferred_lanes;
  return options_.blocks == 0 ? preferred : even_lanes(options_.blocks, options_.threads, preferred);
}

void BlockDecoder::find_codec() {
  if (codec_ != nullptr && found_ == wanted_) return;
  if (!batch_.empty()) submit_batch();
  CodecPointer codec;
  try {
    codec = options_.codec_for(wanted_);
  } catch (const Error& error) {
    // What is a mistake of the user on a command line is a limit of this build when a file asks for it.
    const ErrorKind kind = error.kind() == ErrorKind::kUsage ? ErrorKind::kUnsupported : error.kind();
    throw Error(kind, error.what());
  }
  if (codec == nullptr) throw Error(ErrorKind::kUnsupported, "codec " + wanted_.spec + " is unknown to this lmzip");
  check_digests(wanted_, codec->info());
  codec_ = std::move(codec);
  found_ = wanted_;
}

uint64_t BlockDecoder::memory_for(const BlockHeader& header) {
  uint64_t memory = header.payload_size;
  if (!header.stored()) {
    find_codec();
    // In 1/1024: the only fraction that reaches this room becomes an integer at once.
    const auto scaled = static_cast<uint64_t>(codec_->info().bytes_per_byte * 1024);
    memory += header.raw_size + codec_->info().fixed_bytes + header.raw_size * scaled / 1024;
  }
  if (options_.memory_limit > 0 && memory > options_.memory_limit) {
    throw Error(ErrorKind::kLimit,
                "needs " + mebibytes(memory) + " of memory, over the limit of " + mebibytes(options_.memory_limit));
  }
  return memory;
}

void BlockDecoder::submit_batch() {
  tasks_.submit([codec = codec_, batch = std::exchange(batch_, {}),
                 memory = std::exchange(batch_memory_, 0)](ProgressSink& progress) mutable {
    Decoded decoded = decode(codec.get(), std::move(batch), progress);
    decoded.memory = memory;
    return decoded;
  });
}

void BlockDecoder::deliver_oldest() {
  const Decoded decoded = tasks_.take();
  memory_ -= decoded.memory;
  for (const RawBlock& block : decoded.blocks) {
    sink_.write(block.raw);
    delivered_.raw_bytes += block.raw.size();
    ++delivered_.blocks;
    delivered_.stored_blocks += block.header.stored() ? 1 : 0;
  }
  if (decoded.failure) throw *decoded.failure;
}

BlockDecoder::Decoded BlockDecoder::decode(const Compressor* codec, std::vector<PackedBlock> batch,
                                           ProgressSink& progress) {
  Decoded decoded;
  std::vector<Bytes> raws;
  try {
    raws = decompress(codec, batch, progress);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled) throw;
    if (batch.size() == 1) {
      decoded.failure = within_block(batch.front().number, error);
      return decoded;
    }
    // One of them is bad; one at a time tells which, and saves those before it.
    for (auto block = batch.begin(); block != batch.end() && !decoded.failure; ++block) {
      Decoded one = decode(codec, {std::move(*block)}, progress);
      std::ranges::move(one.blocks, std::back_inserter(decoded.blocks));
      decoded.failure = std::move(one.failure);
    }
    return decoded;
  }
  auto next_raw = raws.begin();
  for (PackedBlock& block : batch) {
    if (block.header.stored()) progress.advance(block.header.raw_size);
    Bytes raw = std::move(block.header.stored() ? block.payload : *next_raw++);
    if (raw.size() != block.header.raw_size || base::xxh3_64(raw) != block.header.checksum) {
      decoded.failure = within_block(block.number, Error(ErrorKind::kCorrupt, "checksum mismatch"));
      break;
    }
    raw.resize(block.to);
    raw.erase(raw.begin(), raw.begin() + static_cast<ptrdiff_t>(block.from));
    decoded.blocks.push_back({block.header, std::move(raw)});
  }
  return decoded;
}

}  // namespace container
}  // namespace lmzip
