// SPDX-License-Identifier: Apache-2.0
// JSON out of files that nobody has checked yet.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lmzip::model {

/// No text of a model file or card is nested deeper.
inline constexpr int kMaxJsonDepth = 8;

/// Parses one JSON text of at most `max_size` bytes. Errors: kCorrupt with `what` for everything that is not strict
/// JSON in UTF-8, for nesting above kMaxJsonDepth, for a key twice in one object, for a number beyond double.
nlohmann::json parse_json(std::string_view text, size_t max_size, std::string_view what);

/// `text` fit for a message: at most 60 characters, none but printable ASCII.
std::string shown(std::string_view text);

/// The fields of one object, each of which must be there with its type and in its range, and no others. Errors:
/// kCorrupt with the field's name.
class JsonFields {
 public:
  /// Refuses what is no object. `value` must outlive this; `what` is the name in errors.
  JsonFields(const nlohmann::json& value, std::string what);

  /// Whether there is a field `name`: for those that may be missing.
  bool has(std::string_view name) const { return value_.contains(name); }
  /// The field `name`, of any type.
  const nlohmann::json& at(std::string_view name);
  int64_t integer(std::string_view name, int64_t lowest, int64_t highest);
  bool boolean(std::string_view name);
  double number(std::string_view name);
  std::string text(std::string_view name);
  const nlohmann::json& array(std::string_view name);
  /// A text that may be shown on a terminal: no control characters.
  std::string line(std::string_view name);
  /// 32 hexadecimal digits.
  std::string digest(std::string_view name);
  /// Up to 2^63 - 1.
  uint64_t count(std::string_view name);

  /// Refuses fields that none of the calls above asked for.
  void finish() const;

  [[noreturn]] void fail(std::string_view name, std::string_view complaint) const;

 private:
  const nlohmann::json& value_;
  std::string what_;
  std::vector<std::string> asked_;
};

}  // namespace lmzip::model
