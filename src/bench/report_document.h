// SPDX-License-Identifier: Apache-2.0
// A report before it has a format: sections of tables and figures. Texts are plain; who renders them escapes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/record.h"

namespace lmzip::bench {

enum class EntryKind : uint8_t {
  kText,
  kNumber,
  kPaper,   ///< a number of the paper's
  kBest,    ///< a number to point out
  kAbsent,  ///< n/a
  kFailed,
};

/// What stands where a row and a column of a table meet.
struct Entry {
  std::string text = {};
  EntryKind kind = EntryKind::kNumber;
  std::string detail = {};  ///< more digits and the like, for those who ask
  std::string spread = {};  ///< follows in small print
  size_t note = 0;          ///< number of a note below the table; 0: none
};

struct ReportTable {
  std::string caption = {};
  struct Head {
    std::string text = {};
    size_t columns = 1;
  };
  std::vector<Head> groups = {};        ///< above the heads, adding up to as many columns; or none
  std::vector<std::string> heads = {};  ///< of the columns
  size_t labels = 1;                    ///< so many columns from the left are texts that name the row
  struct Row {
    std::vector<Entry> entries = {};  ///< one for each head
    std::string group = {};           ///< its name stands above the first of the rows that follow each other in it
  };
  std::vector<Row> rows = {};
  std::vector<std::string> notes = {};  ///< from 1 on
};

struct Figure {
  std::string name = {};     ///< for a file: "scaling-1"
  std::string svg = {};      ///< made by svg() of plot.h
  std::string caption = {};  ///< a sentence or two
};

struct ReportSection {
  std::string id = {}, title = {};
  std::vector<std::string> remarks = {};  ///< paragraphs
  std::vector<ReportTable> tables = {};
  std::vector<Figure> figures = {};
};

struct ReportDocument {
  std::vector<std::string> summary = {};  ///< paragraphs
  std::vector<ReportSection> sections = {};
  struct Rule {
    std::string name = {}, text = {};
  };
  std::vector<Rule> rules = {};  ///< that the records used
};

ReportDocument document_of(std::span<const Record> records);

// The parts: each gets the records of its table, at least one.
ReportSection table1_section(const std::vector<Record>& records);
ReportSection scaling_section(const std::vector<Record>& records);
ReportSection context_section(const std::vector<Record>& records);
ReportSection tokenization_section(const std::vector<Record>& records);
ReportSection speed_section(const std::vector<Record>& records);
std::vector<ReportDocument::Rule> rules_of(std::span<const Record> records);

// Words and numbers that the parts share.

/// 0.4812 -> "48.1".
std::string percent(double rate, int digits = 1);
/// 4096000 -> "4,096,000".
std::string grouped(uint64_t number);
/// 4096000 -> "4.1 MB".
std::string size_text(double bytes);
/// Whole-corpus and chunk sizes in words.
std::string chunk_text(uint64_t chunk);
/// 0.0123 -> "0.012", 123.4 -> "123".
std::string seconds_text(double seconds);
/// "gzip:9, headers once": what names a line of a plot.
std::string label_of(const Record& record);
/// "ok", "not checked", ...
std::string round_trip(const Record& record);
/// The corpora of `records` in the order in which they first occur, without repetition.
std::vector<std::string> corpora_of(std::span<const Record> records);
/// The records for `corpus`.
std::vector<Record> of_corpus(std::span<const Record> records, const std::string& corpus);
/// "enwik9: 4,096,000 bytes in 2,000 chunks, SHA-256 ...": what the numbers are about; one for each set of bytes.
std::vector<std::string> data_remarks(std::span<const Record> records);

/// A text that names a row.
Entry label(std::string text);
/// `text`, which is about `record`; or n/a or its failure, with a note in `table` that says why.
Entry result(const Record& record, std::string text, ReportTable& table);
/// result() of `rate`, one of the record's, in %.
Entry rate_entry(const Record& record, double rate, ReportTable& table);

}  // namespace lmzip::bench
