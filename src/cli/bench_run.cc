// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/build_info.h"
#include "bench/report.h"
#include "cli/plugin_loader.h"
#include "cli/sizes.h"
#include "codec/libraries.h"
#include "kernels/isa.h"
#include "lmzip/error.h"

namespace lmzip::cli {

using bench::Record;

namespace {

/// The file of the BLAS that libtorch has brought along: what a host-bound codec computes depends on it.
std::string loaded_blas() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t path = line.find('/');
    if (path == line.npos) continue;
    const std::string name = line.substr(line.rfind('/') + 1);
    if (name.starts_with("libopenblas") || name.starts_with("libblas") || name.starts_with("libmkl")) {
      return line.substr(path);
    }
  }
  return "unknown";
}

}  // namespace

bench::Provenance provenance_of(const BenchOptions& options) {
  const base::BuildInfo build = base::build_info();
  return {
      .version = build.commit.empty() ? std::string(build.version) : fmt::format("{}+{}", build.version, build.commit),
      .isa = std::string(kernels::isa_name(kernels::isa_bound())),
      .seed = options.seed};
}

bench::Manifest manifest_of(const BenchOptions& options, std::vector<bench::CellCorpus> corpora,
                            std::vector<bench::CellCodec> codecs) {
  const base::BuildInfo build = base::build_info();
  const bench::Provenance provenance = provenance_of(options);
  bench::Manifest run;
  run.command = options.command;
  run.started = bench::timestamp();
  run.version = provenance.version;
  run.compiler = build.compiler;
  run.build = build.build;
  run.cpu = bench::cpu_name();
  run.isa = provenance.isa;
  run.processors = available_processors();
  run.threads = options.common.threads;
  run.seed = options.seed;
  for (const auto& [name, version] : codec::libraries()) run.libraries.emplace_back(name, version);
  const auto is_torch = [](const bench::CellCodec& one) {
    return one.codec && (one.spec.starts_with("torch") || one.spec.find(",engine=torch") != one.spec.npos);
  };
  if (std::ranges::any_of(codecs, is_torch)) {
    run.libraries.emplace_back("libtorch", load_plugin(1).version());
    run.libraries.emplace_back("BLAS", loaded_blas());
  }
  run.corpora = std::move(corpora);
  run.codecs = std::move(codecs);
  return run;
}

void note_kept(size_t kept, size_t all, const BenchOptions& options, Terminal& terminal) {
  if (kept == 0 || options.common.verbosity < 0) return;
  terminal.note(fmt::format("{} of {} cells are there already", kept, all));
}

Results::Results(const BenchOptions& options, const std::string& version) : options_(options) {
  if (options.output.empty()) return;
  paths_ = paths_of(options.output, options.format);
  file_.emplace(paths_.records, options.force ? RecordFile::Begin::kAnew : RecordFile::Begin::kContinue);
  for (const Record& record : file_->records()) {
    if (record.version == version) {
      done_.insert(bench::key_of(record));
      continue;
    }
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: holds results of lmzip {}, this is {}; --force begins anew, another --out keeps them",
                            paths_.records, record.version, version));
  }
  // A manifest belongs to its records.
  if (!file_->records().empty()) manifest_before_ = read_text(paths_.manifest);
}

bool Results::has(std::span<const Record> identities) const {
  return std::ranges::all_of(identities, [&](const Record& record) { return done_.contains(bench::key_of(record)); });
}

void Results::add(const std::vector<Record>& records, Terminal& terminal) {
  // A cell that was cut in the middle is measured again as a whole: what is there already stays.
  std::vector<Record> fresh;
  for (const Record& record : records) {
    if (!done_.contains(bench::key_of(record))) fresh.push_back(record);
    if (!record.failed()) continue;
    const std::string chunk = record.chunk == 0 ? "whole" : fmt::format("{}", record.chunk);
    terminal.warn(fmt::format("{}, {}, {}: {}", record.corpus, record.codec, chunk, record.error));
  }
  if (file_) file_->append(fresh);
  records_.insert(records_.end(), fresh.begin(), fresh.end());
}

void Results::write_manifest(const bench::Manifest& run) {
  manifest_ = bench::with_run(manifest_before_, run);
  if (file_) replace_text(paths_.manifest, manifest_);
}

void Results::expect(std::span<const Record> identities) {
  for (const Record& record : identities) ranks_.emplace(bench::key_of(record), ranks_.size());
}

void Results::show() {
  if (file_) file_->sort(ranks_);
  sort_records(records_, ranks_);
  if (!file_) {
    return print_text(bench::render(records_, manifest_, options_.format.value_or(bench::ReportFormat::kMarkdown)));
  }
  if (!paths_.report.empty()) replace_text(paths_.report, bench::render(file_->records(), manifest_, paths_.format));
}

}  // namespace lmzip::cli
