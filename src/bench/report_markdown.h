// SPDX-License-Identifier: Apache-2.0
// A report as text for GitHub and the like.
#pragma once

#include <string>
#include <string_view>

#include "bench/report_document.h"

namespace lmzip::bench {

/// Tables in GitHub's manner; figures are left out. Every text is escaped. Of the manifest (JSON, or empty) the plain
/// fields of each run are listed.
std::string render_markdown(const ReportDocument& document, std::string_view manifest);

/// `text` such that Markdown shows it as it is, also in a cell of a table: on one line.
std::string escape_markdown(std::string_view text);

}  // namespace lmzip::bench
