// SPDX-License-Identifier: Apache-2.0
// From options to settings of the libraries: codec, blocks, threads, memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "cli/options.h"
#include "lmzip/compressor.h"
#include "lmzip/container.h"
#include "media/number_layout.h"

namespace lmzip::cli {

/// Memory of one block of `raw` bytes in flight: the codec's working set, and the block itself, raw and packed.
uint64_t memory_of(const CompressorInfo& info, uint64_t raw);

/// How something will be compressed.
struct CompressionPlan {
  std::shared_ptr<const Compressor> codec;
  WriteOptions write;
  bool in_parts = false;                                      ///< an input of a block or two may be cut evenly
  std::optional<media::NumberLayout> numbers = std::nullopt;  ///< those that the codec is for
  unsigned wanted_threads = 1;                                ///< write.threads before the memory limit

  /// Raw bytes per member.
  uint64_t member_size() const;
  /// memory_of() one whole block.
  uint64_t stream_memory() const;
  /// An upper bound of the memory for all of them, and for what waits to be read or written. (The program itself, some
  /// MiB, comes on top.)
  uint64_t memory() const;
  /// The same if blocks have no more than `block` bytes.
  uint64_t memory_for(uint64_t block) const;
};

/// The plan for `options`, whatever the input; `level` stands in for options.level. No limits are applied.
/// Errors: kUsage (no such codec; member size that does not fit).
CompressionPlan plan_level(const Options& options, int level);

/// `plan` for an input of `raw_size` bytes (unknown: a stream): no larger than it needs to be, and within
/// options.memory_limit, for which it first gives up lanes and threads.
/// Errors: kLimit when one block alone does not fit.
CompressionPlan fitted(CompressionPlan plan, const Options& options, std::optional<uint64_t> raw_size);

/// How containers are read; `options` must outlive it. Codecs are made by make_codec(); the last one is kept for the
/// next member or file.
ReadOptions plan_reading(const Options& options);

}  // namespace lmzip::cli
