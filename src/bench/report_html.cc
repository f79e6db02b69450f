// SPDX-License-Identifier: Apache-2.0
#include "bench/report_html.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/html.h"
#include "bench/plot.h"

namespace lmzip::bench {
namespace {

using base::escape_markup;

// Wide tables scroll inside their frame, so that their heads and first columns can stay in sight.
constexpr std::string_view kStyle = R"(.notes{color:var(--soft);font-size:.87rem}
.frame{overflow:auto;max-height:88vh;margin:.4rem 0 .8rem;border:1px solid var(--rule);border-radius:6px}
table{border-collapse:separate;border-spacing:0;font-size:.84rem;font-variant-numeric:tabular-nums;min-width:100%}
.caption{font-weight:600;color:var(--text);margin:1.4rem 0 0}
th,td{padding:.28rem .45rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
tbody tr:last-child>*{border-bottom:0}
thead{position:sticky;top:0;z-index:2}thead th{background:var(--raised);font-weight:600;vertical-align:bottom;white-space:normal}
thead th.label{white-space:nowrap}
thead .over{text-align:center;border-left:1px solid var(--rule)}
.first{border-left:1px solid var(--rule)}
th.label,td.label{text-align:left;font-weight:400}thead th.label{font-weight:600}
tbody th.name{position:sticky;left:0;z-index:1;background:var(--back);font-weight:500;max-width:15rem;overflow:hidden;
text-overflow:ellipsis}
tbody tr:hover>*{background:var(--raised)}
tr.group th{text-align:left;background:var(--raised);font-weight:600}tr.group span{position:sticky;left:.6rem}
.paper{color:var(--soft);font-style:italic}.best{font-weight:700;color:var(--accent)}
.absent{color:var(--soft)}.failed{color:var(--bad);font-weight:600}
.spread{color:var(--soft);font-size:.82em;margin-left:.3em}sup{line-height:0;margin-left:.1em}
.notes{margin:.2rem 0 1rem;padding-left:1.6rem;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,38rem),1fr));gap:1.2rem 2.5rem;margin:1.2rem 0}
figure{max-width:56rem}svg{display:block;width:100%;height:auto}
dt{font-weight:600;margin-top:.7rem}dd{margin:0;max-width:60rem}
pre{overflow:auto;max-height:70vh;padding:1rem;background:var(--raised);border-radius:6px;font-size:.78rem}
@media print{@page{size:A4 landscape;margin:12mm}
.frame,pre{overflow:visible;max-height:none;border:0}table{font-size:7.2pt}th,td{padding:1.2pt 3pt}thead{display:table-header-group;
position:static}tbody th.name{position:static}.caption{break-after:avoid}tr{break-inside:avoid}pre{white-space:pre-wrap}}
)";

std::string_view class_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::kText:
      return "label";
    case EntryKind::kPaper:
      return "paper";
    case EntryKind::kBest:
      return "best";
    case EntryKind::kAbsent:
      return "absent";
    case EntryKind::kFailed:
      return "failed";
    case EntryKind::kNumber:
      break;
  }
  return "";
}

/// Where the columns of each group begin, which get a line before them.
std::vector<bool> begins(const ReportTable& table) {
  std::vector<bool> first(table.heads.size());
  size_t column = 0;
  for (const ReportTable::Head& group : table.groups) {
    if (column > 0 && column < first.size()) first[column] = true;
    column += group.columns;
  }
  return first;
}

/// Numbers stand to the right, and their heads with them.
bool has_texts(const ReportTable& table, size_t column) {
  return column < table.labels || (!table.rows.empty() && table.rows.front().entries[column].kind == EntryKind::kText);
}

std::string heads(const ReportTable& table) {
  std::string out = "<thead>\n";
  if (!table.groups.empty()) {
    out += "<tr>";
    for (const ReportTable::Head& group : table.groups) {
      out += fmt::format("<th colspan=\"{}\" class=\"{}\">{}</th>", group.columns, group.text.empty() ? "" : "over",
                         escape_markup(group.text));
    }
    out += "</tr>\n";
  }
  out += "<tr>";
  const std::vector<bool> first = begins(table);
  for (size_t i = 0; i < table.heads.size(); ++i) {
    out += fmt::format("<th scope=\"col\" class=\"{}{}\">{}</th>", has_texts(table, i) ? "label" : "",
                       first[i] ? " first" : "", escape_markup(table.heads[i]));
  }
  return out + "</tr>\n</thead>\n";
}

