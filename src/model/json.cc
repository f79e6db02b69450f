// SPDX-License-Identifier: Apache-2.0
#include "model/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "lmzip/error.h"

namespace lmzip::model {
namespace {

Error corrupt(std::string_view what, std::string_view complaint) {
  return Error(ErrorKind::kCorrupt, fmt::format("{}: {}", what, complaint));
}

/// Watches a parser: what is within the grammar but not within our bounds.
class Watch {
 public:
  explicit Watch(std::string_view what) : what_(what) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (depth >= kMaxJsonDepth) throw corrupt(what_, "nested too deeply");
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
      throw corrupt(what_, fmt::format("the key '{}' stands there twice", shown(parsed.get_ref<const std::string&>())));
    }
    return true;
  }

 private:
  std::string_view what_;
  std::vector<std::set<std::string>> keys_;  ///< of the objects that are open
};

/// Neither the control characters of ASCII nor those of Latin-1 (which UTF-8 writes as 0xC2 and the character).
bool is_showable(std::string_view text) {
  uint8_t last = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < ' ' || byte == 0x7F || (last == 0xC2 && byte < 0xA0)) return false;
    last = byte;
  }
  return true;
}

}  // namespace

nlohmann::json parse_json(std::string_view text, size_t max_size, std::string_view what) try {
  if (text.size() > max_size) throw corrupt(what, fmt::format("longer than {} bytes", max_size));
  return nlohmann::json::parse(text, Watch(what));
} catch (const nlohmann::json::parse_error& error) {
  throw corrupt(what, fmt::format("no JSON at byte {}", error.byte));
} catch (const nlohmann::json::out_of_range&) {
  throw corrupt(what, "a number is too large");
}

std::string shown(std::string_view text) {
  constexpr size_t kMax = 60;
  std::string result(text.substr(0, kMax));
  std::ranges::replace_if(
      result, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kMax ? result + "..." : result;
}

JsonFields::JsonFields(const nlohmann::json& value, std::string what) : value_(value), what_(std::move(what)) {
  if (!value.is_object()) throw corrupt(what_, "not an object");
}

const nlohmann::json& JsonFields::at(std::string_view name) {
  asked_.emplace_back(name);
  const auto found = value_.find(name);
  if (found == value_.end()) fail(name, "is missing");
  return *found;
}

int64_t JsonFields::integer(std::string_view name, int64_t lowest, int64_t highest) {
  const nlohmann::json& field = at(name);
  const bool fits = field.is_number_unsigned() ? field.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                                               : field.is_number_integer();
  if (!fits || field.get<int64_t>() < lowest || field.get<int64_t>() > highest) {
    fail(name, fmt::format("is not a whole number from {} to {}", lowest, highest));
  }
  return field.get<int64_t>();
}

bool JsonFields::boolean(std::string_view name) {
  const nlohmann::json& field = at(name);
  if (!field.is_boolean()) fail(name, "is neither true nor false");
  return field.get<bool>();
}

double JsonFields::number(std::string_view name) {
  const nlohmann::json& field = at(name);
  if (!field.is_number()) fail(name, "is not a number");
  return field.get<double>();
}

std::string JsonFields::text(std::string_view name) {
  const nlohmann::json& field = at(name);
  if (!field.is_string()) fail(name, "is not a text");
  return field.get<std::string>();
}

const nlohmann::json& JsonFields::array(std::string_view name) {
  const nlohmann::json& field = at(name);
  if (!field.is_array()) fail(name, "is not a list");
  return field;
}

std::string JsonFields::line(std::string_view name) {
  std::string value = text(name);
  if (!is_showable(value)) fail(name, "holds control characters");
  return value;
}

std::string JsonFields::digest(std::string_view name) {
  std::string value = text(name);
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (value.size() != 32 || !std::ranges::all_of(value, is_hex)) fail(name, "is not 32 hexadecimal digits");
  return value;
}

uint64_t JsonFields::count(std::string_view name) { return static_cast<uint64_t>(integer(name, 0, INT64_MAX)); }

void JsonFields::finish() const {
  for (const auto& [name, field] : value_.items()) {
    if (std::ranges::find(asked_, name) == asked_.end()) fail(name, "is not known");
  }
}

void JsonFields::fail(std::string_view name, std::string_view complaint) const {
  throw corrupt(what_, fmt::format("the field '{}' {}", shown(name), complaint));
}

}  // namespace lmzip::model
