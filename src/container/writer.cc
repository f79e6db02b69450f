// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "container/byte_reader.h"
#include "container/format.h"
#include "container/ordered_tasks.h"
#include "lmzip/container.h"

namespace lmzip {
namespace container {
namespace {

void require(bool held, const char* otherwise) {
  if (!held) throw Error(ErrorKind::kUsage, otherwise);
}

void check_options(const WriteOptions& options) {
  require(options.block_size >= kMinBlockSize && options.block_size <= kMaxBlockSize && options.block_size % 1024 == 0,
          "the block size must be 1 KiB to 1 GiB and a multiple of 1 KiB");
  require(options.member_size % options.block_size == 0, "the member size must be a multiple of the block size");
  require(options.member_size / options.block_size <= kMaxBlocksPerMember, "a member holds at most 1048576 blocks");
  require(options.threads >= 1 && options.threads <= kMaxThreads, "the number of threads must be 1 to 256");
  require(options.lanes <= kMaxLanes, "the number of lanes must be 1 to 64");
}

struct EncodedBlock {
  BlockHeader header;
  Bytes payload;
};

std::string batch_name(uint64_t first, size_t count) {
  const std::string name = std::to_string(first);
  return count == 1 ? "block " + name : "blocks " + name + " to " + std::to_string(first + count - 1);
}

/// One batch of blocks, the first of which is block `first` (counted from 1) of this run.
std::vector<EncodedBlock> encode_batch(const Compressor& codec, std::vector<Bytes> raws, uint64_t first,
                                       ProgressSink& progress) try {
  const std::vector<ByteSpan> spans(raws.begin(), raws.end());
  std::vector<Bytes> packed = codec.compress(spans, progress);
  std::vector<EncodedBlock> blocks;
  for (size_t i = 0; i < raws.size(); ++i) {
    const bool coded = packed[i].size() < raws[i].size();
    const BlockHeader header = {.tag = coded ? Tag::kCoded : Tag::kStored,
                                .raw_size = raws[i].size(),
                                .payload_size = coded ? packed[i].size() : raws[i].size(),
                                .checksum = base::xxh3_64(raws[i])};
    blocks.push_back({header, std::move(coded ? packed[i] : raws[i])});
  }
  return blocks;
} catch (const Error& error) {
  if (error.kind() == ErrorKind::kCancelled) throw;
  throw error.within(batch_name(first, raws.size()));
} catch (const std::bad_alloc&) {
  throw Error(ErrorKind::kLimit, "not enough memory").within(batch_name(first, raws.size()));
}

/// Puts encoded blocks into members.
class MemberWriter {
 public:
  MemberWriter(Sink& sink, const Header& header, uint64_t blocks_per_member, ProgressSink& progress)
      : sink_(sink), header_(header.encode()), blocks_per_member_(blocks_per_member), progress_(progress) {}

  void write(const EncodedBlock& block) {
    Bytes record;
    if (!index_) open(record);
    put_bytes(record, block.header.encode());
    put_bytes(record, block.payload);
    put(record);
    index_->add(block.header);
    summary_.raw_bytes += block.header.raw_size;
    ++summary_.blocks;
    summary_.stored_blocks += block.header.stored() ? 1 : 0;
    if (index_->blocks() == blocks_per_member_) close();
  }

  StreamSummary finish() {
    if (summary_.members == 0) {
      Bytes record;
      open(record);
      put(record);
    }
    if (index_) close();
    return summary_;
  }

 private:
  void open(Bytes& record) {
    put_bytes(record, header_);
    index_.emplace(header_.size());
    ++summary_.members;
  }

  void close() {
    const bool indexed = index_->blocks() > 1;
    Bytes record = {static_cast<uint8_t>(indexed ? Tag::kIndexedEnd : Tag::kEnd)};
    if (indexed) put_bytes(record, index_->finish());
    put(record);
    index_.reset();
  }

  void put(ByteSpan bytes) {
    sink_.write(bytes);
    summary_.packed_bytes += bytes.size();
    progress_.add_packed(bytes.size());
  }

  Sink& sink_;
  const Bytes header_;
  const uint64_t blocks_per_member_;
  ProgressSink& progress_;
  std::optional<IndexBuilder> index_;  ///< of the member that is open
  StreamSummary summary_;
};

}  // namespace
}  // namespace container

StreamSummary write_container(Source& source, Sink& sink, const Compressor& codec, const WriteOptions& options,
                              ProgressSink& progress) {
  using namespace container;
  check_options(options);
  const unsigned lanes = options.lanes != 0 ? options.lanes : codec.info().preferred_lanes;
  const uint64_t blocks_per_member =
      options.member_size == 0 ? kBlocksPerMember : options.member_size / options.block_size;
  MemberWriter writer(sink, Header::of(codec.info(), options.block_size), blocks_per_member, progress);
  OrderedTasks<std::vector<EncodedBlock>> tasks(options.threads, progress);
  const auto write_oldest = [&] {
    for (const EncodedBlock& block : tasks.take()) writer.write(block);
  };

  uint64_t next_block = 1;
  for (bool more = true; more;) {
    std::vector<Bytes> raws;
    while (more && raws.size() < lanes) {
      Bytes raw = read_growing(options.block_size, [&](uint8_t* data, size_t size) {
        progress.check();
        return source.read(data, size);
      });
      more = raw.size() == options.block_size;
      if (!raw.empty()) raws.push_back(std::move(raw));
    }
    if (raws.empty()) break;
    const uint64_t first = next_block;
    next_block += raws.size();
    tasks.submit([&codec, raws = std::move(raws), first](ProgressSink& sink_of_task) mutable {
      return encode_batch(codec, std::move(raws), first, sink_of_task);
    });
    while (tasks.overfull()) write_oldest();
  }
  while (!tasks.empty()) write_oldest();
  return writer.finish();
}

void write_skippable_frame(Sink& sink, ByteSpan content) {
  if (content.size() > std::numeric_limits<uint32_t>::max()) {
    throw Error(ErrorKind::kUsage, "a skippable frame holds less than 4 GiB");
  }
  Bytes frame(container::kSkippableMagic.begin(), container::kSkippableMagic.end());
  container::put_little_endian(frame, content.size(), 4);
  container::put_bytes(frame, content);
  sink.write(frame);
}

}  // namespace lmzip
