// SPDX-License-Identifier: Apache-2.0
#include "bench/manifest.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lmzip/error.h"
#include "unit/bench/fixtures.h"

namespace lmzip::bench {
namespace {

using nlohmann::json;

TEST(Manifest, NamesWhatWasMeasuredAndWithWhat) {
  Manifest run;
  run.command = "lmzip bench table1";
  run.seed = 7;
  run.libraries = {{"zlib", "1.2.13"}};
  run.corpora = {corpus_cell("t", CorpusKind::kText, numbers(3)), {}};
  run.corpora[1].name = "imagenet";
  run.corpora[1].absent = "no folder";
  run.codecs = {find_codec("gzip:9", {}), find_codec("lm:is-not-here", {})};
  const json runs = json::parse(with_run("", run)).at("runs");
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].at("seed"), 7);
  EXPECT_EQ(runs[0].at("libraries").at("zlib"), "1.2.13");
  EXPECT_EQ(runs[0].at("corpora")[0].at("sha256"), "digest of t");
  EXPECT_EQ(runs[0].at("corpora")[0].at("bytes"), 3 * kChunkSize);
  EXPECT_EQ(runs[0].at("corpora")[1].at("absent"), "no folder");
  EXPECT_EQ(runs[0].at("codecs")[0].at("codec"), "gzip:9");
  EXPECT_TRUE(runs[0].at("codecs")[1].contains("absent"));
}

TEST(Manifest, ARunThatGoesOnKeepsTheEarlierOnes) {
  Manifest run;
  run.command = "first";
  const std::string one = with_run("", run);
  run.command = "second \xff";  // a file name may hold anything
  const std::string two = with_run(one, run);
  EXPECT_EQ(json::parse(two).at("runs").size(), 2u);
  EXPECT_EQ(json::parse(two).at("runs")[0].at("command"), "first");
  const std::string all[] = {two, "", one};
  EXPECT_EQ(json::parse(joined(all)).at("runs").size(), 3u);
}

TEST(Manifest, WhatIsNoManifestIsRefused) {
  for (const char* const text : {"{", "[]", "{}", "{\"runs\": 3}", "\xff"}) {
    EXPECT_THROW(with_run(text, {}), Error) << text;
  }
}

}  // namespace
}  // namespace lmzip::bench
