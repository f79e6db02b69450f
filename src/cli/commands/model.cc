// SPDX-License-Identifier: Apache-2.0
// Trained models: what there is, what it is, whether it is whole; from float weights to those that code, from several
// models to their mean.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/checkpoints.h"
#include "cli/commands/commands.h"
#include "cli/commands/model_checkpoints.h"
#include "cli/models.h"
#include "cli/output_file.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "lmzip/error.h"
#include "model/average.h"
#include "model/card.h"
#include "model/checkpoint.h"
#include "model/model_file.h"
#include "model/quantise.h"

namespace lmzip::cli {
namespace {

using Json = nlohmann::ordered_json;

/// A model and its card, which is made up from the weights where there is none.
struct Known {
  ModelEntry entry;
  std::shared_ptr<const model::Model> model;
  model::ModelCard card;
  bool has_card = false;
};

Known read(const ModelStore& store, const ModelEntry& entry) {
  // Embedded models have no paths; under their names they are always the first that are found.
  Known known;
  known.entry = entry;
  known.model = store.find(entry.path.empty() ? entry.name : entry.path);
  if (auto card = model::find_card(entry)) {
    known.card = *std::move(card);
    known.has_card = true;
  } else {
    known.card.name = entry.name;
    model::describe(*known.model, known.card);
  }
  return known;
}

std::string place(const ModelEntry& entry) { return entry.path.empty() ? "(in the program)" : entry.path; }

/// Runs `job` for each of `entries`; what it throws is said with the model's place.
template <typename Job>
void for_each_model(Terminal& terminal, const std::vector<ModelEntry>& entries, Job job) {
  for (const ModelEntry& entry : entries) {
    if (stop_signal() != 0) return;
    try {
      job(entry);
    } catch (const Error& error) {
      if (stop_signal() != 0) return;  // which is what it says
      const std::string_view what = error.what();
      const std::string where =
          entry.path.empty() ? fmt::format("the model {} inside the program", entry.name) : entry.path;
      terminal.error(what.starts_with(where) ? std::string(what) : error.within(where).what());
    }
  }
}

bool is_checkpoint(const ModelEntry& entry) { return !entry.path.empty() && model::is_checkpoint(entry.path); }

/// Our own models, then checkpoints.
std::vector<ModelEntry> all_of(const ModelStore& store) {
  std::vector<ModelEntry> entries = store.list();
  std::erase_if(entries, is_checkpoint);
  std::ranges::move(list_checkpoints(store), std::back_inserter(entries));
  return entries;
}

/// The models that the command line names, or all.
std::vector<ModelEntry> chosen(const Options& options, const ModelStore& store) {
  if (options.files.empty()) return all_of(store);
  std::vector<ModelEntry> entries;
  for (const std::string& name : options.files) {
    const std::optional<ModelEntry> checkpoint = find_checkpoint(store, name);
    entries.push_back(checkpoint ? *checkpoint : find_entry(store, name));
  }
  return entries;
}

/// Of the first text that the card tells of; what was measured before quantisation where nothing else was.
std::string rate_text(const Known& known) {
  if (known.card.validation.empty()) return "-";
  const model::Validation& first = known.card.validation.front();
  const std::optional<double>& bits = known.model->quantised() && first.int8_bits ? first.int8_bits : first.float_bits;
  return bits ? fmt::format("{:.4f}", *bits) : "-";
}

Json json_of(const Known& known) {
  Json object = Json::parse(model::to_json(known.card));
  object["path"] = known.entry.path;
  object["card"] = known.has_card;
  return object;
}

void list(const Options& options, Terminal& terminal, const ModelStore& store) {
  if (!options.files.empty()) throw Error(ErrorKind::kUsage, "model list takes no name; model show does");
  if (!options.json) {
    print_text(fmt::format("{:<20} {:>11} {:>10} {:>8} {:>9}  {:<12}  {}\n", "name", "parameters", "size", "context",
                           "bits/byte", "digest", "where"));
  }
  for_each_model(terminal, all_of(store), [&](const ModelEntry& entry) {
    if (is_checkpoint(entry)) return list_checkpoint(options, entry);
    const Known known = read(store, entry);
    if (options.json) return print_text(json_of(known).dump(-1, ' ', true) + "\n");
    print_text(fmt::format("{:<20} {:>11} {:>10} {:>8} {:>9}  {:<12}  {}{}\n", entry.name,
                           known.model->architecture().parameters(), human_size(known.model->file_bytes()),
                           known.model->architecture().context, rate_text(known), known.model->digest().substr(0, 12),
                           printable(place(entry)), known.model->quantised() ? "" : " (float)"));
  });
}

/// "[2, 3]" and "text" as "2 3" and "text".
std::string plain(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> items;
  for (const Json& item : value) items.push_back(plain(item));
  return fmt::format("{}", fmt::join(items, " "));
}

std::string line(std::string_view label, std::string_view value) {
  return value.empty() ? "" : fmt::format("{:<18} {}\n", label, value);
}

std::string card_text(const Known& known) {
  const model::ModelCard& card = known.card;
  const auto bits = [](const std::optional<double>& value) { return value ? fmt::format("{:.4f}", *value) : "-"; };
  std::string text = line("name", known.entry.name) + line("where", printable(place(known.entry))) +
                     line("digest", card.digest) + line("numerics", card.numerics) +
                     line("parameters", std::to_string(card.parameters)) +
                     line("size", fmt::format("{} ({} bytes)", human_size(card.file_bytes), card.file_bytes));
  const Json architecture = Json::parse(model::to_json(card.architecture));
  for (const auto& [field, value] : architecture.items()) {
    text += line(fmt::format("  {}", field), plain(value));
  }
  if (!known.has_card) return text + "There is no card beside it.\n";
  for (const model::TrainingFile& file : card.training_data) {
    text += line("trained on", fmt::format("{}, {} bytes, digest {}, licence: {}", file.file, file.bytes, file.digest,
                                           file.licence.empty() ? "unknown" : file.licence));
  }
  text += line("training", fmt::format("{} bytes seen, {} steps, seed {}", card.bytes_seen, card.steps, card.seed)) +
          line("command", card.training_command);
  for (const model::Validation& result : card.validation) {
    text += line("bits/byte", fmt::format("{} (float {}) on {}, {}", bits(result.int8_bits), bits(result.float_bits),
                                          result.data, result.rule));
  }
  return text + line("licence", card.licence) + line("notes", card.notes);
}

void show(const Options& options, Terminal& terminal, const ModelStore& store) {
  if (options.files.empty()) throw Error(ErrorKind::kUsage, "model show: the name or path of a model is needed");
  bool first = true;
  for_each_model(terminal, chosen(options, store), [&](const ModelEntry& entry) {
    const bool separated = !std::exchange(first, false) && !options.json;
    if (separated) print_text("\n");
    if (is_checkpoint(entry)) return show_checkpoint(options, entry);
    const Known known = read(store, entry);
    print_text(options.json ? json_of(known).dump(1, ' ', true) + "\n" : card_text(known));
  });
}

/// Reading checks every number, shape and length; what is left is whether the card belongs to the weights.
void verify(const Options& options, Terminal& terminal, const ModelStore& store) {
  for_each_model(terminal, chosen(options, store), [&](const ModelEntry& entry) {
    if (is_checkpoint(entry)) return verify_checkpoint(options, terminal, entry);
    const Known known = read(store, entry);
    if (known.has_card) {
      model::check_card(known.card, *known.model);
    } else {
      terminal.warn(place(entry) + ": no card beside it");
    }
    if (options.verbosity >= 0) print_text(fmt::format("{}: OK, {}\n", printable(place(entry)), known.model->digest()));
  });
}

/// Refuses a name that no model can be found under.
void check_path(std::string_view action, const std::string& target) {
  if (target.ends_with(".safetensors")) return;
  throw Error(ErrorKind::kUsage, fmt::format("model {}: '{}' does not end with .safetensors", action, target));
}

/// Writes the model `weights` to the path `target` and beside it `card`, which gets to know what the weights say.
void write(const Options& options, const std::string& target, const Bytes& weights, model::ModelCard card) {
  card.name = plain_model_name(target);
  model::describe(*model::read_model(weights, nullptr), card);
  const std::string text = model::to_json(card);
  OutputFile weights_file({.path = target, .chosen = true, .replace = options.force});
  OutputFile card_file({.path = model::card_path(target), .chosen = true, .replace = options.force});
  weights_file.sink().write(weights);
  card_file.sink().write(Bytes(text.begin(), text.end()));
  weights_file.commit(nullptr);
  card_file.commit(nullptr);
}

void quantize(const Options& options, const ModelStore& store) {
  if (options.files.size() != 2) {
    throw Error(ErrorKind::kUsage, "model quantize: the float model and the path of the result are needed");
  }
  check_path("quantize", options.files[1]);
  Known known = read(store, find_entry(store, options.files[0]));
  for (model::Validation& result : known.card.validation) result.int8_bits.reset();
  write(options, options.files[1], model::quantise(*known.model), std::move(known.card));
}

/// The card is that of the model that has seen most, without what was measured of that one alone.
void average(const Options& options, const ModelStore& store) {
  if (options.files.size() < 2) {
    throw Error(ErrorKind::kUsage,
                "model average: models, each perhaps with =SHARE, and the path of the result are needed");
  }
  const std::string& target = options.files.back();
  check_path("average", target);
  std::vector<std::shared_ptr<const model::Model>> models;
  std::vector<double> shares;
  model::ModelCard card;
  std::string command = "lmzip model average";
  for (size_t i = 0; i + 1 < options.files.size(); ++i) {
    const Weighted one = parse_weighted(options.files[i]);
    Known known = read(store, find_entry(store, one.name));
    models.push_back(known.model);
    shares.push_back(one.weight.value_or(1));
    command += fmt::format(" {}={}", known.entry.name, shares.back());
    if (i == 0 || known.card.bytes_seen > card.bytes_seen) card = std::move(known.card);
  }
  card.validation.clear();
  card.training_command += (card.training_command.empty() ? "" : "; ") + command;
  write(options, target, model::average(models, shares), std::move(card));
}

}  // namespace

void manage_models(const Options& options, Terminal& terminal) {
  const ModelStore store = model_store(options);
  if (options.action == "list") return list(options, terminal, store);
  if (options.action == "show") return show(options, terminal, store);
  if (options.action == "verify") return verify(options, terminal, store);
  if (options.action == "quantize") return quantize(options, store);
  if (options.action == "average") return average(options, store);
  if (options.action == "import") return import_checkpoint(options);
  throw Error(ErrorKind::kUsage, fmt::format("model: '{}' is not one of list, show, verify, quantize, average, import",
                                             printable(options.action)));
}

}  // namespace lmzip::cli
