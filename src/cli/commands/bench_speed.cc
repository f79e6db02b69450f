// SPDX-License-Identifier: Apache-2.0
// lmzip bench speed: codecs side by side on this machine.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/file_io.h"
#include "bench/grid.h"
#include "bench/report.h"
#include "bench/speed.h"
#include "cli/bench_run.h"
#include "cli/commands/bench_commands.h"
#include "cli/input_file.h"
#include "cli/models.h"
#include "cli/names.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace lmzip::cli {
namespace {

using bench::Record;
using bench::Seconds;

/// So much of a text is measured where no file was given: some seconds for the slowest codec.
constexpr size_t kBabbleSize = size_t{256} << 10;

/// The most that is taken of a file: its packed blocks are held in memory.
constexpr uint64_t kMostBytes = uint64_t{1} << 30;

/// What is compared when nothing was asked for: the levels that differ most, and every model there is, alone.
std::vector<std::string> usual_codecs(const BenchOptions& options) {
  if (options.common.model) return usual_beside_model(options.common);
  std::vector<std::string> specs{"gzip:9", "lzma2:6"};
  for (const int level : {1, 3, kDefaultLevel, 7}) {
    const std::string spec(presets()[static_cast<size_t>(level - 1)].codec);
    if (std::ranges::find(specs, spec) == specs.end())
      specs.push_back(spec);  // without models inside, two are the same
  }
  for (const ModelEntry& entry : model_store(options.common).list()) specs.push_back("lm:" + entry.name);
  return specs;
}

bench::CellCorpus data_of(const BenchOptions& options) {
  auto spool = std::make_unique<base::Spool>();
  std::string name = "made-up words";
  if (options.files.empty()) {
    spool->write(bench::babble(kBabbleSize));
  } else {
    const InputFile in(options.files[0], InputPolicy::kAnything);
    name = in.path() == "-" ? shown_name("-") : std::filesystem::path(in.path()).filename().string();
    base::FdSource source(in.fd(), stop_fd());
    Bytes piece(size_t{1} << 20);
    uint64_t left = kMostBytes;
    while (const size_t size = source.read(piece.data(), std::min<uint64_t>(piece.size(), left))) {
      spool->write({piece.data(), size});
      left -= size;
    }
    if (left == kMostBytes) throw Error(ErrorKind::kUsage, "bench speed: the file is empty");
  }
  bench::CellCorpus data;
  data.name = name;
  data.corpus = bench::whole_corpus(name, std::move(spool));
  return data;
}

bench::SpeedGrid grid_of(const BenchOptions& options) {
  bench::SpeedGrid grid;
  const CodecSources sources = sources_by_name(options.common);
  for (const std::string& spec :
       codec_texts(options.common, options.codecs.empty() ? usual_codecs(options) : options.codecs)) {
    grid.codecs.push_back(bench::find_codec(spec, sources));
  }
  grid.corpus = data_of(options);
  grid.blocks = options.blocks;
  grid.threads = options.threads;
  grid.lanes = options.lanes;
  grid.runs = options.runs;
  grid.warmup = options.warmup;
  return grid;
}

/// KB/s as people read them: no more digits than mean anything.
std::string speed(const Record& record, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(record.raw_bytes) / 1000 / seconds : 0;
  return fmt::format("{:.{}f}", rate, rate < 1000 ? 1 : 0);
}

std::string range(const Record& record, const Seconds& seconds) {
  return fmt::format("({}-{})", speed(record, seconds.most), speed(record, seconds.least));
}

std::string table_head() {
  return fmt::format("{:<24}{:>10}{:>8}{:>6}{:>10}{:>10} {:<17}{:>10} {:<17}{:>10}{:>10}{:>9}\n", "codec", "block",
                     "threads", "lanes", "bits/byte", "compress", "(range)", "restore", "(range)", "compress",
                     "restore", "peak") +
         fmt::format("{:<58}{:>10} {:<17}{:>10} {:<17}{:>20}{:>9}\n", "", "KB/s", "", "KB/s", "", "KB/s of CPU", "MiB");
}

std::string table_row(const Record& record) {
  const std::string what = fmt::format("{:<24}{:>10}{:>8}{:>6}", printable(record.codec), human_size(record.chunk),
                                       record.threads, record.lanes);
  if (!record.measured()) {
    return fmt::format("{} {}: {}\n", what, record.failed() ? "failed" : "n/a",
                       printable(record.failed() ? record.error : record.absent));
  }
  return fmt::format(
      "{}{:>10.3f}{:>10} {:<17}{:>10} {:<17}{:>10}{:>10}{:>9}\n", what, 8 * record.raw_rate,
      speed(record, record.encode->median), range(record, *record.encode), speed(record, record.decode->median),
      range(record, *record.decode), speed(record, record.encode_cpu_seconds), speed(record, record.decode_cpu_seconds),
      record.peak_bytes ? fmt::format("{:.1f}", static_cast<double>(*record.peak_bytes) / (1 << 20)) : "-");
}

std::string table_foot(const bench::SpeedGrid& grid, const bench::Provenance& provenance, bool made_up) {
  return fmt::format(
      "{} bytes{}, {} kernels; medians of {} runs after {} to warm up; every block was restored and compared.\n",
      grid.corpus.corpus->bytes().size(), made_up ? " of made-up words (their rate means nothing)" : "", provenance.isa,
      grid.runs, grid.warmup);
}

}  // namespace

void bench_speed(const BenchOptions& options, Terminal& terminal) {
  const bench::Provenance provenance = provenance_of(options);
  Results results(options, provenance.version);
  const bench::SpeedGrid grid = grid_of(options);
  bench::Manifest manifest = manifest_of(options, {grid.corpus}, grid.codecs);
  results.write_manifest(manifest);

  // A table for people, and lines of JSON, are shown row by row.
  const bool for_people = options.output.empty() && !options.format;
  const bool lines = options.output.empty() && options.format == bench::ReportFormat::kJsonLines;
  if (for_people) print_text(table_head());
  const std::vector<bench::SpeedCell> cells = bench::speed_cells(grid);
  size_t kept = 0;
  for (const bench::SpeedCell& cell : cells) {
    const Record identity = bench::identity(cell, provenance);
    if (results.has({&identity, 1})) {
      ++kept;
      continue;
    }
    Record record;
    {
      ProgressBar bar(terminal, options.common, {identity.codec, bench::work_of(cell), std::nullopt});
      record = bench::measure_speed(cell, provenance, bar.sink());
    }
    results.add({record}, terminal);
    if (for_people) print_text(table_row(record));
    if (lines) print_text(bench::to_json(record) + "\n");
  }
  note_kept(kept, cells.size(), options, terminal);
  manifest.finished = bench::timestamp();
  results.write_manifest(manifest);
  if (for_people) {
    print_text(table_foot(grid, provenance, options.files.empty()));
  } else if (!lines) {
    results.show();
  }
}

}  // namespace lmzip::cli
