// SPDX-License-Identifier: Apache-2.0
// What all of `lmzip bench` that measures has in common: by what it runs, and where its records go.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bench/cell.h"
#include "bench/manifest.h"
#include "cli/bench_options.h"
#include "cli/bench_results.h"
#include "cli/terminal.h"

namespace lmzip::cli {

bench::Provenance provenance_of(const BenchOptions& options);

/// Of a run that starts now.
bench::Manifest manifest_of(const BenchOptions& options, std::vector<bench::CellCorpus> corpora,
                            std::vector<bench::CellCodec> codecs);

/// Tells people, unless there is nothing to tell, that `kept` of `all` cells need not be measured again.
void note_kept(size_t kept, size_t all, const BenchOptions& options, Terminal& terminal);

/// The records of a run, in the file of --out or else for stdout.
class Results {
 public:
  /// Reads what an earlier run left. Errors: kUsage when another version made it; those of RecordFile.
  Results(const BenchOptions& options, const std::string& version);

  /// Whether the file has all of a cell's records already.
  bool has(std::span<const bench::Record> identities) const;
  /// Keeps the records of a cell, and says which of them failed.
  void add(const std::vector<bench::Record>& records, Terminal& terminal);
  void write_manifest(const bench::Manifest& run);
  /// Cells are finished in an order that depends on threads: this is the one that show() brings them into.
  void expect(std::span<const bench::Record> identities);
  /// Everything as it was asked for: to stdout, or into file and report.
  void show();

 private:
  const BenchOptions& options_;
  ResultPaths paths_;
  std::optional<RecordFile> file_;
  std::set<std::string> done_;
  std::map<std::string, size_t> ranks_;  ///< of keys
  std::vector<bench::Record> records_;   ///< measured by this run
  std::string manifest_before_, manifest_;
};

}  // namespace lmzip::cli
