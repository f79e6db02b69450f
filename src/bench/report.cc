// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <fmt/format.h>

#include <type_traits>

#include "bench/plot.h"
#include "bench/record_fields.h"
#include "bench/report_document.h"
#include "bench/report_html.h"
#include "bench/report_markdown.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

std::string csv_of(const std::string& value) {
  if (value.find_first_of(",\"\r\n") == std::string::npos) return value;
  std::string quoted = "\"";
  for (const char byte : value) quoted += byte == '"' ? std::string("\"\"") : std::string(1, byte);
  return quoted + '"';
}
std::string csv_of(double value) { return fmt::format("{}", value); }
std::string csv_of(bool value) { return value ? "true" : "false"; }
std::string csv_of(uint64_t value) { return fmt::format("{}", value); }
std::string csv_of(unsigned value) { return fmt::format("{}", value); }
std::string csv_of(const Seconds& value) { return fmt::format("{},{},{}", value.median, value.least, value.most); }
template <typename Value>
std::string csv_of(const std::optional<Value>& value) {
  return csv_of(*value);
}

template <typename Member>
constexpr bool kIsSeconds = std::is_same_v<Member, std::optional<Seconds> Record::*>;

std::string csv_line(const Record& record) {
  static const Record kDefault;
  std::string line;
  for_each_field([&](const char* name, auto member, Presence presence) {
    const bool required = presence == Presence::kAlways || (presence == Presence::kMeasured && record.measured());
    const bool whole = std::string_view(name) == "chunk" && record.chunk == 0;  // null in JSON
    if (!line.empty()) line += ',';
    if (!whole && (required || record.*member != kDefault.*member)) {
      line += csv_of(record.*member);
    } else if (kIsSeconds<decltype(member)>) {
      line += ",,";
    }
  });
  return line + "\r\n";
}

std::string csv(std::span<const Record> records) {
  std::string out;
  for_each_field([&](const char* name, auto member, Presence) {
    if (!out.empty()) out += ',';
    out += kIsSeconds<decltype(member)> ? fmt::format("{}.median,{}.least,{}.most", name, name, name) : name;
  });
  out += "\r\n";
  for (const Record& record : records) out += csv_line(record);
  return out;
}

/// What the JSON of `records` says: above all, texts are valid UTF-8.
std::vector<Record> clean(std::span<const Record> records) {
  std::vector<Record> out;
  for (const Record& record : records) out.push_back(parse_record(to_json(record)));
  return out;
}

}  // namespace

ReportFormat parse_report_format(std::string_view name) {
  if (name == "jsonl") return ReportFormat::kJsonLines;
  if (name == "csv") return ReportFormat::kCsv;
  if (name == "md") return ReportFormat::kMarkdown;
  if (name == "html") return ReportFormat::kHtml;
  throw Error(ErrorKind::kUsage, fmt::format("'{}' is no format of reports; there are jsonl, csv, md and html", name));
}

std::string render(std::span<const Record> records, std::string_view manifest, ReportFormat format) {
  switch (format) {
    case ReportFormat::kJsonLines: {
      std::string out;
      for (const Record& record : records) out += to_json(record) + "\n";
      return out;
    }
    case ReportFormat::kCsv:
      return csv(clean(records));
    case ReportFormat::kMarkdown:
      return render_markdown(document_of(clean(records)), manifest);
    case ReportFormat::kHtml:
      break;
  }
  return render_html(document_of(clean(records)), manifest);
}

std::vector<Picture> pictures(std::span<const Record> records) {
  std::vector<Picture> out;
  for (const ReportSection& section : document_of(clean(records)).sections) {
    for (const Figure& figure : section.figures) out.push_back({figure.name, standalone(figure.svg)});
  }
  return out;
}

}  // namespace lmzip::bench
