// SPDX-License-Identifier: Apache-2.0
// How --help looks.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lmzip::cli {

/// CLI11's layout without its usage line (the description has a better one) and with one blank line between groups.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(32); }
  std::string make_usage(const CLI::App*, std::string) const override { return "\n"; }
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return Formatter::make_group(group, is_positional, options).substr(1);
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return option->check_sname("1") ? "-1 ... -9" : Formatter::make_option_name(option, is_positional);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + option->get_type_name();
  }
};

}  // namespace lmzip::cli
