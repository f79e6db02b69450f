// SPDX-License-Identifier: Apache-2.0
#include "model/checkpoint_card.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file_io.h"
#include "base/hash.h"
#include "base/mapped_file.h"
#include "lmzip/error.h"
#include "model/card.h"
#include "model/imported.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxText = size_t{1} << 20;

using Json = nlohmann::ordered_json;

std::string tokenizer_of(const Decoder& decoder) {
  const MergingTokens* const parts = decoder.vocabulary ? decoder.vocabulary->parts() : nullptr;
  if (parts == nullptr) return "";
  const std::string_view kind = parts->unit == Unit::kBytes ? "byte pairs over bytes" : "byte pairs over characters";
  return fmt::format("{}, {} merges", kind, parts->merges.size());
}

}  // namespace

CheckpointCard describe(const Decoder& decoder) {
  CheckpointCard card;
  card.format = decoder.format;
  card.architecture = decoder.shape;
  card.parameters = decoder.shape.parameters();
  card.file_bytes = decoder.file_bytes;
  card.digest = decoder.digest;
  card.tokenizer = tokenizer_of(decoder);
  card.tokens = decoder.vocabulary ? decoder.vocabulary->size() : 0;
  card.licence = shown(decoder.licence);
  return card;
}

std::vector<SourceFile> sources_of(const Decoder& decoder) {
  std::vector<SourceFile> sources;
  for (const std::string& path : decoder.sources) {
    const base::MappedFile file(path);
    const std::string name = std::filesystem::path(path).filename();
    sources.push_back({shown(name), file.bytes().size(), base::hex(base::xxh3_128(file.bytes()))});
  }
  return sources;
}

std::string to_json(const CheckpointCard& card) {
  Json sources = Json::array();
  for (const SourceFile& source : card.sources) {
    sources.push_back({{"file", source.file}, {"bytes", source.bytes}, {"digest", source.digest}});
  }
  const Json json = {{"name", card.name},
                     {"format", card.format},
                     {"architecture", Json::parse(to_json(card.architecture))},
                     {"parameters", card.parameters},
                     {"file_bytes", card.file_bytes},
                     {"digest", card.digest},
                     {"numerics", "portable"},
                     {"tokenizer", card.tokenizer},
                     {"tokens", card.tokens},
                     {"sources", sources},
                     {"licence", card.licence}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

CheckpointCard parse_checkpoint_card(std::string_view json) {
  const nlohmann::json parsed = parse_json(json, kMaxText, "card");
  JsonFields fields(parsed, "card");
  CheckpointCard card;
  card.name = fields.line("name");
  card.format = fields.line("format");
  card.architecture = parse_decoder_shape(fields.at("architecture").dump());
  card.parameters = fields.count("parameters");
  card.file_bytes = fields.count("file_bytes");
  card.digest = fields.digest("digest");
  if (fields.text("numerics") != "portable") fields.fail("numerics", "is not known");
  card.tokenizer = fields.line("tokenizer");
  card.tokens = fields.count("tokens");
  for (const nlohmann::json& entry : fields.array("sources")) {
    JsonFields source(entry, "sources");
    card.sources.push_back({source.line("file"), source.count("bytes"), source.digest("digest")});
    source.finish();
  }
  card.licence = fields.line("licence");
  fields.finish();
  return card;
}

void check_card(const CheckpointCard& card, const Decoder& decoder) {
  const auto require = [](bool holds, const std::string& difference) {
    if (!holds) throw Error(ErrorKind::kCorrupt, "the card does not match the weights: " + difference);
  };
  const auto differ = [](const auto& claimed, const auto& found) { return fmt::format("{}, not {}", found, claimed); };
  require(card.digest == decoder.digest, "their digest is " + differ(card.digest, decoder.digest));
  require(card.architecture == decoder.shape, "their architecture is another");
  const uint64_t parameters = decoder.shape.parameters();
  require(card.parameters == parameters, "their parameters are " + differ(card.parameters, parameters));
  require(card.file_bytes == decoder.file_bytes, "their bytes are " + differ(card.file_bytes, decoder.file_bytes));
  const std::string tokenizer = tokenizer_of(decoder);
  const uint64_t tokens = decoder.vocabulary ? decoder.vocabulary->size() : 0;
  require(card.tokenizer == tokenizer, "their tokenizer is " + differ(shown(card.tokenizer), tokenizer));
  require(card.tokens == tokens, "their tokens are " + differ(card.tokens, tokens));
}

std::optional<CheckpointCard> find_checkpoint_card(const std::string& path) {
  const std::string beside = card_path(path);
  if (!base::file_exists(beside)) return std::nullopt;
  const base::MappedFile file(beside);
  try {
    return parse_checkpoint_card({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
  } catch (const Error& error) {
    throw error.within(beside);
  }
}

}  // namespace lmzip::model
