// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_results.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/replace_file.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

/// Results of a thousand cells have a megabyte.
constexpr size_t kMostText = size_t{1} << 30;

std::string read_all(int fd, const std::string& path) {
  base::FdSource source(fd, stop_fd());
  std::string text;
  Bytes piece(size_t{1} << 16);
  while (const size_t size = source.read(piece.data(), piece.size())) {
    if (text.size() + size > kMostText) throw Error(ErrorKind::kLimit, fmt::format("{}: too large", path));
    text.append(piece.begin(), piece.begin() + static_cast<ptrdiff_t>(size));
  }
  return text;
}

ByteSpan bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

base::UniqueFd open_locked(const std::string& path) {
  base::UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file) base::throw_io(path, errno);
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw Error(ErrorKind::kIo, fmt::format("{}: another run is writing it", path));
    base::throw_io(path, errno);
  }
  return file;
}

std::string lines_of(std::span<const bench::Record> records) {
  std::string text;
  for (const bench::Record& record : records) text += bench::to_json(record) + "\n";
  return text;
}

}  // namespace

ResultPaths paths_of(const std::string& output, const std::optional<bench::ReportFormat>& format) {
  const size_t name = output.rfind('/') + 1;
  const size_t dot = output.rfind('.');
  const bool named = dot != output.npos && dot > name;
  const std::string stem = named ? output.substr(0, dot) : output;
  ResultPaths paths{.records = stem + ".jsonl", .manifest = stem + ".manifest.json", .report = {}};
  try {
    paths.format = format ? *format : bench::parse_report_format(named ? output.substr(dot + 1) : "");
  } catch (const Error&) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--out: '{}' ends with none of .jsonl, .csv, .md, .html; --format says what it shall be", output));
  }
  if (paths.format == bench::ReportFormat::kJsonLines) {
    paths.records = output;
  } else {
    paths.report = output;
  }
  return paths;
}

std::string read_text(const std::string& path) {
  const base::UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return {};
  if (!file) base::throw_io(path, errno);
  return read_all(file.get(), path);
}

void replace_text(const std::string& path, std::string_view text) { base::replace_file(path, bytes_of(text)); }

RecordFile::RecordFile(const std::string& path, Begin begin) : path_(path), file_(open_locked(path)) {
  std::string text;
  if (begin == Begin::kContinue) text = read_all(file_.get(), path);
  const std::string_view whole = std::string_view(text).substr(0, text.rfind('\n') + 1);
  try {
    records_ = bench::parse_records(whole);
  } catch (const Error& error) {
    throw error.within(path);
  }
  const size_t before = records_.size();
  std::erase_if(records_, [](const bench::Record& record) { return !record.measured(); });
  if (begin == Begin::kContinue && before == records_.size() && whole.size() == text.size()) return;
  rewrite();
}

void RecordFile::rewrite() {
  replace_text(path_, lines_of(records_));
  base::UniqueFd replaced = open_locked(path_);  // the old file's lock is held until this one's is there
  std::swap(file_, replaced);
}

void RecordFile::sort(const std::map<std::string, size_t>& ranks) {
  sort_records(records_, ranks);
  rewrite();
}

void sort_records(std::vector<bench::Record>& records, const std::map<std::string, size_t>& ranks) {
  const auto rank = [&](const bench::Record& record) {
    const auto found = ranks.find(bench::key_of(record));
    return found == ranks.end() ? ranks.size() : found->second;
  };
  std::ranges::stable_sort(records, {}, rank);
}

void RecordFile::append(std::span<const bench::Record> records) {
  base::FdSink(file_.get(), path_, stop_fd()).write(bytes_of(lines_of(records)));
  records_.insert(records_.end(), records.begin(), records.end());
}

}  // namespace lmzip::cli
