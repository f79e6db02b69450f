// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/model_checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/checkpoints.h"
#include "cli/output_file.h"
#include "cli/sizes.h"
#include "lmzip/error.h"
#include "model/card.h"
#include "model/checkpoint.h"
#include "model/checkpoint_card.h"
#include "model/imported.h"

namespace lmzip::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A checkpoint's card, which is made up where there is none.
struct Known {
  ModelEntry entry;
  model::CheckpointCard card;
  bool has_card = false;
};

Known known(const ModelEntry& entry, const model::Decoder& decoder) {
  const bool imported = !model::claimed_digest(entry.path).empty();
  if (auto card = imported ? model::find_checkpoint_card(entry.path) : std::nullopt) return {entry, *card, true};
  Known made{entry, model::describe(decoder)};
  made.card.name = entry.name;
  return made;
}

Json json_of(const Known& known) {
  Json object = Json::parse(model::to_json(known.card));
  object["path"] = known.entry.path;
  object["card"] = known.has_card;
  return object;
}

std::string line(std::string_view label, std::string_view value) {
  return value.empty() ? "" : fmt::format("{:<18} {}\n", label, printable(value));
}

std::string card_text(const Known& known) {
  const model::CheckpointCard& card = known.card;
  std::string text =
      line("name", known.entry.name) + line("where", known.entry.path) + line("format", card.format) +
      line("digest", card.digest) + line("numerics", "portable") + line("parameters", std::to_string(card.parameters)) +
      line("size", fmt::format("{} ({} bytes)", human_size(card.file_bytes), card.file_bytes)) +
      line("tokenizer", card.tokens == 0 ? "none" : fmt::format("{} tokens, {}", card.tokens, card.tokenizer));
  const Json architecture = Json::parse(model::to_json(card.architecture));
  for (const auto& [field, value] : architecture.items()) {
    text += line(fmt::format("  {}", field), value.is_string() ? value.get<std::string>() : value.dump());
  }
  for (const model::SourceFile& source : card.sources) {
    text += line("made from", fmt::format("{}, {} bytes, digest {}", source.file, source.bytes, source.digest));
  }
  return text + line("licence", card.licence.empty() ? "unknown" : card.licence);
}

}  // namespace

void list_checkpoint(const Options& options, const ModelEntry& entry) {
  model::Decoder decoder = model::open_checkpoint(entry.path);
  decoder.digest = model::claimed_digest(entry.path);
  const Known found = known(entry, decoder);
  if (options.json) return print_text(json_of(found).dump(-1, ' ', true) + "\n");
  print_text(fmt::format("{:<20} {:>11} {:>10} {:>8} {:>9}  {:<12}  {} ({})\n", entry.name, found.card.parameters,
                         human_size(decoder.file_bytes), decoder.shape.context, "-",
                         decoder.digest.empty() ? "-" : printable(decoder.digest.substr(0, 12)), printable(entry.path),
                         printable(decoder.format)));
}

void show_checkpoint(const Options& options, const ModelEntry& entry) {
  model::Decoder decoder = model::open_checkpoint(entry.path);
  decoder.digest = model::claimed_digest(entry.path);
  decoder.digest = model::digest_of(decoder, options.threads);
  const Known found = known(entry, decoder);
  print_text(options.json ? json_of(found).dump(1, ' ', true) + "\n" : card_text(found));
}

void verify_checkpoint(const Options& options, Terminal& terminal, const ModelEntry& entry) {
  const model::Decoder decoder = open_checkpoint(options, entry.path);
  if (const std::string claimed = model::claimed_digest(entry.path); !claimed.empty()) {
    if (claimed != decoder.digest) {
      throw Error(ErrorKind::kCorrupt,
                  fmt::format("its digest is {}, not {} as it says", decoder.digest, printable(claimed)));
    }
    if (const auto card = model::find_checkpoint_card(entry.path)) {
      model::check_card(*card, decoder);
    } else {
      terminal.warn(entry.path + ": no card beside it");
    }
  }
  if (options.verbosity >= 0) print_text(fmt::format("{}: OK, {}\n", printable(entry.path), decoder.digest));
}

void import_checkpoint(const Options& options) {
  if (options.files.size() != 2) {
    throw Error(ErrorKind::kUsage, "model import: the checkpoint and the path of the result are needed");
  }
  const std::string& target = options.files[1];
  if (!target.ends_with(".safetensors")) {
    throw Error(ErrorKind::kUsage, fmt::format("model import: '{}' does not end with .safetensors", target));
  }
  const model::Decoder original = open_checkpoint(options, options.files[0]);
  OutputFile weights_file({.path = target, .chosen = true, .replace = options.force});
  OutputFile card_file({.path = model::card_path(target), .chosen = true, .replace = options.force});
  try {
    model::write_imported(original, options.threads, weights_file.sink());
  } catch (const Error& error) {
    throw error.kind() == ErrorKind::kUnsupported ? error.within(options.files[0]) : error;
  }
  weights_file.commit(nullptr);
  model::Decoder imported = model::open_imported(target);
  imported.digest = original.digest;
  model::CheckpointCard card = model::describe(imported);
  card.name = checkpoint_name(target);
  card.sources = model::sources_of(original);
  const std::string text = model::to_json(card);
  card_file.sink().write(Bytes(text.begin(), text.end()));
  card_file.commit(nullptr);
}

}  // namespace lmzip::cli
