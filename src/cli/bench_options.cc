// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string_view>

#include "cli/command_line.h"
#include "cli/declarations.h"
#include "cli/help_formatter.h"
#include "lmzip/error.h"

namespace lmzip::cli {
namespace {

using Text = const std::string&;

// The actions, as bits: each option says which ones know it.
constexpr unsigned kTable1 = 1, kScaling = 2, kContext = 4, kTokenization = 8, kSpeed = 16, kCorpus = 32, kRender = 64,
                   kJoin = 128;
constexpr unsigned kRates = kTable1 | kScaling | kContext | kTokenization;
constexpr unsigned kMeasuring = kRates | kSpeed;
constexpr unsigned kAll = kMeasuring | kCorpus | kRender | kJoin;

/// Over so many sequences the paper's figure 4 is averaged.
constexpr uint64_t kContextChunks = 100;

struct Action {
  std::string_view name;
  std::string_view summary;
  unsigned bit;
  BenchAction action;
  std::string_view arguments = "";
};

constexpr Action kActions[] = {
    {"table1", "raw and adjusted rate of every codec on every corpus, chunked and whole", kTable1,
     BenchAction::kTable1},
    {"scaling", "adjusted rate against the size of model and data (the paper's figure 2)", kScaling,
     BenchAction::kScaling},
    {"context", "rate against the length of the context (figure 4)", kContext, BenchAction::kContext},
    {"tokenization", "rate of transformers on bytes and on tokens (table 2)", kTokenization,
     BenchAction::kTokenization},
    {"speed", "KB/s, memory and processor time of codecs on this machine", kSpeed, BenchAction::kSpeed, " [FILE]"},
    {"corpus", "write exactly the bytes that the others would measure", kCorpus, BenchAction::kCorpus, " CORPUS"},
    {"render", "make a table or a report of results", kRender, BenchAction::kRender, " RESULTS.jsonl..."},
    {"join", "put the results of shards together", kJoin, BenchAction::kJoin, " RESULTS.jsonl..."},
};

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUsage, text); }

template <typename Value>
std::vector<Value> numbers_of(std::string_view option, Text text, const std::function<uint64_t(Text)>& parse) {
  std::vector<Value> values;
  for (const std::string& item : items_of(option, text)) values.push_back(static_cast<Value>(parse(item)));
  return values;
}

uint64_t parse_chunk(Text text) {
  if (text == "inf" || text == "whole") return 0;
  const uint64_t size = parse_size("--chunk", text);
  if (size < 1 || size > kMaxBlockSize) refuse(fmt::format("--chunk: '{}' is not a size up to 1 GiB, or inf", text));
  return size;
}

uint64_t parse_count(Text text) {
  if (text == "all") return 0;
  if (text == "full") return bench::kPaperChunks;
  return parse_number("--chunks", text, 1, uint64_t{1} << 40);
}

uint64_t parse_block(Text text) {
  const uint64_t size = parse_size("--block", text);
  if (size < 1 || size > kMaxBlockSize) refuse(fmt::format("--block: '{}' is not a size up to 1 GiB", text));
  return size;
}

