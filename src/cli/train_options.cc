// SPDX-License-Identifier: Apache-2.0
#include "cli/train_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "base/mapped_file.h"
#include "cli/declarations.h"
#include "cli/help_formatter.h"
#include "cli/sizes.h"
#include "lmzip/error.h"
#include "lmzip/model_store.h"

namespace lmzip::cli {
namespace {

using Text = const std::string&;
using train::TrainOptions;

constexpr std::string_view kDescription =
    "Usage: lmzip train [OPTION...] FILE[=WEIGHT]...\n"
    "Train a model on files, with libtorch. WEIGHT is a file's share of the samples; default: its size.\n\n"
    "  lmzip train --minutes 30 --holdout 1M -o prose.safetensors book1.txt book2.txt\n"
    "  lmzip train --preset paper-200k --minutes 600 --checkpoint run.checkpoint --log run.jsonl -o p.safetensors "
    "text\n"
    "  the same with --resume run.checkpoint goes on after a stop; with another --minutes, for so many more\n"
    "  lmzip train --init default --minutes 30 --holdout 1M -o mine.safetensors notes/*.txt\n"
    "  lmzip model quantize prose.safetensors models/prose.safetensors\n"
    "  RANK=0 WORLD_SIZE=2 MASTER_ADDR=node1 MASTER_PORT=29500 lmzip train ...\n"
    "                                            one of two processes that train together; torchrun sets these\n";

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUsage, text); }

double parse_real(std::string_view option, Text text) {
  const std::optional<double> value = number_in(text);
  if (!value || *value < 0) refuse(fmt::format("{}: '{}' is not a number from 0 on", option, text));
  return *value;
}

/// The value that `text` names.
template <typename Enum, size_t kCount>
Enum parse_name(std::string_view option, Text text,
                const std::array<std::pair<std::string_view, Enum>, kCount>& names) {
  std::string known;
  for (const auto& [name, value] : names) {
    if (text == name) return value;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
  }
  refuse(fmt::format("{}: '{}' is not one of {}", option, text, known));
}

