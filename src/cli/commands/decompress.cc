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

/// With -vv: what decoding will take, as far as that can be seen without reading everything first.
void note_estimate(const Options& options, Terminal& terminal, const InputFile& in) {
  if (options.verbosity < 2 || !in.regular()) return;
  base::FileSource source(in.fd(), stop_fd());
  const ReadOptions read = plan_reading(options);
  uint64_t memory = 0;
  for (const MemberEntry& member : list_container(source).members) {
    memory = std::max(memory, memory_of(read.codec_for(member.codec)->info(), member.block_size));
  }
  terminal.note(fmt::format("{}: {} of memory per block, up to {} blocks at once", shown_name(in.path()),
                            human_size(memory), read.threads * read.lanes));
}

/// Decodes everything; nothing behind the last member goes unmentioned.
ReadSummary decode_all(const Options& options, Terminal& terminal, const InputFile& in, Sink& sink) {
  const std::string name = shown_name(in.path());
  note_estimate(options, terminal, in);
  ProgressBar bar(terminal, options, {name, std::nullopt, in.size()});
  base::FdSource source(in.fd(), stop_fd());
  const ReadSummary summary = read_container(source, sink, plan_reading(options), bar.sink());
  bar.finish(summary.raw_bytes, summary.packed_bytes);
  judge_trailing_garbage(options, terminal, name, summary.trailing_garbage);
  return summary;
}

void decode_range(const Options& options, Terminal& terminal, const InputFile& in, Sink& sink) {
  base::FileSource source(in.fd(), stop_fd());
  const uint64_t length = options.range->last - options.range->first;
  const bool open_end = options.range->last == std::numeric_limits<uint64_t>::max();
  ProgressBar bar(terminal, options,
                  {shown_name(in.path()), open_end ? std::nullopt : std::optional(length), std::nullopt});
  const StreamSummary summary =
      read_range(source, sink, options.range->first, length, plan_reading(options), bar.sink());
  bar.finish(summary.raw_bytes, summary.packed_bytes);
}

void decompress_file(const Options& options, Terminal& terminal, const std::string& given) {
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
    decode_range(shown, terminal, in, out.sink());
  } else {
    complete = !decode_all(shown, terminal, in, out.sink()).trailing_garbage;
  }
  const bool removes = options.remove_source && complete && out.temporary() && in.named_file();
  out.commit(options.keep_attributes && in.named_file() ? &in.status() : nullptr);
  if (removes) in.remove();
}

void test_file(const Options& options, Terminal& terminal, const std::string& given) {
  InputFile in(Suffixes(options.suffix).existing(given), InputPolicy::kAnything);
  if (!options.force) refuse_terminal(in.fd(), "read from");
  if (options.quick) {
    base::FileSource source(in.fd(), stop_fd());
    judge_trailing_garbage(options, terminal, shown_name(in.path()), check_structure(source).trailing_garbage);
  } else {
    NullSink nowhere;
    decode_all(options, terminal, in, nowhere);
  }
  if (options.verbosity > 0) terminal.note(shown_name(in.path()) + ": OK");
}

}  // namespace

void decompress_files(const Options& options, Terminal& terminal) {
  for_each_file(options, terminal, [&](const std::string& path) { decompress_file(options, terminal, path); });
}

void test_files(const Options& options, Terminal& terminal) {
  for_each_file(options, terminal, [&](const std::string& path) { test_file(options, terminal, path); });
}

}  // namespace lmzip::cli
