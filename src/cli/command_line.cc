// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUsage, text); }

}  // namespace

ParsedLine parse_line(CLI::App& app, const std::vector<std::string>& arguments) {
  app.allow_extras();
  app.set_help_flag("-h,--help", "Show this")->group("Reporting");
  // File names do not go through CLI11: it would take "[a,b]" for a list.
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  std::vector<std::string> reversed(std::make_reverse_iterator(separator), arguments.rend());
  ParsedLine line;
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    line.help = app.help();
    return line;
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  }
  for (const std::string& argument : app.remaining()) {
    if (argument.size() > 1 && argument[0] == '-') refuse(fmt::format("unknown option '{}'", argument));
    line.files.push_back(argument);
  }
  if (separator != arguments.end()) line.files.insert(line.files.end(), separator + 1, arguments.end());
  return line;
}

std::vector<std::string> items_of(std::string_view option, std::string_view text) {
  std::vector<std::string> items;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    if (end == start) refuse(fmt::format("{}: '{}' has an empty item", option, text));
    items.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return items;
}

void add_codecs(std::string_view text, std::vector<std::string>& codecs) {
  const size_t before = codecs.size();
  for (std::string& item : items_of("--codec", text)) {
    const bool is_option = item.find('=') < item.find(':');
    if (is_option && codecs.size() == before) refuse(fmt::format("--codec: '{}' is not a codec", item));
    if (is_option) {
      codecs.back() += "," + item;
    } else {
      codecs.push_back(std::move(item));
    }
  }
}

std::string line_of(std::string_view command, const std::vector<std::string>& arguments) {
  std::string text = fmt::format("lmzip {}", command);
  for (const std::string& one : arguments) {
    const bool plain = !one.empty() && one.find_first_of(" \t\n'\"\\$&;|<>()*?[]#~") == one.npos;
    text += plain ? " " + one : fmt::format(" '{}'", one);
  }
  return text;
}

}  // namespace lmzip::cli
