// SPDX-License-Identifier: Apache-2.0
#include "bench/manifest.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lmzip/error.h"

namespace lmzip::bench {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const CellCorpus& cell) {
  if (cell.corpus == nullptr) return {{"name", cell.name}, {"absent", cell.absent}};
  const Corpus::Info& info = cell.corpus->info();
  Json json{{"name", info.name},
            {"kind", name_of(info.kind)},
            {"rule", info.rule},
            {"chunks", cell.corpus->chunks()},
            {"bytes", cell.corpus->bytes().size()},
            {"sha256", info.sha256}};
  if (info.available != 0) json["chunks_available"] = info.available;
  Json& sources = json["sources"] = Json::array();
  for (const CorpusSource& source : info.sources) sources.push_back({{"path", source.path}, {"chunks", source.chunks}});
  return json;
}

Json json_of(const CellCodec& cell) {
  if (cell.codec == nullptr) return {{"codec", cell.spec}, {"absent", cell.absent}};
  const CompressorInfo& info = cell.codec->info();
  Json json{{"codec", info.spec}};
  if (info.parameters != 0) {
    json["parameters"] = info.parameters;
    json["file_bytes"] = info.parameter_bytes;
  }
  if (!info.model_digest.empty()) json["digest"] = info.model_digest;
  if (info.numerics == Numerics::kHostBound) json["numerics"] = "host-bound";
  if (!info.probe_digest.empty()) json["probe_digest"] = info.probe_digest;
  return json;
}

Json json_of(const Manifest& run) {
  Json json{{"command", run.command},   {"started", run.started},   {"finished", run.finished},
            {"version", run.version},   {"compiler", run.compiler}, {"build", run.build},
            {"cpu", run.cpu},           {"isa", run.isa},           {"processors", run.processors},
            {"threads", run.threads},   {"seed", nullptr},          {"libraries", Json::object()},
            {"corpora", Json::array()}, {"codecs", Json::array()}};
  if (run.seed) json["seed"] = *run.seed;
  for (const auto& [name, version] : run.libraries) json["libraries"][name] = version;
  for (const CellCorpus& corpus : run.corpora) json["corpora"].push_back(json_of(corpus));
  for (const CellCodec& codec : run.codecs) json["codecs"].push_back(json_of(codec));
  return json;
}

/// The runs of a manifest's text.
Json runs_of(std::string_view text) {
  if (text.empty()) return Json::array();
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("runs") || !json["runs"].is_array()) {
    throw Error(ErrorKind::kCorrupt, "not a manifest of lmzip bench");
  }
  return json["runs"];
}

std::string text_of(Json runs) {
  // File names may hold anything.
  return Json{{"runs", std::move(runs)}}.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string with_run(std::string_view before, const Manifest& run) {
  Json runs = runs_of(before);
  runs.push_back(json_of(run));
  return text_of(std::move(runs));
}

std::string joined(std::span<const std::string> manifests) {
  Json all = Json::array();
  for (const std::string& one : manifests) {
    for (Json& run : runs_of(one)) all.push_back(std::move(run));
  }
  return text_of(std::move(all));
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (line.starts_with("model name") && colon != line.npos && colon + 2 < line.size()) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string timestamp() {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now)));
}

}  // namespace lmzip::bench
