// SPDX-License-Identifier: Apache-2.0
#include "bench/speed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/digest.h"
#include "bench/grid.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::bench {
namespace {

const Provenance kProvenance{.version = "1.2.3", .isa = "scalar", .seed = {}};

CellCorpus corpus_of(const Bytes& bytes) {
  auto spool = std::make_unique<base::Spool>();
  spool->write(bytes);
  CellCorpus corpus;
  corpus.corpus = whole_corpus("test", std::move(spool));
  return corpus;
}

SpeedCell cell_of(const CellCorpus& corpus, const CellCodec& codec, uint64_t block) {
  SpeedCell cell;
  cell.cell.table = kSpeed;
  cell.cell.corpus = corpus;
  cell.cell.codec = codec;
  cell.cell.chunk = block;
  return cell;
}

Record measured(const SpeedCell& cell) {
  ProgressSink progress;
  Record record = measure_speed(cell, kProvenance, progress);
  if (record.measured()) {
    EXPECT_EQ(progress.raw_bytes(), work_of(cell));
  }
  return record;
}

void expect_sane(const Seconds& seconds) {
  EXPECT_GT(seconds.least, 0);
  EXPECT_LE(seconds.least, seconds.median);
  EXPECT_LE(seconds.median, seconds.most);
}

TEST(Speed, CountsWhatTheCodecMade) {
  const Bytes data = babble(100'000);
  SpeedCell cell = cell_of(corpus_of(data), find_codec("gzip:6", {}), 30'000);
  cell.threads = 2;
  cell.lanes = 3;
  cell.runs = 2;
  const Record record = measured(cell);
  EXPECT_EQ(record.error, "");
  EXPECT_EQ(record.table, kSpeed);
  EXPECT_EQ(record.corpus, "test");
  EXPECT_EQ(record.codec, "gzip:6");
  EXPECT_EQ(record.chunk, 30'000u);
  EXPECT_EQ(record.chunks, 4u);
  EXPECT_EQ(record.header_rule, kHeaderEach);
  EXPECT_EQ(record.threads, 2u);
  EXPECT_EQ(record.lanes, 3u);
  EXPECT_EQ(record.runs, 2u);
  EXPECT_EQ(record.warmup, 1u);
  EXPECT_EQ(record.version, "1.2.3");
  EXPECT_EQ(record.isa, "scalar");
  EXPECT_EQ(record.corpus_digest, base::digest(base::DigestKind::kSha256, data));
  EXPECT_EQ(record.raw_bytes, data.size());
  uint64_t packed = 0;
  ProgressSink progress;
  for (size_t at = 0; at < data.size(); at += 30'000) {
    const ByteSpan block = ByteSpan(data).subspan(at, std::min<size_t>(30'000, data.size() - at));
    packed += make_compressor("gzip:6")->compress({&block, 1}, progress)[0].size();
  }
  EXPECT_EQ(record.packed_bytes, packed);
  EXPECT_DOUBLE_EQ(record.raw_rate, static_cast<double>(packed) / 100'000);
  EXPECT_TRUE(record.verified);
  expect_sane(record.encode.value());
  expect_sane(record.decode.value());
  EXPECT_GT(record.encode_seconds, 0);
  EXPECT_GT(record.decode_seconds, 0);
  EXPECT_LE(record.encode_seconds, 2 * record.encode->most);  // two threads
  EXPECT_EQ(parse_record(to_json(record)), record);
}

TEST(Speed, TellsThePeakThatIncludesItsData) {
  const Record record = measured(cell_of(corpus_of(Bytes(8 << 20)), find_codec("store", {}), 1 << 20));
  if (!record.peak_bytes) GTEST_SKIP() << "this system does not tell";
  EXPECT_GT(*record.peak_bytes, uint64_t{24} << 20);  // raw, packed, restored
}

TEST(Speed, LanesThatNobodyChoseShareTheBlocksEvenly) {
  SpeedCell cell = cell_of(corpus_of(babble(64'000)), find_codec("order1", {}), 8'000);
  cell.threads = 4;
  EXPECT_LE(identity(cell, kProvenance).lanes, 2u);
  EXPECT_GE(identity(cell, kProvenance).lanes, 1u);
}

/// Counts its calls, and may misbehave.
class Puppet : public Compressor {
 public:
  std::function<Bytes(size_t raw_size)> restore = [](size_t size) { return Bytes(size); };
  mutable std::atomic<unsigned> compressions = 0, restorations = 0;

  const CompressorInfo& info() const override { return info_; }
  std::vector<Bytes> compress(std::span<const ByteSpan> blocks, ProgressSink& progress) const override {
    ++compressions;
    for (const ByteSpan block : blocks) progress.advance(block.size());
    return std::vector<Bytes>(blocks.size(), Bytes(10 * compressions));
  }
  std::vector<Bytes> decompress(std::span<const ByteSpan>, std::span<const size_t> raw_sizes,
                                ProgressSink& progress) const override {
    ++restorations;
    std::vector<Bytes> raw;
    for (const size_t size : raw_sizes) {
      raw.push_back(restore(size));
      progress.advance(size);
    }
    return raw;
  }

 private:
  CompressorInfo info_{.spec = "puppet", .model_digest = {}, .probe_digest = {}};
};

CellCodec codec_of(const std::shared_ptr<Puppet>& puppet) {
  CellCodec codec;
  codec.spec = "puppet";
  codec.codec = puppet;
  return codec;
}

TEST(Speed, EveryRunGoesBothWaysAndWarmingUpDoesNotCount) {
  const auto puppet = std::make_shared<Puppet>();
  SpeedCell cell = cell_of(corpus_of(Bytes(1000)), codec_of(puppet), 1000);
  cell.runs = 3;
  cell.warmup = 2;
  const Record record = measured(cell);
  EXPECT_EQ(puppet->compressions, 5u);
  EXPECT_EQ(puppet->restorations, 5u);
  EXPECT_EQ(record.packed_bytes, 50u);  // of the last run
  EXPECT_EQ(record.runs, 3u);
  EXPECT_EQ(record.warmup, 2u);
  expect_sane(record.encode.value());
}

TEST(Speed, WithoutWarmingUpTheCheckComesLast) {
  const auto puppet = std::make_shared<Puppet>();
  SpeedCell cell = cell_of(corpus_of(Bytes(1000)), codec_of(puppet), 1000);
  cell.runs = 2;
  cell.warmup = 0;
  EXPECT_TRUE(measured(cell).verified);
  EXPECT_EQ(puppet->compressions, 2u);
  EXPECT_EQ(puppet->restorations, 3u);
}

TEST(Speed, ABlockThatDoesNotComeBackIsTheRecordsError) {
  for (const unsigned warmup : {0u, 1u}) {
    const auto puppet = std::make_shared<Puppet>();
    SpeedCell cell = cell_of(corpus_of(babble(3000)), codec_of(puppet), 1000);
    cell.warmup = warmup;
    const Record record = measured(cell);
    EXPECT_EQ(record.error, "block 1 came back changed");
    EXPECT_FALSE(record.verified);
    EXPECT_FALSE(record.encode.has_value());
    EXPECT_EQ(record.threads, 1u);
  }
}

TEST(Speed, WhatTheCodecThrowsIsTheRecordsError) {
  const auto puppet = std::make_shared<Puppet>();
  const SpeedCell cell = cell_of(corpus_of(Bytes(1000)), codec_of(puppet), 1000);
  puppet->restore = [](size_t) -> Bytes { throw Error(ErrorKind::kCorrupt, "damaged"); };
  EXPECT_EQ(measured(cell).error, "damaged");
  puppet->restore = [](size_t) -> Bytes { throw std::bad_alloc(); };
  EXPECT_EQ(measured(cell).error, "not enough memory");
  puppet->restore = [](size_t) -> Bytes { throw Error(ErrorKind::kCancelled, "stopped"); };
  EXPECT_THROW(measured(cell), Error);
}

TEST(Speed, AnAbsentCodecIsARecordWithItsReason) {
  CellCodec codec;
  codec.spec = "lm:none";
  codec.absent = "no such model";
  const Record record = measured(cell_of(corpus_of(Bytes(1000)), codec, 1000));
  EXPECT_EQ(record.codec, "lm:none");
  EXPECT_EQ(record.absent, "no such model");
  EXPECT_EQ(record.error, "");
}

TEST(Speed, EverythingIsMeasuredWithEverythingInOrder) {
  SpeedGrid grid;
  grid.corpus = corpus_of(Bytes(1000));
  grid.codecs = {find_codec("store", {}), find_codec("gzip:1", {})};
  grid.blocks = {500, 250};
  grid.threads = {2, 1};
  grid.lanes = {0, 4};
  grid.runs = 5;
  grid.warmup = 0;
  std::string order;
  for (const SpeedCell& cell : speed_cells(grid)) {
    EXPECT_EQ(cell.cell.table, kSpeed);
    EXPECT_EQ(cell.runs, 5u);
    EXPECT_EQ(cell.warmup, 0u);
    order += cell.cell.codec.spec + " " + std::to_string(cell.cell.chunk) + " " + std::to_string(cell.threads) + " " +
             std::to_string(cell.lanes) + "\n";
  }
  EXPECT_EQ(order,
            "store 500 2 0\nstore 500 2 4\nstore 500 1 0\nstore 500 1 4\n"
            "store 250 2 0\nstore 250 2 4\nstore 250 1 0\nstore 250 1 4\n"
            "gzip:1 500 2 0\ngzip:1 500 2 4\ngzip:1 500 1 0\ngzip:1 500 1 4\n"
            "gzip:1 250 2 0\ngzip:1 250 2 4\ngzip:1 250 1 0\ngzip:1 250 1 4\n");
}

TEST(Babble, IsTheSameEveryTimeAndLooksLikeText) {
  const Bytes text = babble(50'000);
  EXPECT_EQ(text, babble(50'000));
  EXPECT_EQ(text.size(), 50'000u);
  ProgressSink progress;
  const ByteSpan block = text;
  const size_t packed = make_compressor("order3")->compress({&block, 1}, progress)[0].size();
  EXPECT_GT(packed, text.size() / 8);
  EXPECT_LT(packed, text.size() / 2);
}

}  // namespace
}  // namespace lmzip::bench
