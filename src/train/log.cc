// SPDX-License-Identifier: Apache-2.0
#include "train/log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "lmzip/error.h"
#include "lmzip/version.h"

namespace lmzip::train {
namespace {

using Json = nlohmann::ordered_json;

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string dumped(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); }

Json json_of(const TrainingState& state) {
  return {{"step", state.step},
          {"bytes", state.bytes},
          {"seconds", state.seconds},
          {"fraction", state.fraction},
          {"loss", state.loss},
          {"rate_factor", state.rate_factor},
          {"bytes_per_second", state.bytes_per_second}};
}

Json json_of(const std::vector<Validation>& results) {
  Json texts = Json::array();
  for (const Validation& one : results) {
    Json text = {{"name", one.name}, {"bytes", one.bytes}, {"cold", one.cold}};
    if (one.running > 0) text["running"] = one.running;
    texts.push_back(text);
  }
  return texts;
}

/// The settings that decide what is learnt, in the words of the command line.
Json settings_of(const TrainOptions& o) {
  Json curriculum = Json::array();
  for (const CurriculumStep& step : o.curriculum) curriculum.push_back({{"from", step.from}, {"length", step.length}});
  return {{"optimiser", o.optimiser == Optimiser::kMuon ? "muon" : "adamw"},
          {"matrix_rate", o.matrix_rate},
          {"rate", o.rate},
          {"table_rate", o.table_rate},
          {"weight_decay", o.weight_decay},
          {"clip", o.clip},
          {"warmup", o.warmup},
          {"decay", o.decay == Decay::kLinear ? "linear" : "cosine"},
          {"decay_from", o.decay_from},
          {"final_rate", o.final_rate},
          {"batch", o.batch},
          {"accumulate", o.accumulate},
          {"curriculum", curriculum},
          {"cold_starts", o.cold_starts},
          {"table_dropout", o.table_dropout},
          {"seed", o.seed}};
}

}  // namespace

TrainingLog::TrainingLog(const std::string& path, LogMode mode) : path_(path) {
  if (path.empty()) return;
  file_.open(path, mode == LogMode::kAppend ? std::ios::app : std::ios::trunc);
  if (!file_) throw Error(ErrorKind::kIo, "cannot write " + path_);
}

void TrainingLog::write(const std::string& line) {
  if (path_.empty()) return;
  file_ << line << '\n' << std::flush;
  if (!file_) throw Error(ErrorKind::kIo, "cannot write " + path_);
}

void TrainingLog::start(const TrainOptions& options, const std::string& machine) {
  Json json = {{"event", "start"},
               {"lmzip", version()},
               {"machine", machine},
               {"threads", options.threads},
               {"processes", options.peers.count},
               {"architecture", Json::parse(model::to_json(options.architecture))},
               {"parameters", options.architecture.parameters()},
               {"settings", settings_of(options)}};
  if (options.begin_with) json["begun_with"] = options.begin_with->digest();
  write(dumped(json));
}

void TrainingLog::trained(const TrainingState& state) {
  Json json = {{"event", "train"}};
  json.update(json_of(state));
  write(dumped(json));
}

void TrainingLog::validated(const TrainingState& state, const std::vector<Validation>& results) {
  Json json = {{"event", "validation"}};
  json.update(json_of(state));
  json["texts"] = json_of(results);
  write(dumped(json));
}

model::ModelCard training_card(const TrainOptions& options, const TrainingData& data, const TrainingResult& result) {
  model::ModelCard card;
  card.name = base_name(options.output);
  if (card.name.ends_with(".safetensors")) card.name.resize(card.name.size() - 12);
  for (const TrainingText& text : data.training()) {
    card.training_data.push_back(
        {base_name(text.path), text.bytes.size(), base::hex(base::xxh3_128(text.bytes)), options.data_licence});
  }
  card.bytes_seen = result.state.bytes;
  card.steps = result.state.step;
  card.seed = options.seed;
  card.training_command = options.command;
  for (const Validation& one : result.validation) {
    const std::string text = fmt::format("{}, {} bytes of it", one.name, one.bytes);
    card.validation.push_back({text, "chunks of 2048 bytes, each cold", one.cold, std::nullopt});
    if (one.running > 0) card.validation.push_back({text, "running context", one.running, std::nullopt});
  }
  card.licence = options.licence;
  if (options.begin_with) card.notes = fmt::format("Begun with the weights of {}. ", options.begin_with->digest());
  card.notes += options.notes;
  return card;
}

}  // namespace lmzip::train
