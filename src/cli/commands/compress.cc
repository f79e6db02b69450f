// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "cli/commands/commands.h"
#include "cli/input_file.h"
#include "cli/input_plan.h"
#include "cli/names.h"
#include "cli/output_file.h"
#include "cli/peeked_source.h"
#include "cli/plan.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

/// Accepts exactly the bytes of another source, in order; the end is checked by finish().
class ComparingSink final : public Sink {
 public:
  explicit ComparingSink(RandomSource& expected) : expected_(expected) {}

  void write(ByteSpan bytes) override {
    buffer_.resize(bytes.size());
    const size_t count = expected_.read_at(position_, buffer_.data(), buffer_.size());
    if (count != bytes.size() || std::memcmp(buffer_.data(), bytes.data(), count) != 0) fail();
    position_ += count;
  }

  void finish() const {
    if (position_ != expected_.size()) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw Error(ErrorKind::kCorrupt, fmt::format("verification failed after byte {}: the file has changed, or this is "
                                                 "a bug of lmzip; the source is kept",
                                                 position_));
  }

  RandomSource& expected_;
  uint64_t position_ = 0;
  Bytes buffer_;
};

/// With -v: what a pretrained checkpoint was given to predict.
void note_tokens(const Options& options, Terminal& terminal, const std::string& name, const CompressorInfo& info,
                 const TokenCounts& counts) {
  const auto& [tokens, escapes, misses] = counts;
  if (options.verbosity < 1 || tokens + escapes == 0) return;
  std::string text = fmt::format("{}: {} tokens, {} escaped bytes", name, tokens, escapes);
  if (info.top != 0) {
    text += fmt::format(", {} outside the {} likeliest ({:.1f} %)", misses, info.top,
                        100 * static_cast<double>(misses) / static_cast<double>(std::max<uint64_t>(1, tokens)));
  }
  terminal.note(text);
}

/// Decodes what was written and compares it with the source.
void verify(const Options& options, Terminal& terminal, const InputFile& in, const OutputFile& out) {
  base::FileSource raw(in.fd(), stop_fd()), packed(out.fd(), stop_fd());
  ComparingSink same(raw);
  base::RangeSource all(packed, {0, packed.size()});
  ProgressBar bar(terminal, options, {shown_name(in.path()) + " (verifying)", raw.size(), std::nullopt});
  read_container(all, same, plan_reading(options), bar.sink());
  same.finish();
}

StreamSummary compress_shard(const InputFile& in, Sink& sink, const CompressionPlan& plan, const Shard& shard,
                             ProgressSink& progress) {
  base::FileSource whole(in.fd(), stop_fd());
  const RawRange range = shard_range(whole.size(), plan.member_size(), shard.index, shard.count);
  // Nothing to do, unless the whole file is empty: then shard 1 writes its one empty member.
  if (range.first == range.last && (whole.size() > 0 || shard.index > 1)) return {};
  base::RangeSource part(whole, range);
  return write_container(part, sink, *plan.codec, plan.write, progress);
}

void note_plan(const Options& options, Terminal& terminal, const std::string& name, const CompressionPlan& plan) {
  const WriteOptions& write = plan.write;
  if (options.verbosity >= 1 && write.threads < plan.wanted_threads) {
    terminal.note(fmt::format("{}: {} of {} threads, to stay within {} of memory", name, write.threads,
                              plan.wanted_threads, human_size(options.memory_limit)));
  }
  if (options.verbosity >= 2) {
    terminal.note(fmt::format("{}: codec {}, blocks of {}, {} threads x {} lanes, up to {} of memory", name,
                              plan.codec->info().spec, human_size(write.block_size), write.threads, write.lanes,
                              human_size(plan.memory())));
  }
}

void compress_file(const Options& options, Terminal& terminal, const CompressionPlan& general,
                   const std::string& path) {
  const Suffixes suffixes(options.suffix);
  const bool names_itself = !options.to_stdout && options.output.empty() && path != "-";
  InputFile in(path, names_itself && !options.force ? InputPolicy::kPlainFile : InputPolicy::kAnything);
  if (names_itself && !options.force && suffixes.stripped(path))
    throw Skipped("already has a suffix of lmzip, skipped (-f takes it)");
  OutputFile out({.path = names_itself ? path + suffixes.appended() : options.output,
                  .chosen = !names_itself,
                  .replace = options.force});
  if (!options.force) refuse_terminal(out.fd(), "written to");

  const std::optional<uint64_t> raw_size = in.size();  // what is left of it, before any is read
  ProgressBar bar(terminal, options, {shown_name(path), raw_size, std::nullopt});
  base::FdSource file(in.fd(), stop_fd());
  PeekedSource source(file);
  const CompressionPlan plan = fitted(plan_input(options, general, source), options, raw_size);
  note_plan(options, terminal, shown_name(path), plan);
  const StreamSummary summary = options.shard
                                    ? compress_shard(in, out.sink(), plan, *options.shard, bar.sink())
                                    : write_container(source, out.sink(), *plan.codec, plan.write, bar.sink());
  bar.stop();
  const TokenCounts counts = bar.sink().tokens();

  const bool removes = options.remove_source && out.temporary() && in.named_file();
  if (removes && options.verify) verify(options, terminal, in, out);
  out.commit(options.keep_attributes && in.named_file() ? &in.status() : nullptr);
  bar.finish(summary.raw_bytes, summary.packed_bytes);
  note_tokens(options, terminal, shown_name(path), plan.codec->info(), counts);
  if (removes) in.remove();
}

}  // namespace

void compress_files(const Options& options, Terminal& terminal) {
  const CompressionPlan general = plan_level(options, options.level.value_or(kDefaultLevel));
  for_each_file(options, terminal, [&](const std::string& path) { compress_file(options, terminal, general, path); });
}

}  // namespace lmzip::cli
