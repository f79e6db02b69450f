// SPDX-License-Identifier: Apache-2.0
// lmzip bench: the paper's tables and figures.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "bench/grid.h"
#include "bench/manifest.h"
#include "bench/runner.h"
#include "cli/bench_options.h"
#include "cli/bench_results.h"
#include "cli/bench_run.h"
#include "cli/commands/bench_commands.h"
#include "cli/commands/commands.h"
#include "cli/models.h"
#include "cli/output_file.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

using bench::CellCorpus;
using bench::Record;

bench::CorpusRequest request_of(const BenchOptions& options, const std::string& text) {
  return {.text = text,
          .data = options.data,
          .chunks = options.count,
          .seed = options.seed,
          .threads = options.common.threads};
}

/// lm: for each model that is installed, the one inside the program first.
std::vector<std::string> installed_models(const BenchOptions& options) {
  std::vector<std::string> specs;
  for (const ModelEntry& entry : model_store(options.common).list()) {
    const std::string spec = "lm:" + entry.name;
    if (std::ranges::find(specs, spec) == specs.end()) specs.push_back(spec);
  }
  return specs;
}

std::vector<std::string> usual_codecs(const BenchOptions& options) {
  if (options.common.model) return usual_beside_model(options.common);
  switch (options.action) {
    case BenchAction::kTable1:
      return {"gzip:9",          "lzma2:6",       "png",        "png:9,width=64", "flac:8", "lm:paper-200k",
              "lm:paper-800k",   "lm:paper-3.2m", "lm:default", "lm:best",        "mix:5",  "mix:5,model=default",
              "mix:5,model=best"};
    case BenchAction::kContext:
      return {"gzip:9", "lzma2:6", "png", "flac:8", "lm:paper-200k", "lm:default", "mix:5", "mix:5,model=default"};
    case BenchAction::kScaling: {
      std::vector<std::string> specs = installed_models(options);
      specs.insert(specs.begin(), {"gzip:9", "lzma2:6"});
      return specs;
    }
    default:
      return installed_models(options);
  }
}

std::vector<std::string> usual_corpora(const BenchOptions& options) {
  const bool text_only = options.action == BenchAction::kScaling || options.action == BenchAction::kTokenization;
  return text_only ? std::vector<std::string>{"enwik9"}
                   : std::vector<std::string>{"enwik9", "imagenet", "librispeech", "random"};
}

