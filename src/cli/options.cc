// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "cli/command_line.h"
#include "cli/declarations.h"
#include "cli/help_formatter.h"
#include "lmzip/error.h"
#include "lmzip/version.h"

namespace lmzip::cli {
namespace {

// The commands, as bits: each option says which ones know it. The flag form knows all that act on files.
constexpr unsigned kCompress = 1, kDecompress = 2, kTest = 4, kList = 8, kCodecs = 16, kModel = 32, kEval = 64,
                   kBench = 128, kTrain = 256, kSample = 512, kExplain = 1024;
constexpr unsigned kPack = kCompress | kDecompress, kRead = kDecompress | kTest;
constexpr unsigned kFlagForm = kCompress | kDecompress | kTest | kList;
constexpr unsigned kAll = kFlagForm | kCodecs | kModel | kEval | kExplain;

struct Command {
  std::string_view name;
  std::string_view summary;
  unsigned bit;
  Operation operation;
  std::string_view arguments = " [FILE...]";
};

constexpr Command kCommands[] = {
    {"compress", "compress files, or stdin to stdout", kCompress, Operation::kCompress},
    {"decompress", "restore files, or stdin to stdout", kDecompress, Operation::kDecompress},
    {"test", "decode, compare checksums, write nothing", kTest, Operation::kTest},
    {"list", "show what files contain, without decoding", kList, Operation::kList},
    {"codecs", "show the codecs of this build", kCodecs, Operation::kCodecs, ""},
    {"model", "list, show, verify, quantize, average or import trained models", kModel, Operation::kModel,
     " list | show MODEL... | verify [MODEL...] | quantize FLOAT.safetensors OUT.safetensors |\n"
     "       average MODEL[=SHARE]... OUT.safetensors | import CHECKPOINT OUT.safetensors"},
    {"bench", "reproduce the paper's tables; compare codecs on this machine", kBench, Operation::kBench},
    {"sample", "continue text, pictures or sound with what a codec finds likely", kSample, Operation::kSample},
    {"train", "train a model on files (needs libtorch)", kTrain, Operation::kTrain},
    {"train-tokenizer", "learn byte pair tokens from files, for train", kTrain, Operation::kTrainTokenizer},
    {"eval", "measure how well a model predicts files", kEval, Operation::kEval, " FILE..."},
    {"explain", "show where the bits of a file go, byte for byte", kExplain, Operation::kExplain, " [FILE]"},
};

constexpr std::string_view kExamples =
    "Examples:\n"
    "  lmzip report.txt                        writes report.txt.lmz, keeps report.txt\n"
    "  lmzip -d report.txt.lmz                 restores it, with mode and time\n"
    "  lmzip -9 --rm *.log                     smallest; removes each source once verified\n"
    "  tar -I lmzip -cf src.tlmz src/          and tar -I lmzip -xf src.tlmz\n"
    "  lmzip decompress --range 1G:64K big.lmz reads 64 KiB at 1 GiB, decoding one or two blocks\n"
    "  lmzip compress --shard 3/8 big -o part3 the parts 1 to 8, concatenated, are big.lmz\n"
    "\n"
    "Sizes: 65536, 64KiB, 16M (powers of 1024), 1MB (1000000). A file named like a command: lmzip -- compress.\n"
    "Models are looked for by name in --model-path, LMZIP_MODEL_PATH, ~/.local/share/lmzip/models, "
    "../share/lmzip/models\n"
    "and ../models next to the program's folder, /usr/share/lmzip/models; when decompressing, by digest.\n"
    "Environment: LMZIP_THREADS, LMZIP_MEMLIMIT, LMZIP_MODEL_PATH, NO_COLOR; LMZIP_FORCE_ISA (scalar, avx2, avx512) "
    "is\n"
    "for tests.\n"
    "Exit status: 0 success, 1 error, 2 warning.";

std::string version_text() {
  std::string classical, predictors;
  for (const CodecDescription& codec : codecs())
    (codec.is_predictor ? predictors : classical) += fmt::format(" {}", codec.name);
  return fmt::format("lmzip {}\npredictors:{}\nclassical codecs:{}\n", version(), predictors, classical);
}

void declare_operations(Declarations& declare, Options& o) {
  using Text = const std::string&;
  declare.group("Operation (without one of these: compress)");
  declare.add(kFlagForm, "-d,--decompress,--uncompress", "Restore",
              [&](Text) { o.operation = Operation::kDecompress; });
  declare.add(kFlagForm, "-t,--test", "Decode and compare checksums, write nothing",
              [&](Text) { o.operation = Operation::kTest; });
  declare.add(kFlagForm, "-l,--list", "Show what files contain", [&](Text) { o.operation = Operation::kList; });
}

void declare_destination(Declarations& declare, Options& o) {
  using Text = const std::string&;
  declare.group("Destination");
  declare.add(kPack, "-c,--stdout", "Write to stdout", [&](Text) { o.to_stdout = true; });
  declare.add(kPack | kExplain, "-o,--output FILE", "Write FILE ('-' is stdout)", [&](Text v) {
    if (v.empty()) throw Error(ErrorKind::kUsage, "--output: a file name is needed");
    o.output = v;
  });
  declare.add(kFlagForm, "-S,--suffix SUF", "Append or strip SUF instead of .lmz", [&](Text v) {
    if (v.empty() || v.find('/') != v.npos)
      throw Error(ErrorKind::kUsage, fmt::format("--suffix: '{}' is not a suffix", v));
    o.suffix = v;
  });
  declare.add(kFlagForm | kModel | kExplain, "-f,--force", "Overwrite files; take links, special files, terminals",
              [&](Text) { o.force = true; });
  declare.add(kPack, "-k,--keep", "Keep the source (the default)", [&](Text) { o.remove_source = false; });
  declare.add(kPack, "--rm", "Remove the source after it is verified and on disk",
              [&](Text) { o.remove_source = true; });
  declare.add(kCompress, "--no-verify", "With --rm: do not decode the result first", [&](Text) { o.verify = false; });
  declare.add(kPack, "-n,--no-name", "Do not keep mode, owner and time", [&](Text) { o.keep_attributes = false; });
  declare.add(kDecompress, "--no-sparse", "Write zeros instead of holes", [&](Text) { o.sparse = false; });
}

void declare_coding(Declarations& declare, Options& o) {
  using Text = const std::string&;
  declare.group("Compression");
  // Nine flags, one line of help: HelpFormatter names the first after all, the others are in no group.
  for (int level = 1; level <= 9; ++level) {
    CLI::Option* flag =
        declare.add(kCompress | kExplain, fmt::format("-{}", level), "Fastest to smallest; from -4 with a network",
                    [&o, level](Text) { o.level = level; });
    if (flag != nullptr && level > 1) flag->group("");
  }
  declare.add(kCompress | kExplain, "--level N", fmt::format("The same; default {}", kDefaultLevel),
              [&](Text v) { o.level = static_cast<int>(parse_number("--level", v, 1, 9)); });
  declare.add(kCompress | kEval | kExplain, "--codec SPEC", "Codec instead of the level's (see lmzip codecs)",
              [&](Text v) { o.codec = v; });
  declare.add(kCompress | kEval | kExplain, "--block SIZE", "Independent blocks of SIZE: random access, threads",
              [&](Text v) {
                o.block_size = parse_size("--block", v);
                if (o.block_size < kMinBlockSize || o.block_size > kMaxBlockSize || o.block_size % 1024 != 0) {
                  throw Error(ErrorKind::kUsage, fmt::format("--block: '{}' is not a multiple of 1 KiB from {} to {}",
                                                             v, human_size(kMinBlockSize), human_size(kMaxBlockSize)));
                }
              });
  declare.add(kCompress, "--member-size SIZE", fmt::format("Raw bytes per member; default {} blocks", kBlocksPerMember),
              [&](Text v) { o.member_size = parse_size("--member-size", v); });
  declare.add(kCompress, "--shard I/N", "Only part I of N, to stdout or -o; cat joins them",
              [&](Text v) { o.shard = parse_shard("--shard", v); });
  const auto raw = [&o]() -> RawNumbers& { return o.raw ? *o.raw : o.raw.emplace(); };
  declare.add(kCompress, "--width N", "The input is pixels without a header, N in a row; auto: find it out",
              [raw](Text v) {
                raw().width =
                    v == "auto" ? RawNumbers::kFindWidth : static_cast<uint32_t>(parse_number("--width", v, 1, 65535));
              });
  declare.add(kCompress, "--channels N", "Numbers of a pixel, or channels of sound (without --width), 1 to 8",
              [raw](Text v) { raw().channels = static_cast<unsigned>(parse_number("--channels", v, 1, 8)); });
  declare.add(kCompress, "--bits N", "Of such a number: 8, 16 or, of sound, 24; little endian, sound signed",
              [raw](Text v) { raw().bits = static_cast<unsigned>(parse_number("--bits", v, 8, 24)); });
  declare.add(kCompress, "--show-preset", "Show codec, block and memory of the level (or of all)",
              [&](Text) { o.operation = Operation::kShowPreset; });
  declare.group("Decompression");
  declare.add(kDecompress, "--range OFF:LEN", "Only these raw bytes, to stdout or -o",
              [&](Text v) { o.range = parse_range("--range", v); });
  declare.add(kRead | kList, "--strict", "Trailing garbage is an error", [&](Text) { o.strict = true; });
  declare.add(kTest, "--quick", "With test: structure only, no decoding", [&](Text) { o.quick = true; });
}

void declare_models(Declarations& declare, Options& o) {
  using Text = const std::string&;
  declare.group("Models");
  declare.add(kFlagForm | kEval | kExplain, "--model NAME|PATH", "The model, as in --codec lm:NAME", [&](Text v) {
    if (v.empty()) throw Error(ErrorKind::kUsage, "--model: a name or a path is needed");
    o.model = v;
  });
  declare.add(kCompress | kEval, "--top-k K", "Of a checkpoint only the K likeliest tokens, as the paper with 100",
              [&](Text v) { o.top_k = parse_top_k(v); });
  declare.add(kAll, "--model-path DIRS", "Look for models here first; colons between folders",
              [&](Text v) { o.model_path = v; });
  declare.add(kEval, "--chunk N", "Start anew after every N bytes, 64 to 65536; default 0: never",
              [&](Text v) { o.chunk = static_cast<unsigned>(parse_number("--chunk", v, 0, 65536)); });
  declare.add(kEval, "--float PATH", "The model before quantisation, run by libtorch: what int8 costs",
              [&](Text v) { o.float_model = v; });
  declare.add(kEval, "--card", "Write the result into the card of --model", [&](Text) { o.update_card = true; });
}

void declare_explaining(Declarations& declare, Options& options) {
  using Text = const std::string&;
  ExplainOptions& o = options.explain;
  declare.group("What is shown");
  declare.add(kExplain, "--offset N", "From this byte on; the predictor has read all before it",
              [&o](Text v) { o.offset = parse_size("--offset", v); });
  declare.add(kExplain, "--bytes N", "So many; default 4K, as HTML 64K",
              [&o](Text v) { o.bytes = parse_size("--bytes", v); });
  declare.add(kExplain, "--compare LIST", "Codecs beside it; none; default: mixing and network alone, if it is both",
              [&o](Text v) {
                if (!o.compare) o.compare.emplace();
                if (v != "none") add_codecs(v, *o.compare);
              });
  declare.add(kExplain, "--top K", "Bytes expected in each place, likeliest first; default 5, 0: quicker",
              [&o](Text v) { o.top = static_cast<unsigned>(parse_number("--top", v, 0, 256)); });
  declare.add(kExplain, "--hex", "Numbers, even where it is text", [&o](Text) { o.hex = true; });
  declare.add(kExplain, "--color WHEN", "auto (on a terminal), always, never", [&o](Text v) {
    if (v != "auto" && v != "always" && v != "never") {
      throw Error(ErrorKind::kUsage, fmt::format("--color: '{}' is not auto, always or never", v));
    }
    o.color = v == "auto" ? ColorStyle::kAuto : v == "always" ? ColorStyle::kAlways : ColorStyle::kNever;
  });
}

void declare_resources(Declarations& declare, Options& o) {
  using Text = const std::string&;
  declare.group("Resources (the output never depends on them)");
  CLI::Option* threads =
      declare.add(kPack | kTest | kEval, "-T,--threads N", "Blocks at once; default LMZIP_THREADS or 0: all processors",
                  [&](Text v) { o.threads = static_cast<unsigned>(parse_number("--threads", v, 0, 256)); });
  declare.add(kPack | kTest | kEval, "--lanes N", "Blocks per thread at once, 1 to 64; default: the codec's",
              [&](Text v) { o.lanes = static_cast<unsigned>(parse_number("--lanes", v, 1, 64)); });
  CLI::Option* memory = declare.add(
      kPack | kTest, "-M,--memlimit SIZE", "Or 50%: fewer threads first; default LMZIP_MEMLIMIT or all; 0: none",
      [&](Text v) { o.memory_limit = parse_memory_limit("--memlimit", v, available_memory()); });
  if (threads != nullptr) threads->envname("LMZIP_THREADS");
  if (memory != nullptr) memory->envname("LMZIP_MEMLIMIT");
}

void declare_reporting(Declarations& declare, Options& o) {
  using Text = const std::string&;
  declare.group("Reporting");
  declare.add(kAll & ~kCodecs, "-q,--quiet", "Errors only", [&](Text) { o.verbosity = -1; });
  declare.add(kAll & ~kCodecs, "-v,--verbose", "Say more; twice: memory estimates",
              [&](Text) { o.verbosity = std::min(std::max(o.verbosity, 0) + 1, 2); });
  declare.add(kPack | kTest | kEval | kExplain, "--progress STYLE", "auto (on a terminal), json (lines), never",
              [&](Text v) { o.progress = parse_progress_style(v); });
  declare.add(kPack | kTest | kEval | kExplain, "--no-progress", "The same as --progress=never",
              [&](Text) { o.progress = ProgressStyle::kNever; });
  declare.add(kList | kCodecs | kModel | kEval | kExplain, "--json", "JSON instead of a table",
              [&](Text) { o.json = true; });
  declare.add(kList, "--blocks", "With list: every block", [&](Text) { o.blocks = true; });
}

std::string description(const Command* command) {
  if (command != nullptr) {
    return fmt::format("Usage: lmzip {} [OPTION...]{}\n{}", command->name, command->arguments, command->summary);
  }
  std::string text =
      "Usage: lmzip [OPTION...] [FILE...]\n       lmzip COMMAND [OPTION...] [FILE...]\n"
      "Lossless compression with predictors and an arithmetic coder. Without FILE, or with -, stdin to stdout.\n\n"
      "Commands (each with its own --help; they take the same options):";
  for (const Command& one : kCommands) text += fmt::format("\n  {:<30}{}", one.name, one.summary);
  return text;
}

/// What does not fit together. Anything that could lose data is refused here.
void check(Options& o) {
  const auto refuse = [](const char* text) { throw Error(ErrorKind::kUsage, text); };
  const bool packs = o.operation == Operation::kCompress || o.operation == Operation::kDecompress;
  if (o.output == "-") o.output.clear(), o.to_stdout = true;
  if (o.to_stdout && !o.output.empty()) refuse("--stdout and --output exclude each other");
  if (!o.output.empty() && !packs && o.operation != Operation::kExplain) refuse("--output needs something to write");
  if (o.operation == Operation::kExplain && o.files.size() > 1) refuse("explain takes one file");
  if (!o.output.empty() && o.files.size() > 1) refuse("--output takes one input file; use --stdout to join several");
  if (o.shard && o.operation != Operation::kCompress) refuse("--shard is for compressing");
  if (o.raw && (o.codec || o.model)) refuse("--width, --channels and --bits choose the codec; leave --codec out");
  if (o.raw && o.raw->bits != 8 && o.raw->bits != 16 && (o.raw->bits != 24 || o.raw->width)) {
    refuse("--bits is 8 or 16, for sound also 24");
  }
  if (o.range && o.operation != Operation::kDecompress) refuse("--range is for decompressing");
  if (o.quick && o.operation != Operation::kTest) refuse("--quick is for testing");
  if ((o.shard || o.range) && o.files.size() > 1) refuse("--shard and --range take one file");
  if ((o.shard || o.range) && o.remove_source) refuse("--rm would remove more than --shard or --range writes");
  // A part under the name of the whole would be a trap.
  if ((o.shard || o.range) && o.output.empty()) o.to_stdout = true;
  if (o.to_stdout) o.remove_source = false;
}

}  // namespace

ProgressStyle parse_progress_style(std::string_view text) {
  if (text == "auto") return ProgressStyle::kAuto;
  if (text == "json") return ProgressStyle::kJson;
  if (text == "never") return ProgressStyle::kNever;
  throw Error(ErrorKind::kUsage, fmt::format("--progress: '{}' is not auto, json or never", text));
}

unsigned parse_top_k(const std::string& text) {
  return static_cast<unsigned>(parse_number("--top-k", text, 1, FrequencyTable::kMaxSymbols));
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  options.memory_limit = available_memory();
  std::vector<std::string> rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());

