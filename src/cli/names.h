// SPDX-License-Identifier: Apache-2.0
// Which file name a result gets.
#pragma once

#include <optional>
#include <string>

namespace lmzip::cli {

/// Suffixes of compressed files: ".lmz", ".tlmz" (which stands for ".tar" + ".lmz") and one of the user's choice.
class Suffixes {
 public:
  /// `own` may be empty.
  explicit Suffixes(std::string own) : own_(std::move(own)) {}

  /// What is appended when compressing.
  const std::string& appended() const;

  /// The name of what `path` contains; nothing when `path` does not end like a compressed file or is nothing else.
  std::optional<std::string> stripped(const std::string& path) const;

  /// `path`, or, when that does not exist but does with the suffix, the latter.
  std::string existing(const std::string& path) const;

 private:
  std::string own_;
};

/// A file name in messages: "(stdin)" for "-".
std::string shown_name(const std::string& path);

}  // namespace lmzip::cli
