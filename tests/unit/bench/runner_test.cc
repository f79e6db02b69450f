// SPDX-License-Identifier: Apache-2.0
#include "bench/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "bench/seven_bit.h"
#include "lmzip/error.h"
#include "model/model_file.h"
#include "model/random_model.h"
#include "unit/bench/fixtures.h"

namespace lmzip::bench {
namespace {

using testing::HasSubstr;

std::vector<Record> measured(const std::vector<Cell>& cells, const RunOptions& options = {}) {
  std::vector<Record> all;
  ProgressSink progress;
  run_cells(cells, options, progress,
            [&](const std::vector<Record>& records) { all.insert(all.end(), records.begin(), records.end()); });
  return all;
}

Record find(const std::vector<Record>& records, std::string_view symbols, std::string_view header_rule) {
  for (const Record& record : records) {
    if (record.symbols == symbols && record.header_rule == header_rule) return record;
  }
  ADD_FAILURE() << "no record " << symbols << ", " << header_rule;
  return {};
}

uint64_t packed_size(const Compressor& codec, ByteSpan block) {
  ProgressSink progress;
  return codec.compress({&block, 1}, progress)[0].size();
}

TEST(Runner, CountsHeadersOnceAsThePaperAndEachAsTheyAre) {
  const Bytes text = numbers(40);
  for (const std::string spec : {"gzip:9", "lzma2:6", "png", "flac"}) {
    const Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, text), spec);
    const std::vector<Record> records = measured({cell}, {.threads = 2});
    ASSERT_EQ(records.size(), 2u);
    uint64_t total = 0;
    for (size_t i = 0; i < 40; ++i) {
      total += packed_size(*cell.codec.codec, ByteSpan(text).subspan(i * kChunkSize, kChunkSize));
    }
    const uint64_t header = packed_size(*cell.codec.codec, Bytes{0});
    EXPECT_EQ(find(records, kNative, kHeaderEach).packed_bytes, total);
    EXPECT_EQ(find(records, kNative, kHeaderOnce).packed_bytes, total - 39 * header);
    for (const Record& record : records) {
      EXPECT_EQ(record.raw_bytes, text.size());
      EXPECT_EQ(record.chunks, 40u);
      EXPECT_DOUBLE_EQ(record.raw_rate, static_cast<double>(record.packed_bytes) / static_cast<double>(text.size()));
      EXPECT_EQ(record.adjusted_rate, record.raw_rate);
      EXPECT_TRUE(record.verified);
    }
  }
}

TEST(Runner, AWholeCorpusIsOneBlockWithOneHeader) {
  const Bytes text = numbers(10);
  for (const std::string spec : {"gzip:9", "lzma2:6", "png", "flac", "store", "order2"}) {
    Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, text), spec);
    cell.chunk = 0;
    const std::vector<Record> records = measured({cell});
    ASSERT_EQ(records.size(), 1u) << spec;
    EXPECT_EQ(records[0].packed_bytes, packed_size(*cell.codec.codec, text));
    EXPECT_EQ(records[0].chunks, 1u);
    EXPECT_TRUE(records[0].verified);
  }
}

TEST(Runner, ResultsDoNotDependOnThreads) {
  std::map<std::string, uint64_t> sizes;
  for (const unsigned threads : {1, 2, 5}) {
    std::vector<Cell> cells;
    for (const std::string spec : {"gzip:9", "order2", "mix:1"}) {
      cells.push_back(cell_of(corpus_cell("t", CorpusKind::kText, numbers(33)), spec));
    }
    for (const Record& record : measured(cells, {.threads = threads})) {
      const auto [at, fresh] = sizes.emplace(key_of(record), record.packed_bytes);
      EXPECT_EQ(at->second, record.packed_bytes) << key_of(record);
      ASSERT_TRUE(record.rate_deviation);
    }
  }
  EXPECT_EQ(sizes.size(), 4u);
}

TEST(Runner, DeviationIsThatOfTheChunksRates) {
  Bytes bytes(2 * kChunkSize, 'a');
  std::fill(bytes.begin() + kChunkSize, bytes.end(), 'b');
  for (size_t i = 0; i < kChunkSize; i += 3) bytes[i] = static_cast<uint8_t>(i * i / 7);
  const Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, bytes), "gzip:9");
  const double first = static_cast<double>(packed_size(*cell.codec.codec, ByteSpan(bytes).first(kChunkSize)));
  const double second = static_cast<double>(packed_size(*cell.codec.codec, ByteSpan(bytes).last(kChunkSize)));
  const Record record = measured({cell})[0];
  EXPECT_NEAR(*record.rate_deviation, std::abs(first - second) / std::sqrt(2) / kChunkSize, 1e-9);
}