  const std::string program = arguments.empty() ? "" : arguments[0].substr(arguments[0].rfind('/') + 1);
  const Command* command = nullptr;
  if (program == "unlmzip" || program == "lmzcat") {
    options.operation = Operation::kDecompress;
    options.to_stdout = program == "lmzcat";
  } else if (!rest.empty()) {
    const auto* const found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                           [&](const Command& one) { return one.name == rest[0]; });
    if (found != std::end(kCommands)) {
      command = found;
      options.operation = command->operation;
      rest.erase(rest.begin());
    }
  }
  if (options.operation == Operation::kTrain || options.operation == Operation::kTrainTokenizer ||
      options.operation == Operation::kBench || options.operation == Operation::kSample) {
    options.arguments = rest;
    return options;
  }

  CLI::App app(description(command));
  app.formatter(std::make_shared<HelpFormatter>());
  if (command == nullptr) app.footer(std::string(kExamples));
  app.allow_extras();
  Declarations declare(app, command != nullptr ? command->bit : kFlagForm);
  if (command == nullptr) declare_operations(declare, options);
  declare_explaining(declare, options);
  declare_destination(declare, options);
  declare_coding(declare, options);
  declare_models(declare, options);
  declare_resources(declare, options);
  declare_reporting(declare, options);
  app.set_help_flag("-h,--help", "Show this")->group("Reporting");
  app.set_version_flag("-V,--version", version_text, "Show version and codecs")->group("Reporting");

  // File names do not go through CLI11: it would take "[a,b]" for a list.
  const auto separator = std::find(rest.begin(), rest.end(), "--");
  const std::vector<std::string> plain_files(separator == rest.end() ? separator : separator + 1, rest.end());
  std::vector<std::string> reversed(std::make_reverse_iterator(separator), rest.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    options.operation = Operation::kShowText;
    options.text = app.help();
    return options;
  } catch (const CLI::CallForVersion& version) {
    options.operation = Operation::kShowText;
    options.text = version.what();
    return options;
  } catch (const CLI::ParseError& error) {
    throw Error(ErrorKind::kUsage, error.what());
  }
  for (const std::string& argument : app.remaining()) {
    if (argument.size() > 1 && argument[0] == '-')
      throw Error(ErrorKind::kUsage, fmt::format("unknown option '{}'", argument));
    options.files.push_back(argument);
  }
  options.files.insert(options.files.end(), plain_files.begin(), plain_files.end());
  if (options.operation == Operation::kCodecs && !options.files.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("'codecs' takes no file, but got '{}'", options.files[0]));
  }
  if (options.operation == Operation::kModel) {
    if (options.files.empty())
      throw Error(ErrorKind::kUsage, "model: one of list, show, verify, quantize, average, import is needed");
    options.action = options.files[0];
    options.files.erase(options.files.begin());
  } else if (options.files.empty() && options.operation != Operation::kEval) {
    options.files.emplace_back("-");
  }
  if (options.threads == 0) options.threads = available_processors();
  check(options);
  return options;
}

}  // namespace lmzip::cli
