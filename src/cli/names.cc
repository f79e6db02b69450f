// SPDX-License-Identifier: Apache-2.0
#include "cli/names.h"

#include <sys/stat.h>

#include <string_view>
#include <utility>

namespace lmzip::cli {
namespace {

const std::string kSuffix = ".lmz";
constexpr std::string_view kTarSuffix = ".tlmz";

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

}  // namespace

const std::string& Suffixes::appended() const { return own_.empty() ? kSuffix : own_; }

std::optional<std::string> Suffixes::stripped(const std::string& path) const {
  const std::pair<std::string_view, std::string_view> replacements[] = {
      {own_, ""}, {kSuffix, ""}, {kTarSuffix, ".tar"}};
  for (const auto& [suffix, replacement] : replacements) {
    if (suffix.empty() || !path.ends_with(suffix)) continue;
    const std::string stem = path.substr(0, path.size() - suffix.size());
    if (stem.empty() || stem.ends_with('/')) continue;
    return stem + std::string(replacement);
  }
  return std::nullopt;
}

std::string Suffixes::existing(const std::string& path) const {
  return path != "-" && !exists(path) && exists(path + appended()) ? path + appended() : path;
}

std::string shown_name(const std::string& path) { return path == "-" ? "(stdin)" : path; }

}  // namespace lmzip::cli
