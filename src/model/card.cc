// SPDX-License-Identifier: Apache-2.0
#include "model/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file_io.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/embedded.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxText = size_t{1} << 20;
constexpr std::string_view kWeights = ".safetensors";
constexpr std::string_view kCard = ".json";

using Json = nlohmann::ordered_json;

std::optional<double> bits(JsonFields& fields, std::string_view name) {
  if (fields.at(name).is_null()) return std::nullopt;
  const double value = fields.number(name);
  if (!(value >= 0)) fields.fail(name, "is negative");
  return value;
}

Json bits(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

TrainingFile parse_training_file(const nlohmann::json& json) {
  JsonFields fields(json, "training_data");
  TrainingFile file;
  file.file = fields.line("file");
  file.bytes = fields.count("bytes");
  file.digest = fields.digest("digest");
  file.licence = fields.line("licence");
  fields.finish();
  return file;
}

Validation parse_validation(const nlohmann::json& json) {
  JsonFields fields(json, "validation");
  Validation validation;
  validation.data = fields.line("data");
  validation.rule = fields.line("rule");
  validation.float_bits = bits(fields, "float_bits_per_byte");
  validation.int8_bits = bits(fields, "int8_bits_per_byte");
  fields.finish();
  return validation;
}

}  // namespace

std::string to_json(const ModelCard& card) {
  Json training_data = Json::array();
  for (const TrainingFile& file : card.training_data) {
    training_data.push_back(
        {{"file", file.file}, {"bytes", file.bytes}, {"digest", file.digest}, {"licence", file.licence}});
  }
  Json validation = Json::array();
  for (const Validation& result : card.validation) {
    validation.push_back({{"data", result.data},
                          {"rule", result.rule},
                          {"float_bits_per_byte", bits(result.float_bits)},
                          {"int8_bits_per_byte", bits(result.int8_bits)}});
  }
  const Json json = {{"name", card.name},
                     {"architecture", Json::parse(to_json(card.architecture))},
                     {"parameters", card.parameters},
                     {"file_bytes", card.file_bytes},
                     {"digest", card.digest},
                     {"numerics", card.numerics},
                     {"training_data", training_data},
                     {"bytes_seen", card.bytes_seen},
                     {"steps", card.steps},
                     {"seed", card.seed},
                     {"training_command", card.training_command},
                     {"validation", validation},
                     {"licence", card.licence},
                     {"notes", card.notes}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ModelCard parse_card(std::string_view json) {
  const nlohmann::json parsed = parse_json(json, kMaxText, "card");
  JsonFields fields(parsed, "card");
  ModelCard card;
  card.name = fields.line("name");
  card.architecture = parse_architecture(fields.at("architecture").dump());
  card.parameters = fields.count("parameters");
  card.file_bytes = fields.count("file_bytes");
  card.digest = fields.digest("digest");
  card.numerics = fields.line("numerics");
  for (const nlohmann::json& file : fields.array("training_data")) {
    card.training_data.push_back(parse_training_file(file));
  }
  card.bytes_seen = fields.count("bytes_seen");
  card.steps = fields.count("steps");
  card.seed = fields.count("seed");
  card.training_command = fields.line("training_command");
  for (const nlohmann::json& result : fields.array("validation")) card.validation.push_back(parse_validation(result));
  card.licence = fields.line("licence");
  card.notes = fields.line("notes");
  fields.finish();
  return card;
}

void describe(const Model& model, ModelCard& card) {
  card.architecture = model.architecture();
  card.parameters = model.architecture().parameters();
  card.file_bytes = model.file_bytes();
  card.digest = model.digest();
  card.numerics = model.quantised() ? "portable" : "host-bound";
}

void check_card(const ModelCard& card, const Model& model) {
  ModelCard truth = card;
  describe(model, truth);
  const auto require = [](bool holds, const std::string& difference) {
    if (!holds) throw Error(ErrorKind::kCorrupt, "the card does not match the weights: " + difference);
  };
  const auto differ = [](const auto& claimed, const auto& found) { return fmt::format("{}, not {}", found, claimed); };
  require(card.digest == truth.digest, "their digest is " + differ(card.digest, truth.digest));
  require(card.architecture == truth.architecture, "their architecture is another");
  require(card.parameters == truth.parameters, "their parameters are " + differ(card.parameters, truth.parameters));
  require(card.file_bytes == truth.file_bytes, "their bytes are " + differ(card.file_bytes, truth.file_bytes));
  require(card.numerics == truth.numerics, "their numerics are " + differ(shown(card.numerics), truth.numerics));
}

std::string card_path(const std::string& path) {
  std::string_view stem = path;
  if (stem.ends_with(kWeights)) stem.remove_suffix(kWeights.size());
  return std::string(stem) + std::string(kCard);
}

std::optional<ModelCard> find_card(const ModelEntry& entry) {
  if (entry.path.empty()) {
    const EmbeddedModel* const embedded = embedded_model(entry.name);
    return embedded == nullptr || embedded->card.empty() ? std::nullopt : std::optional(parse_card(embedded->card));
  }
  const std::string path = card_path(entry.path);
  std::error_code unknown;  // is it there? A card that cannot be looked at must not be taken for none and replaced
  if (!std::filesystem::exists(path, unknown)) {
    if (unknown) base::throw_io("cannot look at " + path, unknown.value());
    return std::nullopt;
  }
  const base::MappedFile file(path);
  try {
    return parse_card({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
  } catch (const Error& error) {
    throw error.within(path);
  }
}

}  // namespace lmzip::model
