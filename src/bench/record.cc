// SPDX-License-Identifier: Apache-2.0
#include "bench/record.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "bench/record_fields.h"
#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxLine = 1 << 20;  // bytes of one record; real ones have about a thousand
constexpr int kMaxDepth = 4;          // of nesting; ours is 2, unknown fields may have some
constexpr double kMaxNumber = 1e15;   // of seconds and rates: sums and products of such are still finite

[[noreturn]] void corrupt(const std::string& what) { throw Error(ErrorKind::kCorrupt, what); }

/// ASCII on one line; bytes that are not UTF-8 (of file names in messages) become U+FFFD.
std::string dumped(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); }

template <typename Value>
Json json_of(const Value& value) {
  return value;
}
Json json_of(const Seconds& value) {
  return Json{{"median", value.median}, {"least", value.least}, {"most", value.most}};
}
template <typename Value>
Json json_of(const std::optional<Value>& value) {
  return value ? json_of(*value) : Json();
}

void read(const Json& json, const std::string& name, std::string& value) {
  if (!json.is_string()) corrupt(fmt::format("'{}' is not a text", name));
  value = json.get<std::string>();
}

void read(const Json& json, const std::string& name, bool& value) {
  if (!json.is_boolean()) corrupt(fmt::format("'{}' is neither true nor false", name));
  value = json.get<bool>();
}

void read(const Json& json, const std::string& name, uint64_t& value) {
  if (!json.is_number_unsigned()) corrupt(fmt::format("'{}' is not a whole number from 0 to 2^64-1", name));
  value = json.get<uint64_t>();
}

void read(const Json& json, const std::string& name, unsigned& value) {
  uint64_t wide = 0;
  read(json, name, wide);
  if (wide > std::numeric_limits<unsigned>::max()) corrupt(fmt::format("'{}' is too large", name));
  value = static_cast<unsigned>(wide);
}

void read(const Json& json, const std::string& name, double& value) {
  if (!json.is_number()) corrupt(fmt::format("'{}' is not a number", name));
  value = json.get<double>();
  if (!(value >= 0 && value <= kMaxNumber)) corrupt(fmt::format("'{}' is not from 0 to {}", name, kMaxNumber));
}

void read(const Json& json, const std::string& name, Seconds& value) {
  if (!json.is_object()) corrupt(fmt::format("'{}' is not an object", name));
  const auto part = [&](const char* key, double& seconds) {
    const auto found = json.find(key);
    if (found == json.end()) corrupt(fmt::format("'{}' has no '{}'", name, key));
    read(*found, fmt::format("{}.{}", name, key), seconds);
  };
  part("median", value.median);
  part("least", value.least);
  part("most", value.most);
}

template <typename Value>
void read(const Json& json, const std::string& name, std::optional<Value>& value) {
  read(json, name, value.emplace());
}

Json parsed(std::string_view line) {
  if (line.size() > kMaxLine) corrupt(fmt::format("more than {} bytes", kMaxLine));
  bool deep = false;
  Json json = Json::parse(
      line,
      [&deep](int depth, Json::parse_event_t, const Json&) {
        deep = deep || depth > kMaxDepth;
        return !deep;
      },
      false);
  if (deep) corrupt("nested too deeply");
  if (json.is_discarded()) corrupt("not JSON");
  if (!json.is_object()) corrupt("not a JSON object");
  return json;
}

template <size_t kCount>
void require_one_of(const std::array<std::string_view, kCount>& known, const std::string& value, const char* name) {
  if (std::ranges::find(known, value) == known.end()) corrupt(fmt::format("'{}' is none that is known", name));
}

void check(const Record& record) {
  require_one_of(std::array{kTable1, kScaling, kContext, kTokenization, kSpeed}, record.table, "table");
  require_one_of(std::array{kNative, kScaled, kStored}, record.symbols, "symbols");
  require_one_of(std::array{kNoHeader, kHeaderOnce, kHeaderEach}, record.header_rule, "header_rule");
  if (!record.absent.empty() && !record.error.empty()) corrupt("both 'absent' and 'error'");
  if (record.measured() && record.raw_bytes == 0) corrupt("'raw_bytes' is 0");
}

}  // namespace

std::string to_json(const Record& record) {
  static const Record kDefault;
  Json json = Json::object();
  for_each_field([&](const char* name, auto member, Presence presence) {
    const bool required = presence == Presence::kAlways || (presence == Presence::kMeasured && record.measured());
    if (required || record.*member != kDefault.*member) json[name] = json_of(record.*member);
  });
  if (record.chunk == 0) json["chunk"] = nullptr;
  return dumped(json);
}

Record parse_record(std::string_view line) {
  Json json = parsed(line);
  if (const auto chunk = json.find("chunk"); chunk != json.end() && chunk->is_null()) *chunk = uint64_t{0};
  Record record;
  for_each_field([&](const char* name, auto member, Presence) {
    if (const auto found = json.find(name); found != json.end()) read(*found, name, record.*member);
  });
  for_each_field([&](const char* name, auto, Presence presence) {
    const bool required = presence == Presence::kAlways || (presence == Presence::kMeasured && record.measured());
    if (required && !json.contains(name)) corrupt(fmt::format("there is no '{}'", name));
  });
  check(record);
  return record;
}

std::vector<Record> parse_records(std::string_view text) {
  std::vector<Record> records;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      records.push_back(parse_record(line));
    } catch (const Error& error) {
      throw error.within(fmt::format("line {}", number));
    }
  }
  return records;
}

std::string key_of(const Record& record) {
  Json key =
      Json::array({record.table, record.corpus, record.codec, record.chunk, record.symbols, record.header_rule,
                   record.version, record.corpus_digest, record.model_digest, json_of(record.seed), record.data_bytes});
  if (record.table == kSpeed) key.insert(key.end(), {record.threads, record.lanes});
  return dumped(key);
}

}  // namespace lmzip::bench
