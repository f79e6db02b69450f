// SPDX-License-Identifier: Apache-2.0
#include "codec/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lmzip/error.h"

namespace lmzip::codec {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(std::string_view text) {
  return !text.empty() && is_lower(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_value(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
  });
}

/// `text` fit for a terminal: whatever is not printable ASCII becomes \xNN.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c >= ' ' && c <= '~') {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

unsigned parse_number(const Spec& spec, std::string_view what, std::string_view text, IntRange range) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < range.first || number > range.last) {
    spec.fail(fmt::format("{} '{}' is not a whole number in {}-{}", what, text, range.first, range.last));
  }
  return number;
}

}  // namespace

Spec::Spec(std::string_view text) : text_(printable(text.substr(0, kMaxLength))) {
  if (text.size() > kMaxLength) fail(fmt::format("longer than {} bytes", kMaxLength));

  const size_t comma = std::min(text.find(','), text.size());
  const std::string_view head = text.substr(0, comma);
  const size_t colon = std::min(head.find(':'), head.size());
  if (!is_name(head.substr(0, colon))) {
    fail(fmt::format("'{}' is not a codec name (lower-case letters, digits, '-')", printable(head.substr(0, colon))));
  }
  name_ = head.substr(0, colon);
  if (colon < head.size()) {
    value_ = head.substr(colon + 1);
    if (!is_value(value_)) {
      fail(fmt::format("'{}' after ':' is not a value (letters, digits, '.', '_', '-')", printable(value_)));
    }
  }

  for (size_t start = comma; start < text.size();) {
    const size_t end = std::min(text.find(',', start + 1), text.size());
    const std::string_view part = text.substr(start + 1, end - start - 1);
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    if (!is_name(key) || !is_value(value)) fail(fmt::format("'{}' is not an option KEY=VALUE", printable(part)));
    for (const Option& option : options_) {
      if (option.key == key) fail(fmt::format("option '{}' is given twice", key));
    }
    options_.push_back({std::string(key), std::string(value)});
    start = end;
  }
}

std::string_view Spec::value() {
  value_claimed_ = true;
  return value_;
}

unsigned Spec::level(IntRange range) { return value().empty() ? range.fallback : level(value(), range); }

unsigned Spec::level(std::string_view text, IntRange range) const { return parse_number(*this, "level", text, range); }

unsigned Spec::option(std::string_view key, IntRange range) {
  for (Option& option : options_) {
    if (option.key != key) continue;
    option.claimed = true;
    return parse_number(*this, key, option.value, range);
  }
  return range.fallback;
}

size_t Spec::choice(std::string_view key, std::initializer_list<std::string_view> words) {
  for (Option& option : options_) {
    if (option.key != key) continue;
    option.claimed = true;
    const auto found = std::find(words.begin(), words.end(), option.value);
    if (found == words.end()) fail(fmt::format("{} '{}' is not one of {}", key, option.value, fmt::join(words, ", ")));
    return static_cast<size_t>(found - words.begin());
  }
  return 0;
}

std::string_view Spec::word(std::string_view key) {
  for (Option& option : options_) {
    if (option.key != key) continue;
    option.claimed = true;
    return option.value;
  }
  return {};
}

void Spec::finish(std::string_view accepted) const {
  if (!value_.empty() && !value_claimed_) {
    fail(fmt::format("'{}' takes no value, but has '{}'; options: {}", name_, value_, accepted));
  }
  for (const Option& option : options_) {
    if (!option.claimed) fail(fmt::format("'{}' has no option '{}'; options: {}", name_, option.key, accepted));
  }
}

void Spec::fail(std::string_view message) const {
  throw Error(ErrorKind::kUsage, fmt::format("codec '{}': {}", text_, message));
}

}  // namespace lmzip::codec