/// "256,512@0.6,2048@0.85"
std::vector<train::CurriculumStep> parse_curriculum(std::string_view option, std::string_view text) {
  std::vector<train::CurriculumStep> steps;
  while (!text.empty()) {
    const std::string item(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const size_t at = item.find('@');
    train::CurriculumStep step;
    step.length = static_cast<int>(parse_number(option, item.substr(0, at), 16, 65536));
    if (at != item.npos) step.from = parse_real(option, item.substr(at + 1));
    steps.push_back(step);
  }
  return steps;
}

/// "0,0.1,0.2"; one number is for all `tables`.
std::vector<double> parse_chances(std::string_view option, std::string_view text, size_t tables) {
  std::vector<double> chances;
  while (!text.empty()) {
    const std::string item(text.substr(0, text.find(',')));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    chances.push_back(parse_real(option, item));
  }
  return chances.size() == 1 && tables > 1 ? std::vector<double>(tables, chances[0]) : chances;
}

train::DataFile parse_file(Text text) {
  Weighted file = parse_weighted(text);
  return {std::move(file.name), file.weight};
}

std::shared_ptr<const model::BpeTokenizer> open_tokenizer(const std::string& path) {
  const base::MappedFile file(path);
  try {
    return std::make_shared<const model::BpeTokenizer>(
        model::parse_tokenizer({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}));
  } catch (const Error& error) {
    throw error.within(path);
  }
}

class TrainDeclarations : public Declarations {
 public:
  explicit TrainDeclarations(CLI::App& app) : Declarations(app, kTrain) {}

  CLI::Option* add(const std::string& names, const std::string& type, const std::string& text,
                   std::function<void(Text)> set) {
    return Declarations::add(kTrain, fmt::format("{} {}", names, type), text, std::move(set));
  }
  void real(const std::string& name, const std::string& text, double& value) {
    add(name, "X", fmt::format("{}; default {}", text, value), [name, &value](Text v) { value = parse_real(name, v); });
  }
  void file(const std::string& names, const std::string& text, std::string& value) {
    add(names, "FILE", text, [names, &value](Text v) {
      if (v.empty()) refuse(fmt::format("{}: a file name is needed", names.substr(names.find("--"))));
      value = v;
    });
  }
  void text(const std::string& name, const std::string& text, std::string& value) {
    add(name, "TEXT", text, [&value](Text v) { value = v; });
  }

 private:
  static constexpr unsigned kTrain = 1;  // the one command
};

void declare_data(TrainDeclarations& declare, TrainOptions& o) {
  declare.group("Data");
  declare.add("--validation", "FILE", "Measure on this file; may be repeated",
              [&o](Text v) { o.validation.push_back(v); });
  declare.add("--holdout", "SIZE", "Keep the last SIZE bytes of each file for measuring",
              [&o](Text v) { o.holdout = parse_size("--holdout", v); });
  declare.add("--validation-bytes", "SIZE", "Of each validation text; default 128K, in the end eight times as many",
              [&o](Text v) { o.validation_bytes = parse_size("--validation-bytes", v); });
  declare.add("--seed", "N", "Of weights and samples; default 1",
              [&o](Text v) { o.seed = parse_number("--seed", v, 0, INT64_MAX); });
  declare.group("Length: whichever comes first");
  declare.add("--minutes", "X", "Of wall time", [&o](Text v) { o.budget.seconds = 60 * parse_real("--minutes", v); });
  declare.add("--steps", "N", "Updates",
              [&o](Text v) { o.budget.steps = parse_number("--steps", v, 1, uint64_t{1} << 53); });
  declare.add("--bytes", "SIZE", "Raw bytes seen", [&o](Text v) { o.budget.bytes = parse_size("--bytes", v); });
}

void declare_learning(TrainDeclarations& declare, TrainOptions& o) {
  using train::Decay;
  using train::Optimiser;
  declare.group("Learning");
  declare.add("--batch", "SIZE", fmt::format("Symbols of one pass (1K is 1024); default {}", o.batch),
              [&o](Text v) { o.batch = parse_size("--batch", v); });
  declare.add("--accumulate", "N", "Passes per update; default 1",
              [&o](Text v) { o.accumulate = static_cast<int>(parse_number("--accumulate", v, 1, 1024)); });
  declare.add("--curriculum", "LIST", "Sequences' lengths in symbols, 256,512@0.6: 512 from 60 % on",
              [&o](Text v) { o.curriculum = parse_curriculum("--curriculum", v); });
  declare.real("--cold-starts", "Chance per symbol that a recurrent model's stream begins anew", o.cold_starts);
  declare.add("--table-dropout", "LIST",
              "Chance that a row is left out, of all n-gram tables or one by one: 0.1, or 0,0.1,0.2",
              [&o](Text v) { o.table_dropout = parse_chances("--table-dropout", v, o.architecture.tables.size()); });
  declare.add(
      "--optimizer", "NAME", "muon (the layers' matrices, AdamW the rest) or adamw; default muon", [&o](Text v) {
        o.optimiser =
            parse_name<Optimiser, 2>("--optimizer", v, {{{"muon", Optimiser::kMuon}, {"adamw", Optimiser::kAdamW}}});
      });
  declare.real("--matrix-rate", "Learning rate of Muon", o.matrix_rate);
  declare.real("--rate", "Learning rate of AdamW", o.rate);
  declare.real("--table-rate", "Learning rate of n-gram tables", o.table_rate);
  declare.real("--weight-decay", "Of matrices, times their rate", o.weight_decay);
  declare.real("--clip", "Largest norm of the gradient; 0: none", o.clip);
  declare.add("--warmup", "N", fmt::format("Updates while rates rise; default {}", o.warmup),
              [&o](Text v) { o.warmup = parse_number("--warmup", v, 0, uint64_t{1} << 53); });
  declare.add("--schedule", "NAME", "How rates fall: cosine or linear; default linear", [&o](Text v) {
    o.decay = parse_name<Decay, 2>("--schedule", v, {{{"cosine", Decay::kCosine}, {"linear", Decay::kLinear}}});
  });
  declare.real("--decay-from", "Share of the length after which they fall", o.decay_from);
  declare.real("--final-rate", "What is left of them in the end", o.final_rate);
}

void declare_machine(TrainDeclarations& declare, TrainOptions& o) {
  using train::Device;
  using train::Precision;
  declare.group("Machine");
  declare
      .add("-T,--threads", "N", "Default LMZIP_THREADS or 0: all processors",
           [&o](Text v) { o.threads = static_cast<int>(parse_number("--threads", v, 0, 256)); })
      ->envname("LMZIP_THREADS");
  declare.add("--device", "NAME", "auto, cpu or cuda", [&o](Text v) {
    o.device = parse_name<Device, 3>("--device", v,
                                     {{{"auto", Device::kAuto}, {"cpu", Device::kCpu}, {"cuda", Device::kCuda}}});
  });
  declare.add("--precision", "NAME", "Of products: fp32, bf16, or auto: the faster", [&o](Text v) {
    o.precision = parse_name<Precision, 3>(
        "--precision", v,
        {{{"auto", Precision::kAuto}, {"fp32", Precision::kFloat32}, {"bf16", Precision::kBfloat16}}});
  });
}

void declare_files(TrainDeclarations& declare, TrainOptions& o) {
  declare.group("Files");
  declare.file("-o,--output", "The model, NAME.safetensors; its card NAME.json beside it", o.output);
  declare.file("--log", "JSON lines", o.log);
  declare.file("--checkpoint", "Written now and then and in the end; FILE.plateau before rates fall", o.checkpoint);
  declare.file("--resume", "Go on from a checkpoint, with the options it was made with, or an --arch that it grows to",
               o.resume);
  declare.add("--checkpoint-minutes", "X", "Between checkpoints; default 3",
              [&o](Text v) { o.checkpoint_seconds = 60 * parse_real("--checkpoint-minutes", v); });
  declare.add("--validation-minutes", "X", "Between measurements; default 5",
              [&o](Text v) { o.validation_seconds = 60 * parse_real("--validation-minutes", v); });
  declare.text("--licence", "Of the weights, for the card", o.licence);
  declare.text("--data-licence", "Of the training files, for the card", o.data_licence);
  declare.text("--notes", "For the card", o.notes);
}

void declare_reporting(CLI::App& app, TrainDeclarations& declare, TrainCommand& command) {
  declare.group("Reporting");
  app.add_flag_callback(
         "-q,--quiet", [&] { command.verbosity = -1; }, "Errors only")
      ->group("Reporting");
  app.add_flag_callback(
         "-v,--verbose", [&] { command.verbosity = 1; }, "Show measurements where there is no terminal")
      ->group("Reporting");
  declare.add("--progress", "STYLE", "auto (on a terminal), json (lines), never",
              [&command](Text v) { command.progress = parse_progress_style(v); });
  app.set_help_flag("-h,--help", "Show this")->group("Reporting");
}

/// As torchrun, mpirun's wrappers and Slurm scripts set them for every program that trains with c10d.
train::Peers peers_from_environment() {
  const auto number = [](const char* name, uint64_t least, uint64_t most, uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr || *text == '\0' ? otherwise : parse_number(name, text, least, most);
  };
  train::Peers peers;
  peers.count = static_cast<int>(number("WORLD_SIZE", 1, 1024, 1));
  if (peers.count == 1) return peers;
  if (std::getenv("RANK") == nullptr) refuse("WORLD_SIZE is set, but RANK is not");
  peers.rank = static_cast<int>(number("RANK", 0, static_cast<uint64_t>(peers.count) - 1, 0));
  peers.port = static_cast<uint16_t>(number("MASTER_PORT", 1, 65535, 29500));
  const char* const address = std::getenv("MASTER_ADDR");
  peers.address = address == nullptr || *address == '\0' ? "127.0.0.1" : address;
  return peers;
}

/// The line as a card may show it: without folders; text in quotes.
std::string command_text(const std::vector<std::string>& arguments) {
  std::string text = "lmzip train";
  for (const std::string& one : arguments) {
    text += one.find(' ') != one.npos ? fmt::format(" '{}'", one) : " " + one.substr(one.rfind('/') + 1);
  }
  return text;
}

/// The preset, the model to begin with and the architecture's fields decide the defaults of all else, so they are read
/// first.
TrainOptions defaults(const std::vector<std::string>& arguments) {
  CLI::App app;
  app.allow_extras();
  app.set_help_flag();
  std::optional<std::string> preset;
  std::string model;
  std::vector<std::string> fields;
  app.add_option("--preset", preset)->take_last();
  app.add_option("--init", model)->take_last();
  app.add_option("--arch", fields)->take_all()->allow_extra_args(false);  // a file may follow
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  if (preset && !model.empty()) refuse("--preset and --init exclude each other: a model brings its settings");
  TrainOptions options =
      model.empty() ? train::preset(preset.value_or("fast")) : train::settings_for(ModelStore().find(model));
  options.architecture = train::with_fields(options.architecture, fields);
  std::erase_if(options.curriculum,
                [&](const train::CurriculumStep& step) { return step.length > options.architecture.context; });
  return options;
}

}  // namespace

