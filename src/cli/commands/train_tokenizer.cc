// SPDX-License-Identifier: Apache-2.0
// lmzip train-tokenizer: byte pair tokens that suit texts, for lmzip train --tokenizer.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/mapped_file.h"
#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/declarations.h"
#include "cli/help_formatter.h"
#include "cli/output_file.h"
#include "cli/progress_bar.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "lmzip/error.h"
#include "model/architecture.h"
#include "model/tokenizer.h"
#include "train/bpe_trainer.h"

namespace lmzip::cli {
namespace {

using model::Architecture;
using model::BpeTokenizer;
using Text = const std::string&;

constexpr std::string_view kDescription =
    "Usage: lmzip train-tokenizer [OPTION...] --vocabulary N -o NAME.tokenizer.json FILE...\n"
    "Learn byte pair tokens from files. Needs no libtorch.\n\n"
    "  lmzip train-tokenizer --vocabulary 5120 --holdout 1M -o prose.tokenizer.json book1.txt book2.txt\n"
    "  lmzip train --tokenizer prose.tokenizer.json --preset paper-200k --minutes 60 -o prose.safetensors book1.txt\n";

struct TokenizerCommand {
  std::vector<std::string> files;
  std::string output;
  uint64_t vocabulary = 0;
  uint64_t holdout = 0;          ///< the last bytes of each file, measured only
  std::optional<uint64_t> most;  ///< bytes of each file to learn from
  std::string help;              ///< not empty: show this instead
  Options common;                ///< force, verbosity, progress
};

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUsage, text); }

uint64_t parse_vocabulary(Text text) {
  constexpr uint64_t kStep = Architecture::kVocabularyStep, kMost = Architecture::kMaxVocabulary;
  const uint64_t value = parse_number("--vocabulary", text, model::kVocabulary + kStep, kMost);
  if (value % kStep != 0) refuse(fmt::format("--vocabulary: '{}' is not a multiple of {}", text, kStep));
  return value;
}

TokenizerCommand parse(const std::vector<std::string>& arguments) {
  TokenizerCommand command;
  CLI::App app{std::string(kDescription)};
  app.formatter(std::make_shared<HelpFormatter>());
  Declarations declare(app, 1);
  declare.group("Tokens");
  declare.add(1, "--vocabulary N", "Symbols in all, bytes included: 272 to 131072, a multiple of 16",
              [&](Text v) { command.vocabulary = parse_vocabulary(v); });
  declare.add(1, "--holdout SIZE", "Keep the last SIZE bytes of each file for measuring",
              [&](Text v) { command.holdout = parse_size("--holdout", v); });
  declare.add(1, "--bytes SIZE", "Learn from no more than the first SIZE bytes of each file",
              [&](Text v) { command.most = parse_size("--bytes", v); });
  declare.group("Files");
  declare.add(1, "-o,--output FILE", "The tokenizer, NAME.tokenizer.json", [&](Text v) { command.output = v; });
  declare.add(1, "-f,--force", "Overwrite it", [&](Text) { command.common.force = true; });
  declare.group("Reporting");
  declare.add(1, "-q,--quiet", "Errors only", [&](Text) { command.common.verbosity = -1; });
  declare.add(1, "--no-progress", "Draw nothing on a terminal",
              [&](Text) { command.common.progress = ProgressStyle::kNever; });
  ParsedLine line = parse_line(app, arguments);
  if (!line.help.empty()) {
    command.help = line.help;
    return command;
  }
  command.files = std::move(line.files);
  if (command.files.empty()) refuse("train-tokenizer: there is no file to learn from");
  if (command.vocabulary == 0) refuse("train-tokenizer: --vocabulary is needed");
  if (!command.output.ends_with(".tokenizer.json")) {
    refuse("train-tokenizer: --output NAME.tokenizer.json is needed");
  }
  return command;
}

