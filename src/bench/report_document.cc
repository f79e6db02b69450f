// SPDX-License-Identifier: Apache-2.0
#include "bench/report_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/plot.h"

namespace lmzip::bench {
namespace {

/// The number of the note `text` below `table`; equal notes are one.
size_t note(ReportTable& table, const std::string& text) {
  const auto found = std::ranges::find(table.notes, text);
  const auto index = static_cast<size_t>(found - table.notes.begin());
  if (found == table.notes.end()) table.notes.push_back(text);
  return index + 1;
}

std::string joined(const std::set<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }

std::vector<std::string> summary_of(std::span<const Record> records) {
  size_t measured = 0, verified = 0, absent = 0, failed = 0;
  std::set<std::string> versions, isas;
  for (const Record& record : records) {
    measured += record.measured() ? 1 : 0;
    verified += record.measured() && record.verified ? 1 : 0;
    failed += record.failed() ? 1 : 0;
    absent += !record.failed() && !record.absent.empty() ? 1 : 0;
    if (!record.version.empty()) versions.insert(record.version);
    if (!record.isa.empty()) isas.insert(record.isa);
  }
  std::vector<std::string> summary;
  if (!versions.empty()) {
    summary.push_back(fmt::format("lmzip {}{}.", joined(versions), isas.empty() ? "" : ", kernels: " + joined(isas)));
  }
  if (versions.size() > 1) summary.push_back("These are results of several versions: they may not be comparable.");
  summary.push_back(fmt::format(
      "{} results: {} measured, of which {} came back in a verified round trip; {} not available; {} failed.",
      records.size(), measured, verified, absent, failed));
  summary.push_back("Rates are compressed size over raw size in %; lower is better.");
  return summary;
}

}  // namespace

ReportDocument document_of(std::span<const Record> records) {
  struct Part {
    std::string_view table;
    ReportSection (*section)(const std::vector<Record>& records);
  };
  constexpr Part kParts[] = {{kTable1, table1_section},
                             {kScaling, scaling_section},
                             {kContext, context_section},
                             {kTokenization, tokenization_section},
                             {kSpeed, speed_section}};
  ReportDocument document;
  document.summary = summary_of(records);
  for (const Part& part : kParts) {
    std::vector<Record> own;
    std::ranges::copy_if(records, std::back_inserter(own),
                         [&](const Record& record) { return record.table == part.table; });
    if (!own.empty()) document.sections.push_back(part.section(own));
  }
  document.rules = rules_of(records);
  return document;
}

std::string percent(double rate, int digits) { return fmt::format("{:.{}f}", 100 * rate, digits); }

std::string grouped(uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string size_text(double bytes) {
  const std::string number = short_number(bytes);
  const size_t digits = number.find_last_of("0123456789") + 1;
  return fmt::format("{} {}B", number.substr(0, digits), number.substr(digits));
}

std::string chunk_text(uint64_t chunk) {
  return chunk == 0 ? "Whole corpus (∞)" : fmt::format("Chunks of {} bytes", grouped(chunk));
}

std::string seconds_text(double seconds) {
  if (seconds == 0) return "–";
  return seconds < 10 ? fmt::format("{:.2g}", seconds) : fmt::format("{:.0f}", seconds);
}

std::string label_of(const Record& record) {
  std::string text = record.codec;
  if (record.symbols != kNative) text += ", " + record.symbols;
  if (record.header_rule != kNoHeader) text += ", headers " + record.header_rule;
  return text;
}

std::string round_trip(const Record& record) {
  if (record.failed()) return "FAILED";
  if (!record.absent.empty()) return "n/a";
  if (!record.verified) return "not checked";
  return record.symbols == kScaled ? "ok, 7 of 8 bits" : "ok";
}

std::vector<std::string> corpora_of(std::span<const Record> records) {
  std::vector<std::string> corpora;
  for (const Record& record : records) {
    if (std::ranges::find(corpora, record.corpus) == corpora.end()) corpora.push_back(record.corpus);
  }
  return corpora;
}

std::vector<Record> of_corpus(std::span<const Record> records, const std::string& corpus) {
  std::vector<Record> own;
  std::ranges::copy_if(records, std::back_inserter(own), [&](const Record& record) { return record.corpus == corpus; });
  return own;
}

std::vector<std::string> data_remarks(std::span<const Record> records) {
  struct Data {
    uint64_t bytes = 0, chunks = 0, size = 0;
    std::set<std::string> seeds;
  };
  // Cells of one set of bytes may use parts of it (prefixes): the largest tells most.
  std::map<std::pair<std::string, std::string>, Data> sets;
  for (const Record& record : records) {
    if (!record.measured()) continue;
    Data& data = sets[{record.corpus, record.corpus_digest}];
    if (std::pair(record.raw_bytes, record.chunks) > std::pair(data.bytes, data.chunks)) {
      data.bytes = record.raw_bytes;
      data.chunks = record.chunks;
      data.size = record.chunk;
    }
    if (record.seed) data.seeds.insert(fmt::format("{}", *record.seed));
  }
  std::vector<std::string> remarks;
  for (const std::string& corpus : corpora_of(records)) {
    for (const auto& [key, data] : sets) {
      if (key.first != corpus) continue;
      std::string text = fmt::format("{}: {} bytes", corpus, grouped(data.bytes));
      if (data.size != 0) text += fmt::format(" in {} chunks of {}", grouped(data.chunks), grouped(data.size));
      if (!data.seeds.empty()) text += ", seed " + joined(data.seeds);
      if (!key.second.empty()) text += fmt::format(", SHA-256 {}", key.second.substr(0, 16));
      remarks.push_back("Data: " + text + ".");
    }
  }
  return remarks;
}

Entry label(std::string text) { return {.text = std::move(text), .kind = EntryKind::kText}; }

Entry result(const Record& record, std::string text, ReportTable& table) {
  if (record.failed()) {
    return {.text = "failed", .kind = EntryKind::kFailed, .detail = record.error, .note = note(table, record.error)};
  }
  if (!record.absent.empty()) {
    return {.text = "n/a", .kind = EntryKind::kAbsent, .detail = record.absent, .note = note(table, record.absent)};
  }
  return {.text = std::move(text)};
}

Entry rate_entry(const Record& record, double rate, ReportTable& table) {
  Entry entry = result(record, percent(rate), table);
  if (!record.measured()) return entry;
  entry.detail =
      fmt::format("{} %; {} of {} bytes", percent(rate, 2), grouped(record.packed_bytes), grouped(record.raw_bytes));
  if (record.chunks > 1) entry.detail += fmt::format(" in {} chunks", grouped(record.chunks));
  if (record.rate_deviation) entry.detail += fmt::format(", which deviate by {}", percent(*record.rate_deviation, 2));
  entry.detail += fmt::format("; encoding {} s, decoding {} s; round trip: {}", seconds_text(record.encode_seconds),
                              seconds_text(record.decode_seconds), round_trip(record));
  return entry;
}

}  // namespace lmzip::bench
