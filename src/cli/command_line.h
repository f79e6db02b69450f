// SPDX-License-Identifier: Apache-2.0
// What the parsers of all commands share: a line becomes options, which set what they were declared to set, and files.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::cli {

struct ParsedLine {
  std::vector<std::string> files;
  std::string help;  ///< not empty: the user asked for it
};

/// Runs `arguments` through `app`, whose options have been declared; -h, --help is added. What stands behind "--", and
/// whatever does not begin with "-", is a file. Errors: kUsage.
ParsedLine parse_line(CLI::App& app, const std::vector<std::string>& arguments);

/// The items between commas, none of them empty. Errors: kUsage, naming `option`.
std::vector<std::string> items_of(std::string_view option, std::string_view text);

/// Adds the specs between commas to `codecs`: an item such as "chunk=2048" goes on with the spec before it.
/// Errors: kUsage.
void add_codecs(std::string_view text, std::vector<std::string>& codecs);

/// "lmzip COMMAND" and the arguments, quoted so that a shell would read the same.
std::string line_of(std::string_view command, const std::vector<std::string>& arguments);

}  // namespace lmzip::cli
