// SPDX-License-Identifier: Apache-2.0
// Where the bench's records are kept: the file that a stopped run goes on from.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file_io.h"
#include "bench/record.h"
#include "bench/report.h"

namespace lmzip::cli {

/// The files of --out NAME: with NAME.jsonl they are that and NAME.manifest.json; with another extension also NAME.EXT,
/// which is made of them.
struct ResultPaths {
  std::string records;   ///< JSON lines
  std::string manifest;  ///< what was run, JSON
  std::string report;    ///< empty: there is none
  bench::ReportFormat format = bench::ReportFormat::kJsonLines;
};

/// `format` is that of --format, if any. Errors: kUsage when `output` has no extension that says what it shall be.
ResultPaths paths_of(const std::string& output, const std::optional<bench::ReportFormat>& format);

/// "" when there is no such file. Errors: kIo.
std::string read_text(const std::string& path);
void replace_text(const std::string& path, std::string_view text);

/// Brings records into the order of `ranks`: of each by key_of(); what is not there comes last.
void sort_records(std::vector<bench::Record>& records, const std::map<std::string, size_t>& ranks);

/// A file of records that grows line by line, locked against other runs.
class RecordFile {
 public:
  /// Reads what `path` holds, if it is there and `anew` is not wanted. Records without results (errors, n/a) and a last
  /// line that was cut off are dropped: they will be measured again. Errors: kIo, also when another run writes it;
  /// kCorrupt.
  enum class Begin { kContinue, kAnew };
  RecordFile(const std::string& path, Begin begin);

  const std::vector<bench::Record>& records() const { return records_; }
  /// Writes the lines at once. Errors: kIo.
  void append(std::span<const bench::Record> records);
  /// Writes all of them anew, by sort_records(). Errors: kIo; then the file is as it was.
  void sort(const std::map<std::string, size_t>& ranks);

 private:
  void rewrite();

  std::string path_;
  base::UniqueFd file_;
  std::vector<bench::Record> records_;
};

}  // namespace lmzip::cli
