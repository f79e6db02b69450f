// SPDX-License-Identifier: Apache-2.0
// Records as tables and plots for people.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/record.h"

namespace lmzip::bench {

enum class ReportFormat : uint8_t { kJsonLines, kCsv, kMarkdown, kHtml };

/// "jsonl", "csv", "md" or "html". Errors: kUsage.
ReportFormat parse_report_format(std::string_view name);

/// `records` in their order (figures and tables sort them as they need). `manifest` is the JSON text of manifest.h, or
/// empty; the HTML report shows it, Markdown names its essentials.
///
/// CSV: a header line, then one line for each record with all fields (RFC 4180). Markdown and HTML: one section for
/// each table that occurs, with the rules used as footnotes, n/a with its reason, errors, the paper's numbers beside
/// ours. HTML is one file that needs no network and no script, with plots as SVG.
std::string render(std::span<const Record> records, std::string_view manifest, ReportFormat format);

/// The plots of the HTML report as SVG files of their own.
struct Picture {
  std::string name;  ///< fit for a file, without extension: "context-1"
  std::string svg;
};
std::vector<Picture> pictures(std::span<const Record> records);

}  // namespace lmzip::bench