TEST(Runner, SevenBitRowsAreThePapersRescaledRateAndTheHonestOne) {
  Bytes bytes = numbers(20);
  for (size_t i = 0; i < bytes.size(); i += 50) bytes[i] |= 0x80;
  for (const CorpusKind kind : {CorpusKind::kText, CorpusKind::kImage}) {
    Cell cell = cell_of(corpus_cell("c", kind, bytes), "order2");
    cell.seven_bit = true;
    const std::vector<Record> records = measured({cell}, {.threads = 3});
    ASSERT_EQ(records.size(), 2u);
    uint64_t code = 0, stored = 0, lost = 0;
    for (size_t i = 0; i < 20; ++i) {
      const SevenBitChunk split = split_bits(ByteSpan(bytes).subspan(i * kChunkSize, kChunkSize), kind);
      code += packed_size(*cell.codec.codec, split.symbols);
      stored += split.lost.size();
      lost += split.lost_bits;
    }
    const auto raw = static_cast<double>(bytes.size());
    const Record scaled = find(records, kScaled, kNoHeader);
    EXPECT_EQ(scaled.packed_bytes, code);
    EXPECT_NEAR(scaled.raw_rate, static_cast<double>(code) / raw * 8 * raw / (8 * raw - static_cast<double>(lost)),
                1e-12);
    if (kind == CorpusKind::kImage) {
      EXPECT_NEAR(scaled.raw_rate, static_cast<double>(code) / raw * 8 / 7, 1e-12);
    }
    EXPECT_EQ(find(records, kStored, kNoHeader).packed_bytes, code + stored);
  }
}

TEST(Runner, PrefixesOfChunksAreMeasuredAlone) {
  const Bytes text = numbers(12);
  Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, text), "gzip:9");
  cell.stride = kChunkSize;
  cell.chunk = 100;
  uint64_t total = 0;
  for (size_t i = 0; i < 12; ++i) total += packed_size(*cell.codec.codec, ByteSpan(text).subspan(i * kChunkSize, 100));
  const Record record = find(measured({cell}), kNative, kHeaderEach);
  EXPECT_EQ(record.packed_bytes, total);
  EXPECT_EQ(record.raw_bytes, 1200u);
}

TEST(Runner, TokensAreCountedOnlyWhereThereAreSome) {
  model::Architecture shape;
  shape.width = 16;
  shape.layers = {model::Mixer::kRecurrence};
  shape.state_width = 16;
  const Bytes text = numbers(6);
  for (const int vocabulary : {256, 272}) {
    shape.vocabulary = vocabulary;
    const auto model = model::read_model(model::random_model(shape, 1));
    CodecSources sources;
    sources.model = [&](std::string_view) { return model; };
    Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, text), "store");
    cell.table = kTokenization;
    cell.codec = find_codec("lm:small", sources);
    const Record record = measured({cell}, {.threads = 2}).at(0);
    EXPECT_TRUE(record.verified);
    EXPECT_EQ(record.vocabulary, static_cast<uint64_t>(vocabulary));
    size_t symbols = text.size();
    if (const auto tokenizer = model->tokenizer()) {
      symbols = 0;
      for (size_t i = 0; i < 6; ++i) {
        symbols += tokenizer->encode(ByteSpan(text).subspan(i * kChunkSize, kChunkSize)).size();
      }
      EXPECT_LT(symbols, text.size());
    }
    EXPECT_DOUBLE_EQ(record.bytes_per_token, static_cast<double>(text.size()) / static_cast<double>(symbols));
  }
}

TEST(Runner, TokensOfACheckpointAreCountedOnceWhileTheyAreCoded) {
  const Bytes text = numbers(10);
  for (const uint64_t chunk : {uint64_t{0}, kChunkSize}) {
    Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, text), "store");
    cell.codec.codec = std::make_shared<const Pairing>();
    cell.chunk = chunk;
    const Record record = measured({cell}, {.threads = 2}).at(0);
    const uint64_t chunks = chunk == 0 ? 1 : 10, symbols = text.size() / 2;
    EXPECT_TRUE(record.verified) << "decoding counts nothing";
    EXPECT_EQ(record.top, 7u);
    EXPECT_EQ(record.tokens, symbols - chunks);
    EXPECT_EQ(record.escapes, chunks);
    EXPECT_EQ(record.misses, text.size() / chunks / 20 * chunks);
    EXPECT_DOUBLE_EQ(record.bytes_per_token, 2);
    EXPECT_DOUBLE_EQ(record.bits_per_token, 16);
    EXPECT_EQ(record.model_bytes, 2000u);
    EXPECT_DOUBLE_EQ(record.adjusted_rate_file, 1 + 900 / static_cast<double>(text.size()));
  }
}

