// SPDX-License-Identifier: Apache-2.0
#include "bench/report_markdown.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace lmzip::bench {
namespace {

std::string shown(const Entry& entry) {
  const std::string_view strong = entry.kind == EntryKind::kBest || entry.kind == EntryKind::kFailed ? "**" : "";
  std::string text = fmt::format("{}{}{}", strong, escape_markdown(entry.text), strong);
  if (!entry.spread.empty()) text += fmt::format(" {}", escape_markdown(entry.spread));
  if (entry.note != 0) text += fmt::format(" \\[{}\\]", entry.note);
  return text;
}

/// GitHub's tables have one line of heads: a group's name goes before each of its heads.
std::vector<std::string> flat_heads(const ReportTable& table) {
  std::vector<std::string> heads = table.heads;
  size_t column = 0;
  for (const ReportTable::Head& group : table.groups) {
    for (size_t i = 0; i < group.columns && column < heads.size(); ++i, ++column) {
      if (!group.text.empty()) heads[column] = fmt::format("{}: {}", group.text, heads[column]);
    }
  }
  return heads;
}

std::string rendered(const ReportTable& table) {
  std::string out = fmt::format("**{}**\n\n|", escape_markdown(table.caption));
  for (const std::string& head : flat_heads(table)) out += fmt::format(" {} |", escape_markdown(head));
  out += "\n|";
  for (size_t i = 0; i < table.heads.size(); ++i) out += i < table.labels ? " --- |" : " ---: |";
  std::string group;
  for (const ReportTable::Row& row : table.rows) {
    if (row.group != group) {
      out += fmt::format("\n| **{}** |", escape_markdown(row.group));
      for (size_t i = 1; i < table.heads.size(); ++i) out += " |";
      group = row.group;
    }
    out += "\n|";
    for (const Entry& entry : row.entries) out += fmt::format(" {} |", shown(entry));
  }
  out += "\n\n";
  for (size_t i = 0; i < table.notes.size(); ++i) {
    out += fmt::format("\\[{}\\] {}  \n", i + 1, escape_markdown(table.notes[i]));
  }
  return out + (table.notes.empty() ? "" : "\n");
}

/// The fields of one run that are no lists, and of its codecs and corpora nothing: the sections say what they are.
std::string essentials(std::string_view manifest) {
  const auto json = nlohmann::ordered_json::parse(manifest, nullptr, false);
  if (!json.is_object()) return "";
  const auto runs = json.find("runs");
  std::string out;
  for (const auto& run : runs != json.end() && runs->is_array() ? *runs : nlohmann::ordered_json::array({json})) {
    if (!run.is_object()) continue;
    out += "-";
    for (const auto& [name, value] : run.items()) {
      if (value.is_structured() || value.is_null()) continue;
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      if (!text.empty()) out += fmt::format(" {}: {};", escape_markdown(name), escape_markdown(text));
    }
    out.back() = '\n';
  }
  return out;
}

}  // namespace

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    if (byte == '&' || byte == '<') {
      out += byte == '&' ? "&amp;" : "&lt;";
    } else if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) {
      out += ' ';
    } else {
      if (std::string_view("\\`*_[]>|~#").find(byte) != std::string_view::npos) out += '\\';
      out += byte;
    }
  }
  return out;
}

std::string render_markdown(const ReportDocument& document, std::string_view manifest) {
  std::string out = "# lmzip bench\n\n";
  for (const std::string& paragraph : document.summary) out += escape_markdown(paragraph) + "\n\n";
  for (const ReportSection& section : document.sections) {
    out += fmt::format("## {}\n\n", escape_markdown(section.title));
    for (const std::string& remark : section.remarks) out += escape_markdown(remark) + "\n\n";
    for (const ReportTable& table : section.tables) out += rendered(table);
  }
  if (!document.rules.empty()) out += "## Rules\n\n";
  for (const ReportDocument::Rule& rule : document.rules) {
    out += fmt::format("- **{}**: {}\n", escape_markdown(rule.name), escape_markdown(rule.text));
  }
  const std::string runs = essentials(manifest);
  return runs.empty() ? out : out + "\n## Runs\n\n" + runs;
}

}  // namespace lmzip::bench
