// SPDX-License-Identifier: Apache-2.0
// What this build has to offer: codecs and levels.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands/commands.h"
#include "cli/models.h"
#include "cli/plan.h"
#include "lmzip/registry.h"

namespace lmzip::cli {

void show_codecs(const Options& options) {
  std::vector<std::string> models;
  for (const ModelEntry& model : model_store(options).list()) models.push_back(model.name);
  if (options.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const CodecDescription& codec : codecs()) {
      list.push_back({{"name", codec.name},
                      {"options", codec.options},
                      {"summary", codec.summary},
                      {"predictor", codec.is_predictor}});
      if (codec.name == "lm") list.back()["models"] = models;
    }
    print_text(nlohmann::ordered_json{{"codecs", list}}.dump(1) + "\n");
    return;
  }
  std::string text;
  for (const CodecDescription& codec : codecs()) {
    text += fmt::format("{:<10} {}{}\n{:<10}   options: {}\n", codec.name, codec.summary,
                        codec.is_predictor ? " (predictor)" : "", "", codec.options);
    if (codec.name == "lm" && !models.empty())
      text += fmt::format("{:<10}   models: {}\n", "", fmt::join(models, ", "));
  }
  print_text(text);
}

void show_presets(const Options& options) {
  std::string text = fmt::format("{:>5}  {:<19} {:>10}  {:>10}  {}\n", "level", "codec", "block", "memory", "use");
  for (const Preset& preset : presets()) {
    if (options.level && preset.level != *options.level) continue;
    const CompressionPlan plan = plan_level(options, preset.level);
    text += fmt::format("{:>5}  {:<19} {:>10}  {:>10}  {}\n", preset.level, plan.codec->info().spec,
                        human_size(plan.write.block_size), human_size(plan.stream_memory()), preset.advice);
  }
  text += fmt::format(
      "Memory is per thread and lane, for compressing as for decompressing; this machine: {} threads, {}.\n",
      available_processors(), human_size(available_memory()));
  print_text(text);
}

}  // namespace lmzip::cli
