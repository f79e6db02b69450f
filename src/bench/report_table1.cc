// SPDX-License-Identifier: Apache-2.0
// The paper's Table 1, with the paper's numbers beside ours.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "bench/paper.h"
#include "bench/report_document.h"

namespace lmzip::bench {
namespace {

/// One corpus of the table, and what the paper has that is like it.
struct Column {
  std::string corpus;
  std::string kind;
  std::optional<size_t> paper;

  /// What stands over the paper's figures.
  std::string head() const {
    return kPaperCorpora[*paper] == corpus ? "paper" : fmt::format("paper: {}", kPaperCorpora[*paper]);
  }
};

std::vector<Column> columns_of(const std::vector<Record>& records) {
  std::vector<Column> columns;
  for (const std::string& corpus : corpora_of(records)) {
    const Record& one = *std::ranges::find(records, corpus, &Record::corpus);
    columns.push_back({corpus, one.kind, paper_column(corpus, one.kind)});
  }
  return columns;
}

/// The paper's figures where `named` is, but in this column: it has some also where we have none.
std::optional<PaperRates> paper_rates(Record named, const Column& column) {
  named.corpus = column.corpus;
  named.kind = column.kind;
  return bench::paper_rates(named);
}

/// The records that differ only in the corpus; one for each corpus, or none.
struct Line {
  const Record* first;
  std::vector<const Record*> cells;
};

/// Two records for one place (of different seeds, say) become two lines: nothing is dropped.
std::vector<Line> lines_of(const std::vector<Record>& records, const std::vector<Column>& columns) {
  std::vector<Line> lines;
  std::vector<std::string> codecs;
  for (const Record& record : records) {
    const auto column =
        static_cast<size_t>(std::ranges::find(columns, record.corpus, &Column::corpus) - columns.begin());
    const auto fits = [&](const Line& line) {
      return line.cells[column] == nullptr && line.first->chunk == record.chunk && line.first->codec == record.codec &&
             line.first->symbols == record.symbols && line.first->header_rule == record.header_rule;
    };
    auto line = std::ranges::find_if(lines, fits);
    if (line == lines.end()) line = lines.insert(line, {&record, std::vector<const Record*>(columns.size())});
    line->cells[column] = &record;
    if (std::ranges::find(codecs, record.codec) == codecs.end()) codecs.push_back(record.codec);
  }
  const auto rank = [&](const Line& line) {
    return std::tuple(line.first->chunk, std::ranges::find(codecs, line.first->codec), line.first->symbols,
                      line.first->header_rule != kHeaderOnce);
  };
  std::ranges::stable_sort(lines, {}, rank);
  return lines;
}

/// What most cells of a line say, and which say something else.
std::string round_trips(const Line& line) {
  std::vector<std::pair<std::string, std::string>> said;  // by corpus
  for (const Record* cell : line.cells) {
    if (cell != nullptr && (cell->failed() || cell->measured())) said.emplace_back(cell->corpus, round_trip(*cell));
  }
  if (said.empty()) return "n/a";
  const auto count = [&](const auto& one) {
    return std::ranges::count(said, one.second, [](const auto& s) { return s.second; });
  };
  std::string text = std::ranges::max_element(said, {}, count)->second;
  const std::string most = text;
  for (const auto& [corpus, one] : said) {
    if (one != most) text += fmt::format("; {} {}", corpus, one);
  }
  return text;
}

Entry total_seconds(const Line& line, double Record::*seconds) {
  double sum = 0;
  for (const Record* cell : line.cells) sum += cell != nullptr && cell->measured() ? cell->*seconds : 0;
  return {.text = seconds_text(sum)};
}

Entry of_paper(double rate) { return {.text = percent(rate), .kind = EntryKind::kPaper}; }
Entry nothing() { return {.text = ""}; }

void add_paper_models(const std::vector<Column>& columns, ReportTable& table) {
  if (std::ranges::none_of(columns, [](const Column& column) { return column.paper.has_value(); })) return;
  for (const PaperRow& model : paper_models()) {
    ReportTable::Row row{{label(std::string(model.name)), label("paper only"), label("–")},
                         "Published only: chunks of 2,048 bytes"};
    for (const Column& column : columns) {
      if (!column.paper) {
        row.entries.insert(row.entries.end(), 2, nothing());
        continue;
      }
      row.entries.insert(row.entries.end(), {nothing(), of_paper(model.raw[*column.paper]), nothing(),
                                             of_paper(model.adjusted[*column.paper])});
    }
    row.entries.resize(table.heads.size(), nothing());
    table.rows.push_back(std::move(row));
  }
}

ReportTable rates(const std::vector<Line>& lines, const std::vector<Column>& columns) {
  ReportTable table{.caption = "Raw and adjusted rates, %; the paper's beside them", .labels = 3};
  table.groups = {{"", 3}};
  table.heads = {"codec", "symbols", "headers"};
  for (const Column& column : columns) {
    table.groups.push_back({column.corpus, column.paper ? 4U : 2U});
    for (const char* head : {"raw", "adj."}) {
      table.heads.push_back(head);
      if (column.paper) table.heads.push_back(column.head());
    }
  }
  table.groups.push_back({"all corpora", 3});
  table.heads.insert(table.heads.end(), {"round trip", "encoding, s", "decoding, s"});

  for (const Line& line : lines) {
    const Record& named = *line.first;
    ReportTable::Row row{
        {label(named.codec), label(named.symbols), label(named.header_rule == kNoHeader ? "–" : named.header_rule)}};
    row.group = chunk_text(named.chunk);
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::optional<PaperRates> paper = paper_rates(named, columns[i]);
      const Record* cell = line.cells[i];
      const auto add = [&](double Record::*rate, double PaperRates::*published) {
        row.entries.push_back(cell != nullptr ? rate_entry(*cell, cell->*rate, table) : nothing());
        if (columns[i].paper) row.entries.push_back(paper ? of_paper((*paper).*published) : nothing());
      };
      add(&Record::raw_rate, &PaperRates::raw);
      add(&Record::adjusted_rate, &PaperRates::adjusted);
    }
    row.entries.push_back({.text = round_trips(line), .kind = EntryKind::kText});
    row.entries.push_back(total_seconds(line, &Record::encode_seconds));
    row.entries.push_back(total_seconds(line, &Record::decode_seconds));
    table.rows.push_back(std::move(row));
  }
  add_paper_models(columns, table);
  return table;
}

/// What the weights cost, by how they are counted.
ReportTable adjustments(const std::vector<Line>& lines, const std::vector<Column>& columns) {
  ReportTable table{.caption = "Adjusted rates of trained models, %, by what is counted and by how many bytes share it",
                    .labels = 3};
  table.groups = {{"", 3}, {"weights", 2}};
  table.heads = {"codec", "symbols", "chunk", "parameters", "file, bytes"};
  for (const Column& column : columns) {
    table.groups.push_back({column.corpus, column.paper ? 5U : 4U});
    table.heads.insert(table.heads.end(), {"adj., 2 B/par.", "adj., file", "1 GB, 2 B/par.", "1 GB, file"});
    if (column.paper) table.heads.push_back(column.head());
  }
  for (const Line& line : lines) {
    const auto trained = [](const Record* cell) { return cell != nullptr && cell->parameters > 0; };
    const auto known = std::ranges::find_if(line.cells, trained);
    if (known == line.cells.end()) continue;
    const Record& named = **known;
    ReportTable::Row row{{label(named.codec),
                          label(named.symbols),
                          label(named.chunk == 0 ? "∞" : grouped(named.chunk)),
                          {.text = grouped(named.parameters)},
                          {.text = named.model_file_bytes == 0 ? "" : grouped(named.model_file_bytes)}}};
    for (size_t i = 0; i < columns.size(); ++i) {
      const Record* cell = line.cells[i];
      const auto add = [&](double rate) {
        row.entries.push_back(cell != nullptr ? rate_entry(*cell, rate, table) : nothing());
      };
      const double raw = cell != nullptr ? cell->raw_rate : 0;
      add(cell != nullptr ? cell->adjusted_rate : 0);
      add(cell != nullptr ? cell->adjusted_rate_file : 0);
      add(raw + static_cast<double>(named.model_bytes) / kPaperBytes);
      add(raw + static_cast<double>(named.model_file_bytes) / kPaperBytes);
      if (!columns[i].paper) continue;
      const std::optional<PaperRates> paper = paper_rates(named, columns[i]);
      row.entries.push_back(paper ? of_paper(paper->adjusted) : nothing());
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// What pretrained checkpoints make of each token.
ReportTable tokens(const std::vector<Line>& lines, const std::vector<Column>& columns) {
  ReportTable table{.caption = "Pretrained checkpoints: bits, tokens, and what had none or was not expected",
                    .labels = 3};
  table.groups = {{"", 3}};
  table.heads = {"codec", "symbols", "chunk"};
  for (const Column& column : columns) {
    table.groups.push_back({column.corpus, 6});
    table.heads.insert(table.heads.end(),
                       {"bits/byte", "tokens", "bits/token", "bytes/token", "escapes", "outside the top"});
  }
  for (const Line& line : lines) {
    if (std::ranges::none_of(line.cells, [](const Record* cell) { return cell != nullptr && cell->tokens > 0; })) {
      continue;
    }
    const Record& named = *line.first;
    ReportTable::Row row{
        {label(named.codec), label(named.symbols), label(named.chunk == 0 ? "∞" : grouped(named.chunk))}};
    for (const Record* cell : line.cells) {
      const auto add = [&](const std::string& text) {
        row.entries.push_back(cell != nullptr ? result(*cell, text, table) : nothing());
      };
      const Record& one = cell != nullptr ? *cell : named;
      const double missed = static_cast<double>(one.misses) / static_cast<double>(std::max<uint64_t>(1, one.tokens));
      add(fmt::format("{:.3f}", 8 * one.raw_rate));
      add(grouped(one.tokens));
      add(fmt::format("{:.3f}", one.bits_per_token));
      add(fmt::format("{:.2f}", one.bytes_per_token));
      add(grouped(one.escapes));
      add(one.top == 0 ? "–" : fmt::format("{} ({} %)", grouped(one.misses), percent(missed)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

ReportSection table1_section(const std::vector<Record>& records) {
  const std::vector<Column> columns = columns_of(records);
  const std::vector<Line> lines = lines_of(records, columns);
  ReportSection section{.id = "table1", .title = "Table 1: rates of compressors"};
  section.remarks = data_remarks(records);
  section.tables.push_back(rates(lines, columns));
  ReportTable adjusted = adjustments(lines, columns);
  if (!adjusted.rows.empty()) {
    section.remarks.push_back(
        "Adjusted rates in the first table are over the bytes measured here; the paper's are over 1 GB. The second "
        "table has ours over as much.");
    section.tables.push_back(std::move(adjusted));
  }
  if (ReportTable counted = tokens(lines, columns); !counted.rows.empty()) {
    section.tables.push_back(std::move(counted));
  }
  return section;
}

}  // namespace lmzip::bench
