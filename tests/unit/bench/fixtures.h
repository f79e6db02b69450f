// SPDX-License-Identifier: Apache-2.0
// A corpus and codecs for tests of the bench.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "bench/cell.h"
#include "bench/grid.h"

namespace lmzip::bench {

/// Given bytes as a corpus.
class FixedCorpus final : public Corpus {
 public:
  FixedCorpus(std::string name, CorpusKind kind, Bytes bytes) : own_(std::move(bytes)) {
    bytes_ = own_;
    info_.name = std::move(name);
    info_.kind = kind;
    info_.rule = "given";
    info_.sha256 = "digest of " + info_.name;
  }

 private:
  Bytes own_;
};

/// Numbers that look like text, `chunks` times 2048 bytes of them.
inline Bytes numbers(uint64_t chunks) {
  std::string text;
  for (uint64_t i = 0; text.size() < chunks * kChunkSize; ++i)
    text += std::to_string(i * i) + (i % 9 != 0 ? " " : "\n");
  return {text.begin(), text.begin() + static_cast<ptrdiff_t>(chunks * kChunkSize)};
}

inline CellCorpus corpus_cell(std::string name, CorpusKind kind, Bytes bytes) {
  CellCorpus cell;
  cell.name = name;
  cell.corpus = std::make_shared<const FixedCorpus>(std::move(name), kind, std::move(bytes));
  return cell;
}

inline Cell cell_of(CellCorpus corpus, const std::string& spec) {
  Cell cell;
  cell.table = kTable1;
  cell.corpus = std::move(corpus);
  cell.codec = find_codec(spec, {});
  return cell;
}

/// A codec whose blocks come back as they were `honest` times, then changed.
class Forgetful final : public Compressor {
 public:
  explicit Forgetful(int honest) : honest_(honest) {}
  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink&) const override {
    std::vector<Bytes> packed;
    for (const ByteSpan block : blocks) packed.emplace_back(block.begin(), block.end());
    return packed;
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t>,
                                ProgressSink&) const override {
    std::vector<Bytes> raw;
    for (const ByteSpan block : packed) {
      raw.emplace_back(block.begin(), block.end());
      if (honest_-- <= 0) raw.back().back() ^= 1;
    }
    return raw;
  }

 private:
  CompressorInfo info_{.spec = "forgetful", .model_digest = {}, .probe_digest = {}};
  mutable std::atomic<int> honest_;
};

/// A codec of tokens: of each block, one for every two bytes; the last is an escape, every tenth a miss.
class Pairing final : public Compressor {
 public:
  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    std::vector<Bytes> packed;
    for (const ByteSpan block : blocks) {
      packed.emplace_back(block.begin(), block.end());
      progress.add_tokens({.tokens = block.size() / 2 - 1, .escapes = 1, .misses = block.size() / 20});
    }
    return packed;
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan> packed, std::span<const size_t>,
                                ProgressSink& progress) const override {
    return compress(packed, progress);
  }

 private:
  CompressorInfo info_{.spec = "checkpoint:pairs,top=7",
                       .parameter_bytes = 900,
                       .parameters = 1000,
                       .top = 7,
                       .model_digest = {},
                       .probe_digest = {}};
};

}  // namespace lmzip::bench
