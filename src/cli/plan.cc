// SPDX-License-Identifier: Apache-2.0
#include "cli/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/models.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::cli {
namespace {

uint64_t blocks_in(uint64_t raw_size, uint64_t block_size) {
  return std::max<uint64_t>(1, raw_size / block_size + (raw_size % block_size != 0));
}

}  // namespace

uint64_t memory_of(const CompressorInfo& info, uint64_t raw) {
  return info.fixed_bytes + static_cast<uint64_t>(info.bytes_per_byte * static_cast<double>(raw)) + 2 * raw;
}

uint64_t CompressionPlan::member_size() const {
  return write.member_size != 0 ? write.member_size : write.block_size * kBlocksPerMember;
}

uint64_t CompressionPlan::stream_memory() const { return memory_of(codec->info(), write.block_size); }

uint64_t CompressionPlan::memory() const { return memory_for(write.block_size); }

uint64_t CompressionPlan::memory_for(uint64_t block) const {
  const uint64_t waiting = write.threads > 1 ? 2 * write.lanes * block : 0;
  return codec->info().parameter_bytes + write.threads * write.lanes * memory_of(codec->info(), block) + waiting;
}

CompressionPlan plan_level(const Options& options, int level) {
  const Preset& preset = presets()[static_cast<size_t>(level - 1)];
  CompressionPlan plan;
  const std::optional<std::string> codec = codec_text(options);
  plan.codec = make_compressor(codec ? std::string_view(*codec) : preset.codec, sources_by_name(options));
  const uint64_t preferred = codec ? plan.codec->info().preferred_block_size : 0;
  plan.write.block_size = options.block_size != 0 ? options.block_size : preferred != 0 ? preferred : preset.block_size;
  plan.in_parts = preset.in_parts;
  plan.write.member_size = options.member_size;
  plan.write.threads = options.threads;
  plan.write.lanes = options.lanes != 0 ? options.lanes : plan.codec->info().preferred_lanes;
  if (plan.write.member_size % plan.write.block_size != 0) {
    throw Error(ErrorKind::kUsage, fmt::format("--member-size: {} is not a multiple of the block size {}",
                                               plan.write.member_size, plan.write.block_size));
  }
  return plan;
}

CompressionPlan fitted(CompressionPlan plan, const Options& options, std::optional<uint64_t> raw_size) {
  WriteOptions& write = plan.write;
  if (raw_size) {
    const uint64_t blocks = blocks_in(*raw_size, write.block_size);
    write.lanes = options.lanes == 0 ? even_lanes(blocks, write.threads, write.lanes)
                                     : static_cast<unsigned>(std::min<uint64_t>(write.lanes, blocks));
    write.threads = static_cast<unsigned>(std::min<uint64_t>(write.threads, blocks_in(blocks, write.lanes)));
  }
  plan.wanted_threads = write.threads;
  if (options.memory_limit == 0) return plan;
  // A file of less than a block takes less than a block's memory.
  const uint64_t block = raw_size ? std::min(*raw_size, write.block_size) : write.block_size;
  const auto needed = [&] { return plan.memory_for(block); };
  while (needed() > options.memory_limit && write.lanes > 1) --write.lanes;
  while (needed() > options.memory_limit && write.threads > 1) --write.threads;
  if (needed() > options.memory_limit) {
    throw Error(ErrorKind::kLimit,
                fmt::format("one block of {} needs {} of memory, more than the limit of {}; "
                            "take a lower level, a smaller --block or a higher --memlimit",
                            human_size(block), human_size(needed()), human_size(options.memory_limit)));
  }
  return plan;
}

ReadOptions plan_reading(const Options& options) {
  ReadOptions read;
  read.threads = options.threads;
  read.lanes = options.lanes;
  read.memory_limit = options.memory_limit;
  struct Kept {
    CodecRequest request;
    std::shared_ptr<const Compressor> codec;
  };
  read.codec_for = [&options, kept = std::make_shared<Kept>()](const CodecRequest& request) {
    if (kept->codec == nullptr || kept->request != request) *kept = {request, make_codec(options, request)};
    return kept->codec;
  };
  return read;
}

}  // namespace lmzip::cli
