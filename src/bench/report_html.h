// SPDX-License-Identifier: Apache-2.0
// A report as one HTML file.
#pragma once

#include <string>
#include <string_view>

#include "bench/report_document.h"

namespace lmzip::bench {

/// Well-formed also as XML, without script and without anything to load; for screens (light and dark) and paper. Every
/// text is escaped. The manifest (JSON, or empty) stands at the end.
std::string render_html(const ReportDocument& document, std::string_view manifest);

}  // namespace lmzip::bench