std::string rendered(const ReportTable& table, const std::string& id) {
  std::string out = fmt::format(
      "<p class=\"caption\" id=\"{}\">{}</p>\n<div class=\"frame\" tabindex=\"0\" role=\"region\" "
      "aria-labelledby=\"{}\">\n<table>\n{}<tbody>\n",
      id, escape_markup(table.caption), id, heads(table));
  const std::vector<bool> first = begins(table);
  std::string group;
  for (const ReportTable::Row& row : table.rows) {
    if (row.group != group) {
      out += fmt::format("<tr class=\"group\"><th colspan=\"{}\"><span>{}</span></th></tr>\n", table.heads.size(),
                         escape_markup(row.group));
      group = row.group;
    }
    out += "<tr>";
    for (size_t i = 0; i < row.entries.size(); ++i) {
      const Entry& entry = row.entries[i];
      const std::string_view tag = i == 0 ? "th" : "td";
      const std::string detail = i == 0 ? entry.text : entry.detail;
      out += fmt::format("<{}{} class=\"{}{}{}\"{}>{}", tag, i == 0 ? " scope=\"row\"" : "", i == 0 ? "name " : "",
                         class_of(entry.kind), first[i] ? " first" : "",
                         detail.empty() ? "" : fmt::format(" title=\"{}\"", escape_markup(detail)),
                         escape_markup(entry.text));
      if (!entry.spread.empty()) out += fmt::format("<span class=\"spread\">{}</span>", escape_markup(entry.spread));
      if (entry.note != 0) out += fmt::format("<sup><a href=\"#{}-note{}\">{}</a></sup>", id, entry.note, entry.note);
      out += fmt::format("</{}>", tag);
    }
    out += "</tr>\n";
  }
  out += "</tbody>\n</table>\n</div>\n";
  if (table.notes.empty()) return out;
  out += "<ol class=\"notes\">\n";
  for (size_t i = 0; i < table.notes.size(); ++i) {
    out += fmt::format("<li id=\"{}-note{}\">{}</li>\n", id, i + 1, escape_markup(table.notes[i]));
  }
  return out + "</ol>\n";
}

std::string rendered(const ReportSection& section) {
  std::string out = fmt::format("<section>\n<h2 id=\"{}\">{}</h2>\n", section.id, escape_markup(section.title));
  for (const std::string& remark : section.remarks)
    out += fmt::format("<p class=\"remark\">{}</p>\n", escape_markup(remark));
  if (!section.figures.empty()) out += "<div class=\"figures\">\n";
  for (const Figure& figure : section.figures) {
    out +=
        fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", figure.svg, escape_markup(figure.caption));
  }
  if (!section.figures.empty()) out += "</div>\n";
  for (size_t i = 0; i < section.tables.size(); ++i) {
    out += rendered(section.tables[i], fmt::format("{}-table{}", section.id, i + 1));
  }
  return out + "</section>\n";
}

std::string indented(std::string_view manifest) {
  const auto json = nlohmann::ordered_json::parse(manifest, nullptr, false);
  if (json.is_discarded()) return std::string(manifest);
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string render_html(const ReportDocument& document, std::string_view manifest) {
  std::string out = base::open_page("lmzip bench", fmt::format("{}{}", kStyle, plot_style()));
  out += "<header>\n<h1>lmzip bench</h1>\n";
  for (const std::string& paragraph : document.summary)
    out += fmt::format("<p class=\"lead\">{}</p>\n", escape_markup(paragraph));
  out += "<nav>";
  for (const ReportSection& section : document.sections) {
    out += fmt::format("<a href=\"#{}\">{}</a> ", section.id, escape_markup(section.title));
  }
  out += fmt::format("<a href=\"#rules\">Rules</a> {}</nav>\n</header>\n<main>\n",
                     manifest.empty() ? "" : "<a href=\"#manifest\">Manifest</a>");
  for (const ReportSection& section : document.sections) out += rendered(section);
  out += "<section>\n<h2 id=\"rules\">Rules</h2>\n<dl>\n";
  for (const ReportDocument::Rule& rule : document.rules) {
    out += fmt::format("<dt>{}</dt>\n<dd>{}</dd>\n", escape_markup(rule.name), escape_markup(rule.text));
  }
  out += "</dl>\n</section>\n";
  if (!manifest.empty()) {
    out += fmt::format(
        "<section>\n<h2 id=\"manifest\">Manifest</h2>\n<details>\n<summary>Program, machine, data, models and "
        "command line of every run</summary>\n<pre>{}</pre>\n</details>\n</section>\n",
        escape_markup(indented(manifest)));
  }
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace lmzip::bench