void declare_what(Declarations& declare, BenchOptions& o) {
  declare.group("What is measured");
  declare.add(kRates, "--corpus LIST", "Corpora (below), between commas; may be repeated", [&](Text v) {
    for (std::string& item : items_of("--corpus", v)) o.corpora.push_back(std::move(item));
  });
  declare.add(kRates | kCorpus, "--data DIR", "Where the named corpora lie; default LMZIP_DATA",
              [&](Text v) { o.data = v; });
  declare.add(kMeasuring, "--codec LIST", "Codecs (lmzip codecs), between commas; may be repeated",
              [&](Text v) { add_codecs(v, o.codecs); });
  declare.add(kTable1, "--chunk LIST", "Bytes of a chunk, or inf: all at once; default inf,2048, of models 2048",
              [&](Text v) { o.chunks = numbers_of<uint64_t>("--chunk", v, parse_chunk); });
  declare.add(kRates | kCorpus, "--chunks N",
              fmt::format("Of 2048 bytes from each corpus; all; full: the paper's 488281; default {}", o.count),
              [&](Text v) { o.count = parse_count(v); });
  declare.add(kRates | kCorpus, "--seed N", "Draw the chunks from the whole corpus; default: its first",
              [&](Text v) { o.seed = parse_number("--seed", v, 0, std::numeric_limits<int64_t>::max()); });
  declare.add(kTable1, "--native", "Without the paper's rows of seven bits a byte",
              [&](Text) { o.native_only = true; });
  declare.add(kScaling, "--size LIST", "Bytes of the data sets; default 1MB,10MB,100MB,1GB", [&](Text v) {
    o.sizes = numbers_of<uint64_t>("--size", v, [](Text item) {
      const uint64_t size = parse_size("--size", item);
      if (size == 0) refuse("--size: a data set has at least a byte");
      return size;
    });
  });
  declare.add(kContext, "--length LIST", "Bytes of the prefixes, 1 to 2048; default: powers of two", [&](Text v) {
    o.lengths = numbers_of<uint64_t>("--length", v,
                                     [](Text item) { return parse_number("--length", item, 1, bench::kChunkSize); });
  });
  declare.add(kRates, "--shard I/N", "Only part I of N of the cells; bench join puts them together",
              [&](Text v) { o.shard = parse_shard("--shard", v); });
  declare.add(kRates, "--no-verify", "Do not decode and compare", [&](Text) { o.verify = false; });
  declare.add(kSpeed, "--block LIST", "Bytes of a block; default 64K",
              [&](Text v) { o.blocks = numbers_of<uint64_t>("--block", v, parse_block); });
  declare.add(kSpeed, "--lanes LIST", "Blocks per thread at once, 1 to 64; default 0: the codec's", [&](Text v) {
    o.lanes = numbers_of<unsigned>("--lanes", v, [](Text item) { return parse_number("--lanes", item, 0, kMaxLanes); });
  });
  declare.add(kSpeed, "--runs N", "Of which the median counts; default 3",
              [&](Text v) { o.runs = static_cast<unsigned>(parse_number("--runs", v, 1, 1000)); });
  declare.add(kSpeed, "--warmup N", "Runs before them that do not count; default 1",
              [&](Text v) { o.warmup = static_cast<unsigned>(parse_number("--warmup", v, 0, 1000)); });
}

void declare_resources(Declarations& declare, BenchOptions& o) {
  declare.group("Resources");
  const auto threads = [](Text item) {
    const uint64_t count = parse_number("--threads", item, 0, kMaxThreads);
    return count != 0 ? count : available_processors();
  };
  declare.add(kMeasuring, "--model NAME|PATH", "The model of the codecs lm, torch and checkpoint", [&](Text v) {
    if (v.empty()) refuse("--model: a name or a path is needed");
    o.common.model = v;
  });
  declare.add(kMeasuring, "--top-k K", "Of checkpoints only the K likeliest tokens, as the paper with 100",
              [&](Text v) { o.common.top_k = parse_top_k(v); });
  declare.add(kAll, "--model-path DIRS", "Look for models here first; colons between folders",
              [&](Text v) { o.common.model_path = v; });
  CLI::Option* const option =
      declare.add(kMeasuring | kCorpus, "-T,--threads N", "Default LMZIP_THREADS or 0: all processors; speed: a list",
                  [&o, threads](Text v) { o.threads = numbers_of<unsigned>("--threads", v, threads); });
  if (option != nullptr) option->envname("LMZIP_THREADS");
}

void declare_results(Declarations& declare, BenchOptions& o) {
  declare.group("Results");
  declare.add(kAll & ~kCorpus, "-o,--format FORMAT", "jsonl, csv, md or html; default: by the name of --out",
              [&](Text v) { o.format = bench::parse_report_format(v); });
  declare.add(kAll, "--out FILE", "Keep results in FILE; a stopped run goes on from there; default: stdout",
              [&](Text v) {
                if (v.empty()) refuse("--out: a file name is needed");
                o.output = v == "-" ? "" : v;
              });
  declare.add(kRender, "--pictures DIR", "Write the plots to DIR, too, one SVG file each", [&](Text v) {
    if (v.empty()) refuse("--pictures: a folder is needed");
    o.pictures = v;
  });
  declare.add(kAll, "-f,--force", "Begin anew, whatever FILE holds", [&](Text) { o.force = true; });
  declare.add(kAll & ~kCorpus, "--json", "The same as --format=jsonl",
              [&](Text) { o.format = bench::ReportFormat::kJsonLines; });
  declare.group("Reporting");
  declare.add(kAll, "-q,--quiet", "Errors only", [&](Text) { o.common.verbosity = -1; });
  declare.add(kAll, "-v,--verbose", "Say more", [&](Text) { o.common.verbosity = 1; });
  declare.add(kMeasuring, "--progress STYLE", "auto (on a terminal), json (lines), never",
              [&](Text v) { o.common.progress = parse_progress_style(v); });
}

