// SPDX-License-Identifier: Apache-2.0
#include "bench/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lmzip/error.h"
#include "model/model_file.h"
#include "model/random_model.h"
#include "unit/bench/fixtures.h"

namespace lmzip::bench {
namespace {

using testing::ElementsAre;

Grid grid(std::initializer_list<const char*> codecs) {
  Grid grid;
  grid.corpora = {corpus_cell("t", CorpusKind::kText, numbers(3)), corpus_cell("r", CorpusKind::kRaw, numbers(2))};
  for (const char* const spec : codecs) grid.codecs.push_back(find_codec(spec, {}));
  return grid;
}

std::vector<uint64_t> chunks_of(const std::vector<Cell>& cells, std::string_view corpus, std::string_view codec) {
  std::vector<uint64_t> chunks;
  for (const Cell& cell : cells) {
    if (cell.corpus.name == corpus && cell.codec.spec == codec && !cell.seven_bit) chunks.push_back(cell.chunk);
  }
  return chunks;
}

TEST(Grid, AdaptiveCodecsAreMeasuredWholeAndInChunksTrainedOnesInChunks) {
  const std::vector<Cell> cells = table1_cells(grid({"gzip:9", "mix:1", "mix:1,model=is-not-here", "lm:is-not-here"}));
  for (const char* adaptive : {"gzip:9", "mix:1", "mix:1,model=is-not-here"}) {
    EXPECT_THAT(chunks_of(cells, "t", adaptive), ElementsAre(0, kChunkSize));
  }
  EXPECT_THAT(chunks_of(cells, "t", "lm:is-not-here"), ElementsAre(kChunkSize));
}

TEST(Grid, ChunksThatWereAskedForAreForAllCodecs) {
  Grid asked = grid({"gzip:9", "lm:is-not-here"});
  asked.chunks = {{512, 0}};
  const std::vector<Cell> cells = table1_cells(asked);
  EXPECT_THAT(chunks_of(cells, "r", "gzip:9"), ElementsAre(512, 0));
  EXPECT_THAT(chunks_of(cells, "t", "lm:is-not-here"), ElementsAre(512, 0));
}

TEST(Grid, OnlyTrainedModelsHaveSevenBitRowsAndOnlyOnThePapersKindsOfData) {
  Grid all = grid({"gzip:9", "mix:1", "mix:1,model=is-not-here", "lm:is-not-here"});
  const auto seven_bit = [](const std::vector<Cell>& cells) {
    std::vector<std::string> names;
    for (const Cell& cell : cells) {
      if (cell.seven_bit) names.push_back(cell.corpus.name + " " + cell.codec.spec);
    }
    return names;
  };
  EXPECT_THAT(seven_bit(table1_cells(all)), ElementsAre("t lm:is-not-here"));
  all.seven_bit = false;
  EXPECT_THAT(seven_bit(table1_cells(all)), ElementsAre());
}

TEST(Grid, ShardsAreAllCellsOnce) {
  Grid big = grid({"gzip:9", "mix:1", "order0", "png"});
  big.lengths = {1, 2, 3, 5, 8};
  const std::vector<Cell> cells = context_cells(big);
  ASSERT_EQ(cells.size(), 40u);
  std::multiset<std::string> whole, parts;
  const auto add = [](const std::vector<Cell>& some, std::multiset<std::string>& names) {
    for (const Cell& cell : some) names.insert(key_of(identities(cell, {}).at(0)));
  };
  add(cells, whole);
  for (uint64_t i = 1; i <= 7; ++i) add(shard_of(cells, i, 7), parts);
  EXPECT_EQ(whole, parts);
  EXPECT_EQ(std::set(whole.begin(), whole.end()).size(), 40u) << "keys tell cells apart";
}

TEST(Grid, ScalingSharesTheWeightsByEverySize) {
  Grid two = grid({"gzip:9"});
  two.sizes = {1000, 2000};
  const std::vector<Record> records = identities(scaling_cells(two).at(0), {});
  ASSERT_EQ(records.size(), 4u) << "two header rules";
  EXPECT_EQ(records[0].data_bytes, 1000u);
  EXPECT_EQ(records[1].data_bytes, 2000u);
}

TEST(Grid, WeightsAreAdded) {
  model::Architecture small;
  small.width = 16;
  small.layers = {model::Mixer::kRecurrence};
  small.state_width = 16;
  const auto model = model::read_model(model::random_model(small, 1));
  CodecSources sources;
  sources.model = [&](std::string_view) { return model; };
  Cell cell = cell_of(corpus_cell("t", CorpusKind::kText, numbers(2)), "store");
  cell.codec = find_codec("lm:small", sources);
  cell.data_sizes = {1'000'000};
  const Record record = results(cell, {}, {.packed = 1024}, true).at(0);
  EXPECT_EQ(record.parameters, model->architecture().parameters());
  EXPECT_EQ(record.model_bytes, 2 * record.parameters);
  EXPECT_EQ(record.model_file_bytes, model->file_bytes());
  EXPECT_DOUBLE_EQ(record.raw_rate, 0.25);
  EXPECT_DOUBLE_EQ(record.adjusted_rate, 0.25 + static_cast<double>(record.model_bytes) * 1e-6);
  EXPECT_DOUBLE_EQ(record.adjusted_rate_file, 0.25 + static_cast<double>(record.model_file_bytes) * 1e-6);
}

TEST(Grid, WhatIsNoCodecIsRefusedWhatIsNotInstalledIsAbsent) {
  EXPECT_THROW(find_codec("gzap", {}), Error);
  EXPECT_THROW(find_codec("gzip:99", {}), Error);
  EXPECT_FALSE(find_codec("lm:is-not-here", {}).absent.empty());
  EXPECT_FALSE(find_codec("torch:default", {}).absent.empty());
  EXPECT_TRUE(find_codec("gzip", {}).has_header);
  EXPECT_FALSE(find_codec("store", {}).has_header);
  EXPECT_FALSE(find_codec("mix", {}).has_header);
}

}  // namespace
}  // namespace lmzip::bench
