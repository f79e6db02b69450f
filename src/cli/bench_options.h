// SPDX-License-Identifier: Apache-2.0
// The options of `lmzip bench`, whose subcommands have few in common with the other commands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/corpus.h"
#include "bench/report.h"
#include "cli/options.h"

namespace lmzip::cli {

enum class BenchAction { kTable1, kScaling, kContext, kTokenization, kSpeed, kCorpus, kRender, kJoin };

struct BenchOptions {
  BenchAction action = BenchAction::kTable1;
  std::string help;                ///< not empty: show this instead
  std::vector<std::string> files;  ///< speed: one or none; corpus: the request; render, join: results

  // What is measured
  std::vector<std::string> corpora;             ///< requests; empty: those of the action
  std::vector<std::string> codecs;              ///< specs; empty: those of the action
  std::string data;                             ///< folder of the named corpora; may be empty
  uint64_t count = 2000;                        ///< chunks of each corpus, 0: all; context: 100, as the paper
  std::optional<uint64_t> seed;                 ///< draws them; none: the first
  std::optional<std::vector<uint64_t>> chunks;  ///< table1: bytes of a chunk, 0: the whole
  bool native_only = false;                     ///< table1: without the paper's seven-bit rows
  std::vector<uint64_t> sizes;                  ///< scaling: bytes of the data sets
  std::vector<uint64_t> lengths;                ///< context: bytes of the prefixes
  bool verify = true;
  std::optional<Shard> shard;

  // Speed: everything with everything
  std::vector<unsigned> threads;  ///< not empty
  std::vector<unsigned> lanes;    ///< not empty; 0: what the codec prefers
  std::vector<uint64_t> blocks;   ///< not empty
  unsigned runs = 3;              ///< of which the median counts; 1..1000
  unsigned warmup = 1;            ///< runs before, not counted; 0..1000

  // Results
  std::optional<bench::ReportFormat> format;  ///< none: by the name of `output`, or a table for people
  std::string output;                         ///< file; empty: stdout
  std::string pictures;                       ///< render: folder for the plots as files of their own; empty: none
  bool force = false;                         ///< forget what `output` holds

  std::string command;  ///< the line, for the manifest
  Options common;       ///< model, top_k, model_path, verbosity, progress; threads is the first of `threads`
};

/// Reads what follows `lmzip bench`. Errors: kUsage.
BenchOptions parse_bench_options(const std::vector<std::string>& arguments);

}  // namespace lmzip::cli
