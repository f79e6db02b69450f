// SPDX-License-Identifier: Apache-2.0
// Options of a command, declared one line each.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>

namespace lmzip::cli {

/// Lets the user's line decide: what comes later wins. CLI11 would run callbacks in order of declaration.
class Declarations {
 public:
  /// Only options known to one of the bits of `commands` are declared.
  Declarations(CLI::App& app, unsigned commands) : app_(app), commands_(commands) {}

  void group(std::string name) { group_ = std::move(name); }

  /// One option of `commands`. `names` is "-x,--long" for a flag, "-x,--long VALUE" for an option with a value.
  CLI::Option* add(unsigned commands, const std::string& names, const std::string& text,
                   std::function<void(const std::string&)> set) {
    if ((commands & commands_) == 0) return nullptr;
    const size_t space = names.find(' ');
    CLI::Option* option = space == std::string::npos
                              ? app_.add_flag_callback(
                                    names, [set = std::move(set)] { set(""); }, text)
                              : app_.add_option_function<std::string>(names.substr(0, space), set, text);
    if (space != std::string::npos) option->type_name(names.substr(space + 1));
    return option->trigger_on_parse()->group(group_);
  }

 private:
  CLI::App& app_;
  unsigned commands_;
  std::string group_;
};

}  // namespace lmzip::cli