bench::Grid grid_of(const BenchOptions& options, Terminal& terminal) {
  bench::Grid grid;
  const CodecSources sources = sources_by_name(options.common);
  for (const std::string& spec :
       codec_texts(options.common, options.codecs.empty() ? usual_codecs(options) : options.codecs)) {
    grid.codecs.push_back(bench::find_codec(spec, sources));
  }
  for (const std::string& text : options.corpora.empty() ? usual_corpora(options) : options.corpora) {
    ProgressBar bar(terminal, options.common, {"reading " + text, std::nullopt, std::nullopt});
    grid.corpora.push_back(bench::find_corpus(request_of(options, text), bar.sink()));
    const auto same_name = [&](const CellCorpus& one) { return one.name == grid.corpora.back().name; };
    if (std::ranges::count_if(grid.corpora, same_name) > 1) {
      throw Error(ErrorKind::kUsage, fmt::format("--corpus: two are called '{}'", grid.corpora.back().name));
    }
  }
  grid.chunks = options.chunks;
  grid.seven_bit = !options.native_only;
  grid.sizes = options.sizes;
  if (grid.sizes.empty()) grid.sizes = {1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  grid.lengths = options.lengths;
  if (grid.lengths.empty()) {
    for (uint64_t length = 1; length <= bench::kChunkSize; length *= 2) grid.lengths.push_back(length);
  }
  return grid;
}

std::vector<bench::Cell> cells_of(const BenchOptions& options, const bench::Grid& grid) {
  const auto all = [&] {
    switch (options.action) {
      case BenchAction::kScaling:
        return bench::scaling_cells(grid);
      case BenchAction::kContext:
        return bench::context_cells(grid);
      case BenchAction::kTokenization:
        return bench::tokenization_cells(grid);
      default:
        return bench::table1_cells(grid);
    }
  };
  return options.shard ? bench::shard_of(all(), options.shard->index, options.shard->count) : all();
}

void measure(const BenchOptions& options, Terminal& terminal) {
  const bench::RunOptions run{
      .threads = options.common.threads, .verify = options.verify, .provenance = provenance_of(options)};
  Results results(options, run.provenance.version);
  const bench::Grid grid = grid_of(options, terminal);
  std::vector<bench::Cell> cells = cells_of(options, grid);
  const size_t all = cells.size();
  for (const bench::Cell& cell : cells) results.expect(bench::identities(cell, run.provenance));
  std::erase_if(cells, [&](const bench::Cell& cell) { return results.has(bench::identities(cell, run.provenance)); });
  note_kept(all - cells.size(), all, options, terminal);
  bench::Manifest manifest = manifest_of(options, grid.corpora, grid.codecs);
  results.write_manifest(manifest);
  {
    ProgressBar bar(terminal, options.common, {"bench", bench::work_of(cells, run), std::nullopt});
    bench::run_cells(cells, run, bar.sink(),
                     [&](const std::vector<Record>& records) { results.add(records, terminal); });
  }
  manifest.finished = bench::timestamp();
  results.write_manifest(manifest);
  results.show();
}

void write_corpus(const BenchOptions& options, Terminal& terminal) {
  ProgressBar bar(terminal, options.common, {"reading " + options.files[0], std::nullopt, std::nullopt});
  const auto corpus = bench::open_corpus(request_of(options, options.files[0]), bar.sink());
  bar.stop();
  if (options.output.empty()) refuse_terminal(1, "written to");
  OutputFile out({.path = options.output, .chosen = true, .replace = options.force});
  out.sink().write(corpus->bytes());
  out.commit(nullptr);
  const bench::Corpus::Info& info = corpus->info();
  if (options.common.verbosity >= 0) {
    terminal.note(fmt::format("{}: {} chunks, {} bytes, SHA-256 {}", info.name, corpus->chunks(),
                              corpus->bytes().size(), info.sha256));
  }
}

/// The records of all files that the line names, and their manifests as one.
std::pair<std::vector<Record>, std::string> read_results(const BenchOptions& options) {
  std::vector<Record> records;
  std::vector<std::string> manifests;
  for (const std::string& file : options.files) {
    try {
      const std::string text = read_text(file);
      if (text.empty()) throw Error(ErrorKind::kIo, "no such file, or it is empty");
      const std::vector<Record> some = bench::parse_records(text);
      records.insert(records.end(), some.begin(), some.end());
      manifests.push_back(read_text(paths_of(file, bench::ReportFormat::kJsonLines).manifest));
    } catch (const Error& error) {
      throw error.within(file);
    }
  }
  return {std::move(records), bench::joined(manifests)};
}

/// Refuses records that do not belong together; of those that are there twice the first stays.
std::vector<Record> joined(const std::vector<Record>& records) {
  std::vector<Record> all;
  std::set<std::string> keys;
  for (const Record& record : records) {
    for (const Record& other : all) {
      const auto refuse = [](const std::string& what) { throw Error(ErrorKind::kUsage, "join: " + what); };
      if (record.version != other.version) {
        refuse(fmt::format("results of lmzip {} and of {}", other.version, record.version));
      }
      if (record.table == other.table && record.corpus == other.corpus && record.measured() && other.measured() &&
          (record.corpus_digest != other.corpus_digest || record.seed != other.seed)) {
        refuse(fmt::format("results on different bytes of '{}'", record.corpus));
      }
    }
    if (keys.insert(bench::key_of(record)).second) all.push_back(record);
  }
  return all;
}

void render_results(const BenchOptions& options) {
  auto [records, manifest] = read_results(options);
  const bool joins = options.action == BenchAction::kJoin;
  if (joins) records = joined(records);
  if (!options.pictures.empty()) {
    for (const auto& [name, svg] : bench::pictures(records)) {
      replace_text(fmt::format("{}/{}.svg", options.pictures, name), svg);
    }
  }
  const auto usual = joins ? bench::ReportFormat::kJsonLines : bench::ReportFormat::kMarkdown;
  if (options.output.empty()) return print_text(bench::render(records, manifest, options.format.value_or(usual)));
  const ResultPaths paths = paths_of(options.output, options.format);
  if (joins) {
    if (!options.force && !read_text(paths.records).empty()) {
      throw Error(ErrorKind::kUsage, fmt::format("{}: exists already; --force replaces it", paths.records));
    }
    replace_text(paths.records, bench::render(records, manifest, bench::ReportFormat::kJsonLines));
    replace_text(paths.manifest, manifest);
  }
  if (!paths.report.empty()) replace_text(paths.report, bench::render(records, manifest, paths.format));
}

}  // namespace

void bench_command(const std::vector<std::string>& arguments, Terminal& terminal) {
  const BenchOptions options = parse_bench_options(arguments);
  if (!options.help.empty()) return print_text(options.help);
  terminal.set_verbosity(options.common.verbosity);
  switch (options.action) {
    case BenchAction::kSpeed:
      return bench_speed(options, terminal);
    case BenchAction::kCorpus:
      return write_corpus(options, terminal);
    case BenchAction::kRender:
    case BenchAction::kJoin:
      return render_results(options);
    default:
      return measure(options, terminal);
  }
}

}  // namespace lmzip::cli
