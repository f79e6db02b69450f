// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/names.h"
#include "cli/output_file.h"
#include "cli/plan.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

class NullSink final : public Sink {
 public:
  void write(ByteSpan) override {}
};

/// Where the contents of `path` go.
std::string target_of(const Options& options, const std::string& path) {
  if (options.to_stdout || !options.output.empty() || path == "-") return options.output;
  std::optional<std::string> stripped = Suffixes(options.suffix).stripped(path);
  if (!stripped) throw Skipped("unknown suffix, skipped (-c or -o takes it)");
  return *std::move(stripped);
}

/// What can be seen of a file without reading everything first; nothing where it cannot. What is wrong with it comes to
/// light when it is decoded.
Listing glance(const InputFile& in) try {
  if (!in.regular()) return {};
  base::FileSource source(in.fd(), stop_fd());
  return list_container(source);
} catch (const Error&) {
  return {};
}

/// With -vv: what decoding will take.
void note_estimate(Terminal& terminal, const InputFile& in, const Listing& listing, const ReadOptions& read) {
  uint64_t memory = 0, blocks = read.threads;
  for (const MemberEntry& member : listing.members) {
    const CompressorInfo& codec = read.codec_for(member.codec)->info();
    const unsigned lanes = read.lanes != 0 ? read.lanes : even_lanes(read.blocks, read.threads, codec.preferred_lanes);
    memory = std::max(memory, memory_of(codec, member.block_size));
    blocks = std::max<uint64_t>(blocks, uint64_t{read.threads} * lanes);
  }
  if (memory == 0) return;
  terminal.note(fmt::format("{}: {} of memory per block, up to {} blocks at once", shown_name(in.path()),
                            human_size(memory), blocks));
}

/// Decodes everything; nothing behind the last member goes unmentioned.
ReadSummary decode_all(const Options& options, Terminal& terminal, ReadOptions read, const InputFile& in, Sink& sink) {
  const std::string name = shown_name(in.path());
  const Listing listing = glance(in);
  for (const MemberEntry& member : listing.members) read.blocks += member.blocks.size();
  if (options.verbosity >= 2) note_estimate(terminal, in, listing, read);
  ProgressBar bar(terminal, options, {name, std::nullopt, in.size()});
  base::FdSource source(in.fd(), stop_fd());
  const ReadSummary summary = read_container(source, sink, read, bar.sink());
  bar.finish(summary.raw_bytes, summary.packed_bytes);
  judge_trailing_garbage(options, terminal, name, summary.trailing_garbage);
  return summary;
}

void decode_range(const Options& options, Terminal& terminal, const ReadOptions& read, const InputFile& in,
                  Sink& sink) {
  base::FileSource source(in.fd(), stop_fd());
  const uint64_t length = options.range->last - options.range->first;
  const bool open_end = options.range->last == std::numeric_limits<uint64_t>::max();
  ProgressBar bar(terminal, options,
                  {shown_name(in.path()), open_end ? std::nullopt : std::optional(length), std::nullopt});
  const StreamSummary summary = read_range(source, sink, options.range->first, length, read, bar.sink());
  bar.finish(summary.raw_bytes, summary.packed_bytes);
}

void decompress_file(const Options& options, Terminal& terminal, const ReadOptions& read, const std::string& given) {
  const std::string path = Suffixes(options.suffix).existing(given);
  const bool names_itself = !options.to_stdout && options.output.empty() && path != "-";
  InputFile in(path, names_itself && !options.force ? InputPolicy::kPlainFile : InputPolicy::kAnything);
  if (!options.force) refuse_terminal(in.fd(), "read from");
  OutputFile out(
      {.path = target_of(options, path), .chosen = !names_itself, .replace = options.force, .sparse = options.sparse});
  Options shown = options;
  if (isatty(out.fd()) == 1) shown.progress = ProgressStyle::kNever;  // it would be drawn over the data
  bool complete = true;
  if (options.range) {
    decode_range(shown, terminal, read, in, out.sink());
  } else {
    complete = !decode_all(shown, terminal, read, in, out.sink()).trailing_garbage;
  }
  const bool removes = options.remove_source && complete && out.temporary() && in.named_file();
  out.commit(options.keep_attributes && in.named_file() ? &in.status() : nullptr);
  if (removes) in.remove();
}

void test_file(const Options& options, Terminal& terminal, const ReadOptions& read, const std::string& given) {
  InputFile in(Suffixes(options.suffix).existing(given), InputPolicy::kAnything);
  if (!options.force) refuse_terminal(in.fd(), "read from");
  if (options.quick) {
    base::FileSource source(in.fd(), stop_fd());
    judge_trailing_garbage(options, terminal, shown_name(in.path()), check_structure(source).trailing_garbage);
  } else {
    NullSink nowhere;
    decode_all(options, terminal, read, in, nowhere);
  }
  if (options.verbosity > 0) terminal.note(shown_name(in.path()) + ": OK");
}

}  // namespace

void decompress_files(const Options& options, Terminal& terminal) {
  const ReadOptions read = plan_reading(options);
  for_each_file(options, terminal, [&](const std::string& path) { decompress_file(options, terminal, read, path); });
}

void test_files(const Options& options, Terminal& terminal) {
  const ReadOptions read = plan_reading(options);
  for_each_file(options, terminal, [&](const std::string& path) { test_file(options, terminal, read, path); });
}

}  // namespace lmzip::cli
