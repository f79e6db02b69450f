// SPDX-License-Identifier: Apache-2.0
// What is to be measured, and how its results are counted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/corpus.h"
#include "bench/record.h"
#include "lmzip/compressor.h"
#include "lmzip/tokenizer.h"

namespace lmzip::bench {

/// A corpus that was asked for, or why there is none.
struct CellCorpus {
  std::string name;  ///< as asked for, if it is absent
  std::shared_ptr<const Corpus> corpus;
  std::string absent;
};

/// A codec that was asked for, or why there is none.
struct CellCodec {
  std::string spec;  ///< as asked for, if it is absent
  std::shared_ptr<const Compressor> codec;
  std::string absent;
  bool has_header = false;  ///< its packed blocks are files of a format, whose header the paper counts once
  const Tokenizer* tokenizer = nullptr;  ///< of a predictor of tokens; lives as long as `codec`
  uint64_t vocabulary = 256;             ///< bytes, or tokens, that it tells from each other
};

/// One measurement. It gives several records where there are several ways to count.
struct Cell {
  std::string_view table;  ///< kTable1, ...
  CellCorpus corpus;
  CellCodec codec;
  uint64_t chunk = kChunkSize;       ///< bytes coded independently of all others; 0: the whole corpus at once
  uint64_t stride = 0;               ///< from the start of a chunk to that of the next; 0: they touch each other
  bool seven_bit = false;            ///< the model gets seven bits of each byte; chunk is not 0 then
  std::vector<uint64_t> data_sizes;  ///< data sets that share the weights, bytes; empty: the bytes measured

  /// Number of chunks; 0 when something is absent.
  uint64_t chunks() const;
  /// The bytes of chunk `index` < chunks().
  ByteSpan at(uint64_t index) const;
  /// Of all chunks.
  uint64_t raw_bytes() const;
};

/// What is counted while a cell is measured. Integers only, so that the order of additions does not matter.
struct Tally {
  uint64_t packed = 0;          ///< bytes of code
  uint64_t packed_squares = 0;  ///< sum of the squares of the chunks' packed sizes
  uint64_t stored = 0;          ///< bytes that store lost bits
  uint64_t lost_bits = 0;
  uint64_t symbols = 0;  ///< of the codec lm over tokens; counted for kTokenization only
  TokenCounts tokens{};  ///< of pretrained checkpoints
  uint64_t header = 0;   ///< packed size of the paper's 1-byte input, b"\0"
  uint64_t encode_nanoseconds = 0;
  uint64_t decode_nanoseconds = 0;

  void add(const Tally& other);
};

/// What all records of one run have in common.
struct Provenance {
  std::string version;
  std::string isa;
  std::optional<uint64_t> seed;
};

/// The records of `cell` without results: all that says what they are. What is absent is said.
std::vector<Record> identities(const Cell& cell, const Provenance& provenance);

/// The same with results.
std::vector<Record> results(const Cell& cell, const Provenance& provenance, const Tally& tally, bool verified);

}  // namespace lmzip::bench
