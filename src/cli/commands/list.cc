// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/models.h"
#include "cli/names.h"
#include "cli/plan.h"
#include "cli/signals.h"
#include "lmzip/error.h"
#include "lmzip/model_store.h"

namespace lmzip::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What this build makes of a codec named by a file: whether it can be read here, and with how much memory per block.
/// Host-bound ones are not tried: that takes libtorch and time, and decoding refuses at once where they do not fit.
class Codecs {
 public:
  explicit Codecs(const Options& options) : options_(options) {}

  const CompressorInfo* find(const CodecRequest& request) {
    auto [entry, added] = known_.try_emplace(request.spec + ' ' + request.model_digest);
    if (added) {
      try {
        if (request.numerics == Numerics::kPortable) entry->second = make_codec(options_, request);
        if (entry->second != nullptr && !is_digest(request.model_digest, entry->second->info().model_digest))
          entry->second = nullptr;
      } catch (const Error&) {  // stays null: not available
      }
    }
    return entry->second == nullptr ? nullptr : &entry->second->info();
  }

 private:
  const Options& options_;
  std::map<std::string, std::shared_ptr<const Compressor>> known_;
};

std::string numerics_text(Numerics numerics) { return numerics == Numerics::kPortable ? "portable" : "host-bound"; }

/// The different values of one field over all members, "gzip:9,mix:5".
template <typename Field>
std::string joined(const Listing& listing, Field field) {
  std::vector<std::string> values;
  for (const MemberEntry& member : listing.members) {
    const std::string value = field(member);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }
  return values.empty() ? "-" : fmt::format("{}", fmt::join(values, ","));
}

struct Totals {
  uint64_t files = 0, members = 0, blocks = 0, raw = 0, packed = 0;
};

uint64_t count_blocks(const Listing& listing) {
  uint64_t blocks = 0;
  for (const MemberEntry& member : listing.members) blocks += member.blocks.size();
  return blocks;
}

std::string table_head() {
  return fmt::format("{:>7} {:>8} {:>14} {:>14} {:>8} {:>9}  {:<16} {:<10} {:<4}  {}\n", "members", "blocks", "raw",
                     "packed", "ratio", "bits/byte", "codec", "numerics", "here", "file");
}

std::string table_row(const Totals& sums, const std::string& rest) {
  return fmt::format("{:>7} {:>8} {:>14} {:>14} {:>8} {:>9}  {}\n", sums.members, sums.blocks, sums.raw, sums.packed,
                     ratio_text(sums.raw, sums.packed), bits_per_byte_text(sums.raw, sums.packed), rest);
}

std::string members_text(const Listing& listing, Codecs& codecs, const Options& options) {
  std::string text;
  uint64_t number = 0, block_number = 0;
  for (const MemberEntry& member : listing.members) {
    const CompressorInfo* info = codecs.find(member.codec);
    const uint64_t memory = info == nullptr ? 0 : memory_of(*info, member.block_size);
    text +=
        fmt::format("  member {}: at byte {}, {} packed, {} raw, blocks of {}, {}, {}, {}\n", ++number,
                    member.packed_offset, member.packed_size, member.raw_size, human_size(member.block_size),
                    member.codec.spec, member.indexed ? "indexed" : "no index",
                    info != nullptr                                ? human_size(memory) + " to decode a block"
                    : member.codec.numerics == Numerics::kPortable ? "codec not available"
                                                                   : "host-bound: decoding it tells whether it can be");
    if (!member.codec.model_digest.empty()) text += fmt::format("    model {}\n", member.codec.model_digest);
    if (options.verbosity < 2 && !options.blocks) {
      block_number += member.blocks.size();
      continue;
    }
    for (const BlockEntry& block : member.blocks) {
      text += fmt::format("    block {}: raw {} + {}, packed {} + {}{}\n", ++block_number, block.raw_offset,
                          block.raw_size, block.packed_offset, block.packed_size, block.stored ? ", stored" : "");
    }
  }
  return text;
}