TEST(Runner, AChunkThatComesBackChangedIsTheCellsErrorAndTheOthersGoOn) {
  Cell bad = cell_of(corpus_cell("t", CorpusKind::kText, numbers(20)), "gzip:9");
  bad.codec.codec = std::make_shared<Forgetful>(7);
  Cell whole = bad;
  whole.codec.codec = std::make_shared<Forgetful>(0);
  whole.chunk = 0;
  const Cell good = cell_of(bad.corpus, "gzip:9");
  const std::vector<Record> records = measured({bad, whole, good});
  ASSERT_EQ(records.size(), 5u);
  for (const Record& record : records) {
    EXPECT_EQ(record.failed(), record.codec == "forgetful");
    if (record.failed()) {
      EXPECT_THAT(record.error, HasSubstr(record.chunk == 0 ? "chunk 1 " : "chunk 8 "));
    }
  }
}

TEST(Runner, WithoutVerifyingNothingIsDecodedOrCalledVerified) {
  Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, numbers(5)), "gzip:9");
  cell.codec.codec = std::make_shared<Forgetful>(0);
  for (const uint64_t chunk : {uint64_t{0}, uint64_t{kChunkSize}}) {
    cell.chunk = chunk;
    for (const Record& record : measured({cell}, {.verify = false})) {
      EXPECT_FALSE(record.failed());
      EXPECT_FALSE(record.verified);
      EXPECT_EQ(record.decode_seconds, 0);
    }
  }
}

TEST(Runner, WhatIsAbsentIsARecordWithItsReason) {
  const Cell no_model = cell_of(corpus_cell("t", CorpusKind::kText, numbers(1)), "lm:nobody-has-this");
  Cell no_corpus = cell_of({}, "gzip:9");
  no_corpus.corpus.name = "enwik9";
  no_corpus.corpus.absent = "not there";
  const std::vector<Record> records = measured({no_model, no_corpus});
  ASSERT_EQ(records.size(), 3u);
  EXPECT_THAT(records[0].absent, HasSubstr("nobody-has-this"));
  EXPECT_EQ(records[0].codec, "lm:nobody-has-this");
  EXPECT_EQ(records[1].absent, "not there");
  EXPECT_EQ(records[1].corpus, "enwik9");
}

TEST(Runner, ProgressIsWhatWasPromised) {
  std::vector<Cell> cells{cell_of(corpus_cell("t", CorpusKind::kText, numbers(20)), "gzip:9"),
                          cell_of(corpus_cell("t", CorpusKind::kText, numbers(20)), "order0")};
  cells.push_back(cells[0]);
  cells[2].chunk = 0;
  ProgressSink progress;
  run_cells(cells, {}, progress, [](const std::vector<Record>&) {});
  EXPECT_EQ(progress.raw_bytes(), work_of(cells, {}));
  EXPECT_EQ(work_of(cells, {.verify = false}) * 2, work_of(cells, {}));
}

TEST(Runner, AStopEndsTheRunAndKeepsFinishedCells) {
  std::vector<Cell> cells(50, cell_of(corpus_cell("t", CorpusKind::kText, numbers(20)), "gzip:9"));
  ProgressSink progress;
  int finished = 0;
  EXPECT_THROW(run_cells(cells, {.threads = 2}, progress,
                         [&](const std::vector<Record>&) {
                           if (++finished == 3) progress.request_stop();
                         }),
               Error);
  EXPECT_GE(finished, 3);
  EXPECT_LT(finished, 50);
}

TEST(Runner, AnErrorOfTheSinkEndsTheRun) {
  std::vector<Cell> cells(50, cell_of(corpus_cell("t", CorpusKind::kText, numbers(20)), "gzip:9"));
  ProgressSink progress;
  int calls = 0;
  const auto full = [&](const std::vector<Record>&) {
    ++calls;
    throw Error(ErrorKind::kIo, "disk full");
  };
  try {
    run_cells(cells, {.threads = 3}, progress, full);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "disk full");
  }
  EXPECT_LE(calls, 3);
}

}  // namespace
}  // namespace lmzip::bench