/// The mapped files: what is learnt from, and what is held out.
struct Texts {
  explicit Texts(const TokenizerCommand& command) {
    for (const std::string& path : command.files) {
      files.push_back(std::make_unique<const base::MappedFile>(path));
      const ByteSpan all = files.back()->bytes();
      if (all.size() <= command.holdout) {
        refuse(fmt::format("{}: has {} bytes; nothing is left to learn from", path, all.size()));
      }
      learnt.push_back(all.first(std::min(all.size() - command.holdout, command.most.value_or(all.size()))));
      held_out.push_back(all.last(command.holdout));
    }
  }

  std::vector<std::unique_ptr<const base::MappedFile>> files;
  std::vector<ByteSpan> learnt, held_out;
};

uint64_t bytes_in(const std::vector<ByteSpan>& texts) {
  uint64_t bytes = 0;
  for (const ByteSpan text : texts) bytes += text.size();
  return bytes;
}

/// "3.512 on 95000000 bytes": raw bytes per symbol, in pieces of a mebibyte.
std::string rate_text(const BpeTokenizer& tokenizer, const std::vector<ByteSpan>& texts, ProgressSink& progress) {
  constexpr size_t kPiece = size_t{1} << 20;
  uint64_t symbols = 0;
  for (const ByteSpan text : texts) {
    for (size_t at = 0; at < text.size(); at += kPiece) {
      const ByteSpan piece = text.subspan(at, std::min(kPiece, text.size() - at));
      symbols += tokenizer.encode(piece).size();
      progress.advance(piece.size());
    }
  }
  const uint64_t bytes = bytes_in(texts);
  return fmt::format("{:.3f} on {} bytes", static_cast<double>(bytes) / static_cast<double>(symbols), bytes);
}

BpeTokenizer learn(const TokenizerCommand& command, const Texts& texts, Terminal& terminal) {
  train::WordCounts counts;
  {
    ProgressBar bar(terminal, command.common, {"reading", bytes_in(texts.learnt), std::nullopt});
    for (const ByteSpan text : texts.learnt) counts.add(text, bar.sink());
  }
  const bool draws =
      terminal.interactive() && command.common.verbosity >= 0 && command.common.progress == ProgressStyle::kAuto;
  std::vector<model::Merge> merges = train::train_merges(counts, command.vocabulary, progress(), [&](size_t symbols) {
    if (draws && symbols % 256 == 0) terminal.draw(fmt::format("{} of {} symbols", symbols, command.vocabulary));
  });
  if (draws) terminal.draw("");
  if (const size_t symbols = model::kVocabulary + merges.size(); symbols < command.vocabulary) {
    refuse(fmt::format("train-tokenizer: so little text makes only {} symbols, not {}", symbols, command.vocabulary));
  }
  return BpeTokenizer(std::move(merges));
}

}  // namespace

void train_tokenizer(const std::vector<std::string>& arguments, Terminal& terminal) {
  const TokenizerCommand command = parse(arguments);
  if (!command.help.empty()) return print_text(command.help);
  terminal.set_verbosity(command.common.verbosity);
  const Texts texts(command);
  OutputFile file({.path = command.output, .chosen = true, .replace = command.common.force});  // refused at once
  const BpeTokenizer tokenizer = learn(command, texts, terminal);
  const std::string json = to_json(tokenizer) + "\n";
  file.sink().write(Bytes(json.begin(), json.end()));
  file.commit(nullptr);
  if (command.common.verbosity < 0) return;

  const uint64_t held_out = bytes_in(texts.held_out);
  ProgressBar bar(terminal, command.common, {"measuring", bytes_in(texts.learnt) + held_out, std::nullopt});
  std::string text = fmt::format("{} symbols; bytes per symbol: {} learnt from", tokenizer.size(),
                                 rate_text(tokenizer, texts.learnt, bar.sink()));
  if (held_out > 0) text += fmt::format(", {} held out", rate_text(tokenizer, texts.held_out, bar.sink()));
  bar.stop();
  print_text(text + "\n");
}

}  // namespace lmzip::cli
