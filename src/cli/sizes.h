// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lmzip/container.h"

namespace lmzip::cli {

/// The decimal number `text`; `option` names it in errors. Errors: kUsage, also outside [least, most].
uint64_t parse_number(std::string_view option, std::string_view text, uint64_t least, uint64_t most);

/// The real number `text`, if it is one from its first to its last character.
std::optional<double> number_in(std::string_view text);

/// A name, and how much it counts beside others, if that is said.
struct Weighted {
  std::string name;
  std::optional<double> weight;
};

/// A name that ends with "=" and a number has a weight.
Weighted parse_weighted(const std::string& text);

/// A number of bytes: digits, then nothing, or K M G T (also Ki, KiB: powers of 1024), or KB MB GB TB (powers of 1000).
/// Upper and lower case are the same. Errors: kUsage.
uint64_t parse_size(std::string_view option, std::string_view text);

/// A size, or a percentage ("50%") of `memory`; 0 means no limit. Errors: kUsage.
uint64_t parse_memory_limit(std::string_view option, std::string_view text, uint64_t memory);

/// "OFFSET:LENGTH", both sizes; without LENGTH up to the end. Errors: kUsage.
RawRange parse_range(std::string_view option, std::string_view text);

/// Shard `index` of `count`, 1 <= index <= count.
struct Shard {
  uint64_t index = 0;
  uint64_t count = 0;
};

/// "INDEX/COUNT". Errors: kUsage.
Shard parse_shard(std::string_view option, std::string_view text);

/// "17 B", "4.0 KiB", "1.5 GiB".
std::string human_size(uint64_t bytes);

/// `packed` as a share of `raw`, "28.13%", and in bits per byte, "2.250"; "-" when `raw` is 0.
std::string ratio_text(uint64_t raw, uint64_t packed);
std::string bits_per_byte_text(uint64_t raw, uint64_t packed);

/// Bytes of memory this process may use: those of the machine, or of its control group when that has fewer.
uint64_t available_memory();

/// Processors this process may run on, at least 1 and at most 256.
unsigned available_processors();

}  // namespace lmzip::cli
