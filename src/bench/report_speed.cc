// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "bench/plot.h"
#include "bench/report_document.h"

namespace lmzip::bench {
namespace {

/// Raw KB/s of one direction.
Bar speed_of(const Record& record, const Seconds& seconds) {
  const auto speed = [&](double time) { return time > 0 ? static_cast<double>(record.raw_bytes) / time / 1000 : 0; };
  return {.value = speed(seconds.median), .least = speed(seconds.most), .most = speed(seconds.least)};
}

std::string speed_text(double speed) {
  return speed >= 100 && speed < 1e15 ? grouped(static_cast<uint64_t>(speed + 0.5)) : fmt::format("{:.3g}", speed);
}

Entry speed_entry(const Record& record, const std::optional<Seconds>& seconds, ReportTable& table) {
  if (record.measured() && !seconds) return {.text = "–"};
  const Bar speed = speed_of(record, seconds.value_or(Seconds{}));
  Entry entry = result(record, speed_text(speed.value), table);
  if (!record.measured()) return entry;
  entry.spread = fmt::format("({}–{})", speed_text(speed.least), speed_text(speed.most));
  entry.detail = fmt::format("{} s ({} to {})", seconds_text(seconds->median), seconds_text(seconds->least),
                             seconds_text(seconds->most));
  return entry;
}

ReportTable speed_table(const std::vector<Record>& records) {
  ReportTable table{.caption = "Speed: median (range) of raw KB/s, where a KB is 1000 bytes", .labels = 2};
  table.groups = {{"", 2}, {"as run", 4}, {"KB/s", 2}, {"CPU, s", 2}, {"", 3}};
  table.heads = {"corpus",    "codec",       "block, bytes", "threads",   "lanes",       "runs",      "compressing",
                 "restoring", "compressing", "restoring",    "peak, MiB", "raw rate, %", "round trip"};
  for (const Record& record : records) {
    const auto number = [&](const std::string& text) { return Entry{.text = record.measured() ? text : ""}; };
    table.rows.push_back(
        {{label(record.corpus),
          label(label_of(record)),
          {.text = record.chunk == 0 ? "∞" : grouped(record.chunk)},
          {.text = fmt::format("{}", record.threads)},
          {.text = record.lanes == 0 ? "–" : fmt::format("{}", record.lanes)},
          number(fmt::format("{}", record.runs)),
          speed_entry(record, record.encode, table),
          speed_entry(record, record.decode, table),
          number(seconds_text(record.encode_cpu_seconds)),
          number(seconds_text(record.decode_cpu_seconds)),
          number(record.peak_bytes ? fmt::format("{:.1f}", static_cast<double>(*record.peak_bytes) / (1 << 20)) : "–"),
          rate_entry(record, record.raw_rate, table),
          label(round_trip(record))}});
  }
  return table;
}

BarPlot speed_plot(const std::vector<Record>& records) {
  BarPlot plot{.name = "speed-1",
               .title = "Speed of compressing and restoring",
               .description = "Median of raw kilobytes per second; whiskers from the slowest to the fastest run.",
               .axis = "KB/s of raw bytes",
               .kinds = {"compressing", "restoring"},
               .groups = {}};
  const bool several = corpora_of(records).size() > 1;
  for (const Record& record : records) {
    if (!record.measured()) continue;
    std::string name = several ? record.corpus + ": " + label_of(record) : label_of(record);
    name += fmt::format(" · {} thread{}", record.threads, record.threads == 1 ? "" : "s");
    if (record.lanes != 0) name += fmt::format(" · {} lane{}", record.lanes, record.lanes == 1 ? "" : "s");
    plot.groups.push_back(
        {std::move(name),
         {speed_of(record, record.encode.value_or(Seconds{})), speed_of(record, record.decode.value_or(Seconds{}))}});
  }
  return plot;
}

}  // namespace

ReportSection speed_section(const std::vector<Record>& records) {
  ReportSection section{.id = "speed", .title = "Speed"};
  section.remarks = data_remarks(records);
  section.tables.push_back(speed_table(records));
  const BarPlot plot = speed_plot(records);
  if (!plot.groups.empty()) {
    section.figures.push_back(
        {plot.name, svg(plot), "Wall clock of the whole job; longer is faster. Whiskers: slowest and fastest run."});
  }
  return section;
}

}  // namespace lmzip::bench