std::string description(const Action* action) {
  if (action != nullptr) {
    return fmt::format("Usage: lmzip bench {} [OPTION...]{}\n{}", action->name, action->arguments, action->summary);
  }
  std::string text =
      "Usage: lmzip bench ACTION [OPTION...]\n"
      "Reproduce the tables and figures of \"Language Modeling Is Compression\" (ICLR 2024), and compare "
      "codecs.\n\nActions (each with its own --help):";
  for (const Action& one : kActions) text += fmt::format("\n  {:<14}{}", one.name, one.summary);
  return text;
}

std::string examples(const Action* action) {
  if (action == nullptr) {
    return "Examples:\n"
           "  lmzip bench table1 --data DIR --out table1.html     2000 chunks of each corpus there is\n"
           "  lmzip bench table1 --data DIR --chunks full --out full.jsonl     the paper's gigabyte of each\n"
           "  lmzip bench table1 --corpus text=book.txt,random --codec gzip,mix:5,lm -o md\n"
           "  lmzip bench table1 --corpus text=book.txt --model SmolLM-135M --top-k 100 -o md\n"
           "  lmzip bench corpus imagenet --data DIR --chunks 100 --seed 1 --out patches.bin\n"
           "  lmzip bench join part*.jsonl --out all.jsonl; lmzip bench render all.jsonl --out all.html\n"
           "Results are JSON lines; with --out report.html they are kept in report.jsonl, too, and what was run in\n"
           "report.manifest.json. Exit status: 0 success, 1 error, 2: some cells failed.";
  }
  if ((action->bit & (kRates | kCorpus)) == 0) return "";
  std::string text = "Corpora:";
  for (const bench::CorpusDescription& one : bench::corpora())
    text += fmt::format("\n  {:<14}{}", one.name, one.expects);
  return text;
}

void complete(const Action& action, BenchOptions& o) {
  const auto need = [&](bool there, std::string_view what) {
    if (!there) refuse(fmt::format("bench {}: {}", action.name, what));
  };
  const bool takes_files = (action.bit & (kSpeed | kCorpus | kRender | kJoin)) != 0;
  if (!takes_files && !o.files.empty()) {
    need(false, fmt::format("takes no file, but got '{}'; texts go to --corpus text=FILE", o.files[0]));
  }
  need(action.bit != kSpeed || o.files.size() <= 1, "takes one file");
  need(action.bit != kCorpus || o.files.size() == 1, "takes one corpus");
  need((action.bit & (kRender | kJoin)) == 0 || !o.files.empty(), "a file of results is needed");
  if (o.threads.empty()) o.threads.push_back(available_processors());
  need(action.bit == kSpeed || o.threads.size() == 1, "takes one number of threads");
  if (o.lanes.empty()) o.lanes.push_back(0);
  if (o.blocks.empty()) o.blocks.push_back(uint64_t{64} << 10);
  o.common.threads = o.threads[0];
}

}  // namespace

BenchOptions parse_bench_options(const std::vector<std::string>& arguments) {
  BenchOptions options;
  options.command = line_of("bench", arguments);
  std::vector<std::string> rest = arguments;
  const Action* action = nullptr;
  if (!rest.empty()) {
    const auto* const found = std::ranges::find(kActions, rest[0], &Action::name);
    if (found != std::end(kActions)) {
      action = found;
      options.action = found->action;
      rest.erase(rest.begin());
    }
  }

  if (const char* const data = std::getenv("LMZIP_DATA")) options.data = data;
  if (options.action == BenchAction::kContext) options.count = kContextChunks;

  CLI::App app(description(action));
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(examples(action));
  Declarations declare(app, action != nullptr ? action->bit : 0);
  declare_what(declare, options);
  declare_resources(declare, options);
  declare_results(declare, options);
  ParsedLine line = parse_line(app, rest);
  if (!line.help.empty()) {
    options.help = line.help;
    return options;
  }
  if (action == nullptr) {
    std::string names;
    for (const Action& one : kActions) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.name);
    refuse(line.files.empty() ? fmt::format("bench: one of {} is needed", names)
                              : fmt::format("bench: '{}' is not one of {}", line.files[0], names));
  }
  options.files = std::move(line.files);
  complete(*action, options);
  return options;
}

}  // namespace lmzip::cli