Json member_json(const MemberEntry& member, Codecs& codecs, const Options& options) {
  const CompressorInfo* info = codecs.find(member.codec);
  Json object{{"packed_offset", member.packed_offset},
              {"packed_size", member.packed_size},
              {"raw_size", member.raw_size},
              {"block_size", member.block_size},
              {"codec", member.codec.spec},
              {"available", nullptr},
              {"numerics", numerics_text(member.codec.numerics)},
              {"indexed", member.indexed},
              {"block_count", member.blocks.size()}};
  if (info != nullptr || member.codec.numerics == Numerics::kPortable) object["available"] = info != nullptr;
  if (info != nullptr) object["block_memory"] = memory_of(*info, member.block_size);
  if (!member.codec.model_digest.empty()) object["model_digest"] = member.codec.model_digest;
  if (!member.codec.probe_digest.empty()) object["probe_digest"] = member.codec.probe_digest;
  if (!options.blocks) return object;
  Json& blocks = object["blocks"] = Json::array();
  for (const BlockEntry& block : member.blocks) {
    blocks.push_back({{"raw_offset", block.raw_offset},
                      {"raw_size", block.raw_size},
                      {"packed_offset", block.packed_offset},
                      {"packed_size", block.packed_size},
                      {"stored", block.stored}});
  }
  return object;
}

Json file_json(const std::string& name, const Listing& listing, Codecs& codecs, const Options& options) {
  Json object{{"file", name},
              {"raw_size", listing.raw_size},
              {"packed_size", listing.packed_size},
              {"block_count", count_blocks(listing)}};
  object["trailing_garbage"] = listing.trailing_garbage ? Json(*listing.trailing_garbage) : Json(nullptr);
  Json& members = object["members"] = Json::array();
  for (const MemberEntry& member : listing.members) members.push_back(member_json(member, codecs, options));
  return object;
}

}  // namespace

void list_files(const Options& options, Terminal& terminal) {
  Codecs codecs(options);
  Totals totals;
  Json files = Json::array();
  for_each_file(options, terminal, [&](const std::string& given) {
    InputFile in(Suffixes(options.suffix).existing(given), InputPolicy::kAnything);
    if (!options.force) refuse_terminal(in.fd(), "read from");
    base::FileSource source(in.fd(), stop_fd());
    const Listing listing = list_container(source);
    const std::string name = shown_name(in.path());
    judge_trailing_garbage(options, terminal, name, listing.trailing_garbage);
    if (options.json) {
      files.push_back(file_json(name, listing, codecs, options));
      return;
    }
    const Totals sums{1, listing.members.size(), count_blocks(listing), listing.raw_size, listing.packed_size};
    std::string_view available = "yes";
    for (const MemberEntry& member : listing.members) {
      if (codecs.find(member.codec) != nullptr || available == "no") continue;
      available = member.codec.numerics == Numerics::kPortable ? "no" : "?";
    }
    std::string text = totals.files == 0 ? table_head() : "";
    text += table_row(
        sums, fmt::format("{:<16} {:<10} {:<4}  {}", joined(listing, [](const auto& m) { return m.codec.spec; }),
                          joined(listing, [](const auto& m) { return numerics_text(m.codec.numerics); }), available,
                          printable(name)));
    if (options.verbosity > 0 || options.blocks) text += members_text(listing, codecs, options);
    print_text(text);
    totals = {totals.files + 1, totals.members + sums.members, totals.blocks + sums.blocks, totals.raw + sums.raw,
              totals.packed + sums.packed};
  });
  if (options.json) print_text(Json{{"files", files}}.dump(1, ' ', true, Json::error_handler_t::replace) + "\n");
  if (totals.files > 1)
    print_text(table_row(totals, fmt::format("{:<16} {:<10} {:<4}  ({} files)", "", "", "", totals.files)));
}

}  // namespace lmzip::cli
