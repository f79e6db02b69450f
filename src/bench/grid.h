// SPDX-License-Identifier: Apache-2.0
// Which cells make up a table or a figure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cell.h"
#include "lmzip/registry.h"

namespace lmzip::bench {

/// The codec `spec`; absent when its model or plugin is. Errors: kUsage for what is no spec.
CellCodec find_codec(std::string_view spec, const CodecSources& sources);

/// The corpus of `request`; absent when its data are missing or wrong. Errors: kUsage for what is no corpus;
/// kCancelled.
CellCorpus find_corpus(const CorpusRequest& request, ProgressSink& progress);

/// What is measured of each corpus with each codec.
struct Grid {
  std::vector<CellCorpus> corpora;
  std::vector<CellCodec> codecs;
  /// Table 1: chunk sizes, 0: the whole corpus. None: the paper's: the whole and 2048 bytes, of trained models 2048.
  std::optional<std::vector<uint64_t>> chunks;
  /// Table 1: of trained models also the paper's seven-bit rows. Raw corpora have none.
  bool seven_bit = true;
  std::vector<uint64_t> sizes;    ///< scaling: bytes that share the weights
  std::vector<uint64_t> lengths;  ///< context: bytes of prefixes, 1..kChunkSize
};

/// Table 1: rates of every codec on every corpus.
std::vector<Cell> table1_cells(const Grid& grid);
/// Figure 2: chunks of 2048 bytes, with every size in turn sharing the weights.
std::vector<Cell> scaling_cells(const Grid& grid);
/// Figure 4: the first bytes of each chunk, of every length.
std::vector<Cell> context_cells(const Grid& grid);
/// Table 2: chunks of 2048 bytes.
std::vector<Cell> tokenization_cells(const Grid& grid);

/// Every n-th cell, beginning with the index-th (from 1): together the shards are all.
std::vector<Cell> shard_of(std::vector<Cell> cells, uint64_t index, uint64_t count);

}  // namespace lmzip::bench
