// SPDX-License-Identifier: Apache-2.0
#include "cli/sizes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>

#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string_view expected) {
  throw Error(ErrorKind::kUsage, fmt::format("{}: '{}' is not {}", option, text, expected));
}

/// Takes the digits off the front of `text`; false when there are none or too many.
bool take_digits(std::string_view& text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return error == std::errc();
}

/// What a unit multiplies by, or 0.
uint64_t unit_factor(std::string_view unit) {
  std::string lower(unit);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (lower.empty() || lower == "b") return 1;
  const size_t power = std::string_view("kmgt").find(lower[0]) + 1;
  if (power == 0) return 0;
  const std::string_view rest = std::string_view(lower).substr(1);
  if (rest.empty() || rest == "i" || rest == "ib") return uint64_t{1} << (10 * power);
  if (rest != "b") return 0;
  uint64_t factor = 1;
  for (size_t i = 0; i < power; ++i) factor *= 1000;
  return factor;
}

}  // namespace

uint64_t parse_number(std::string_view option, std::string_view text, uint64_t least, uint64_t most) {
  std::string_view rest = text;
  uint64_t value = 0;
  if (!take_digits(rest, value) || !rest.empty() || value < least || value > most) {
    refuse(option, text, fmt::format("a number from {} to {}", least, most));
  }
  return value;
}

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
  return value;
}

Weighted parse_weighted(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == text.npos) return {text, {}};
  const std::optional<double> weight = number_in(std::string_view(text).substr(equals + 1));
  return weight ? Weighted{text.substr(0, equals), weight} : Weighted{text, {}};
}

uint64_t parse_size(std::string_view option, std::string_view text) {
  std::string_view unit = text;
  uint64_t value = 0;
  if (!take_digits(unit, value)) refuse(option, text, "a size such as 65536, 64KiB or 16M");
  const uint64_t factor = unit_factor(unit);
  if (factor == 0) refuse(option, text, "a size such as 65536, 64KiB or 16M");
  if (value > std::numeric_limits<int64_t>::max() / factor) refuse(option, text, "a size below 8 EiB");
  return value * factor;
}

uint64_t parse_memory_limit(std::string_view option, std::string_view text, uint64_t memory) {
  if (!text.ends_with('%')) return parse_size(option, text);
  const uint64_t percent = parse_number(option, text.substr(0, text.size() - 1), 1, 1000);
  return memory / 100 * percent;
}

RawRange parse_range(std::string_view option, std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) refuse(option, text, "a range such as 1M:64KiB (offset:length)");
  const std::string_view length = text.substr(colon + 1);
  const uint64_t first = parse_size(option, text.substr(0, colon));
  const uint64_t most = std::numeric_limits<uint64_t>::max() - first;
  return {first, first + (length.empty() ? most : parse_size(option, length))};
}

Shard parse_shard(std::string_view option, std::string_view text) {
  std::string_view rest = text;
  Shard shard;
  if (!take_digits(rest, shard.index) || !rest.starts_with('/')) refuse(option, text, "a shard such as 3/64");
  rest.remove_prefix(1);
  if (!take_digits(rest, shard.count) || !rest.empty() || shard.index < 1 || shard.index > shard.count) {
    refuse(option, text, "a shard such as 3/64; the first is 1");
  }
  return shard;
}

std::string human_size(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  static constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string ratio_text(uint64_t raw, uint64_t packed) {
  if (raw == 0) return "-";
  return fmt::format("{:.2f}%", 100 * static_cast<double>(packed) / static_cast<double>(raw));
}

std::string bits_per_byte_text(uint64_t raw, uint64_t packed) {
  if (raw == 0) return "-";
  return fmt::format("{:.3f}", 8 * static_cast<double>(packed) / static_cast<double>(raw));
}

uint64_t available_memory() {
  const uint64_t pages = static_cast<uint64_t>(std::max(sysconf(_SC_PHYS_PAGES), 1L));
  const uint64_t machine = pages * static_cast<uint64_t>(std::max(sysconf(_SC_PAGESIZE), 1L));
  // Inside a container or a batch job this file is the job's own; it holds "max" when there is no limit.
  std::ifstream group("/sys/fs/cgroup/memory.max");
  uint64_t limit = 0;
  return group >> limit ? std::min(machine, limit) : machine;
}

unsigned available_processors() { return std::clamp(std::thread::hardware_concurrency(), 1u, 256u); }

}  // namespace lmzip::cli