TrainCommand parse_train_options(const std::vector<std::string>& arguments) {
  const std::vector<std::string> line(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"));
  TrainCommand command;
  TrainOptions& options = command.training;
  options.threads = 0;
  CLI::App app{std::string(kDescription)};
  app.formatter(std::make_shared<HelpFormatter>());
  app.allow_extras();
  try {
    options = defaults(line);
    options.threads = 0;
    TrainDeclarations declare(app);
    declare.group("Model");
    declare.add("--preset", "NAME", "fast (the default), pixels, samples, paper-200k, paper-800k or paper-3.2m",
                [](Text) {});
    declare.add("--init", "MODEL",
                "Begin with the weights of a trained model, one in the program or at a path, and its settings; --arch "
                "may make it grow: more layers, larger or fewer tables",
                [](Text) {});
    declare.add("--arch", "FIELD=VALUE", "Another architecture, field by field: width=128, layers=3*recurrence",
                [](Text) {});
    declare.add("--tokenizer", "FILE", "Predict tokens (see lmzip train-tokenizer) instead of bytes", [&](Text v) {
      options.tokenizer = open_tokenizer(v);
      options.architecture.vocabulary = static_cast<int>(options.tokenizer->size());
    });
    declare_data(declare, options);
    declare_learning(declare, options);
    declare_machine(declare, options);
    declare_files(declare, options);
    declare_reporting(app, declare, command);
    std::vector<std::string> reversed(line.rbegin(), line.rend());
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    command.help = app.help();
    return command;
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  }
  for (const std::string& argument : app.remaining()) {
    if (argument.size() > 1 && argument[0] == '-') refuse(fmt::format("unknown option '{}'", argument));
    options.files.push_back(parse_file(argument));
  }
  for (size_t i = line.size() + 1; i < arguments.size(); ++i) options.files.push_back(parse_file(arguments[i]));
  if (options.threads == 0) options.threads = static_cast<int>(available_processors());
  options.command = command_text(arguments);
  options.peers = peers_from_environment();
  if (options.peers.rank != 0) command.verbosity = -1;  // the first one tells
  check(options);
  return command;
}

}  // namespace lmzip::cli
