// SPDX-License-Identifier: Apache-2.0
#include "train/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lmzip/error.h"

namespace lmzip::train {
namespace {

using model::Architecture;
using model::Feed;
using model::Mixer;
using model::NgramContext;
using model::Norm;

[[noreturn]] void refuse(const std::string& text) { throw Error(ErrorKind::kUsage, text); }

struct PaperSize {
  std::string_view name;
  int width;
  int heads;
};

// "Language Modeling Is Compression": four layers, rotary positions, sequences of 2048 bytes.
constexpr PaperSize kPaperSizes[] = {{"paper-200k", 64, 4}, {"paper-800k", 128, 4}, {"paper-3.2m", 256, 8}};

/// The paper's sizes. Its code normalises behind each residual sum; here norms stand before attention and feed, which
/// trains without trouble at high rates.
TrainOptions paper(const PaperSize& size) {
  TrainOptions options;
  Architecture& a = options.architecture;
  a.width = size.width;
  a.layers.assign(4, Mixer::kAttention);
  a.norm = Norm::kLayer;
  a.feed = Feed::kGelu;
  a.feed_width = 4 * size.width;
  a.heads = a.key_value_heads = size.heads;
  a.head_width = size.width / size.heads;
  a.context = a.window = 2048;
  // Most is learnt from short contexts, which cost less; the long ones come while the rates fall.
  options.curriculum = {{0, 256}, {0.5, 512}, {0.75, 1024}, {0.88, 2048}};
  return options;
}

/// What learns most in a minute on a CPU.
TrainOptions fast() {
  TrainOptions options;
  Architecture& a = options.architecture;
  a.width = a.state_width = 256;
  a.layers.assign(4, Mixer::kRecurrence);
  a.convolution = true;
  a.tables = {NgramContext::kOrder2, NgramContext::kOrder3, NgramContext::kOrder4,  NgramContext::kOrder5,
              NgramContext::kOrder6, NgramContext::kWord,   NgramContext::kWordPair};
  a.table_bits = 14;
  a.table_width = 32;
  options.curriculum = {{0, 256}};
  return options;
}

/// The same for numbers, whose neighbours are told to the network instead of being hashed.
TrainOptions numbers(model::Numbers what) {
  TrainOptions options;
  Architecture& a = options.architecture;
  a.width = a.state_width = 128;
  a.layers.assign(3, Mixer::kRecurrence);
  a.convolution = true;
  a.numbers = what;
  if (what == model::Numbers::kPixels) a.row = 64;
  options.curriculum = {{0, 512}};
  options.cold_starts = 0.0005;
  return options;
}

/// The items of "a,b,c". Those of a list of layers may say how many: "4*recurrence,attention".
nlohmann::json list_of(std::string_view text) {
  nlohmann::json list = nlohmann::json::array();
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    size_t count = 1;
    if (const size_t star = item.find('*'); star != item.npos) {
      const auto [end, error] = std::from_chars(item.data(), item.data() + star, count);
      if (error != std::errc() || end != item.data() + star || count > Architecture::kMaxLayers) {
        refuse(fmt::format("'{}' does not begin with a number from 1 to {}", item, Architecture::kMaxLayers));
      }
      item.remove_prefix(star + 1);
    }
    for (size_t i = 0; i < count; ++i) list.push_back(item);
  }
  return list;
}

/// `text` as a value of the type that `before` has.
nlohmann::json value_like(const nlohmann::json& before, const std::string& text) {
  if (before.is_array()) return list_of(text);
  if (before.is_string()) return text;
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (value.type() != before.type() && !(value.is_number() && before.is_number())) {
    refuse(fmt::format("'{}' is not {}", text, before.is_boolean() ? "true or false" : "a number"));
  }
  return value;
}

void require(bool holds, std::string_view complaint) {
  if (!holds) refuse(std::string(complaint));
}

}  // namespace

Architecture with_fields(const Architecture& architecture, std::span<const std::string> fields) {
  nlohmann::json all = nlohmann::json::parse(to_json(architecture));
  for (const std::string& field : fields) {
    const size_t equals = field.find('=');
    if (equals == field.npos) refuse(fmt::format("'{}' is not FIELD=VALUE", field));
    const auto found = all.find(field.substr(0, equals));
    if (found == all.end()) refuse(fmt::format("an architecture has no field '{}'", field.substr(0, equals)));
    try {
      *found = value_like(*found, field.substr(equals + 1));
    } catch (const Error& error) {
      throw error.within(field.substr(0, equals));
    }
  }
  try {
    return model::parse_architecture(all.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  } catch (const Error& error) {
    refuse(error.what());
  }
}

void check(const TrainOptions& o) {
  try {
    model::check(o.architecture);
  } catch (const Error& error) {
    refuse(error.what());
  }
  require(o.architecture.vocabulary == (o.tokenizer ? static_cast<int>(o.tokenizer->size()) : model::kVocabulary),
          "the vocabulary is not the tokenizer's");
  require(!o.files.empty(), "there is no file to learn from");
  require(o.batch >= 16 && o.batch <= 1 << 24, "a batch has 16 to 16777216 symbols");
  require(o.accumulate >= 1 && o.accumulate <= 1024, "1 to 1024 batches make one update");
  double from = 0;
  for (size_t i = 0; i < o.curriculum.size(); ++i) {
    const CurriculumStep& step = o.curriculum[i];
    require(i == 0 ? step.from == 0 : step.from > from && step.from <= 1,
            "a curriculum begins at 0 and its steps rise up to 1");
    require(step.length >= 16 && step.length <= o.architecture.context,
            "the lengths of a curriculum are from 16 to the context");
    from = step.from;
  }
  const auto rate = [](double value) { return value >= 0 && value <= 10; };  // false for NaN, too
  require(rate(o.matrix_rate) && rate(o.rate) && rate(o.table_rate), "learning rates are from 0 to 10");
  require(rate(o.weight_decay), "the weight decay is from 0 to 10");
  require(o.clip >= 0, "the norm to clip at is not negative");
  require(o.decay_from >= 0 && o.decay_from < 1, "rates begin to fall at a share from 0 to below 1");
  require(o.final_rate >= 0 && o.final_rate <= 1, "the last share of the rates is from 0 to 1");
  require(o.cold_starts >= 0 && o.cold_starts <= 1, "the chance of a cold start is from 0 to 1");
  require(o.table_dropout.empty() || !o.architecture.tables.empty(), "table dropout is for models with n-gram tables");
  require(o.table_dropout.empty() || o.table_dropout.size() == o.architecture.tables.size(),
          "table dropout has one chance for all n-gram tables or one for each");
  for (const double chance : o.table_dropout) {
    require(chance >= 0 && chance < 1, "the chance of a table's row to be left out is from 0 to below 1");
  }
  require(!o.begin_with || o.resume.empty(), "a training begins with a model or goes on from a checkpoint, not both");
  require(o.budget.limited() || !o.resume.empty(), "a training needs a limit of steps, bytes or minutes");
  require(o.budget.seconds >= 0, "a time is not negative");
  require(o.validation_bytes >= 2048, "validation needs 2048 bytes at least");
  require(o.seed <= INT64_MAX, "a seed is below 2^63");
  require(o.checkpoint_seconds > 0 && o.validation_seconds > 0, "checkpoints and validations need time between them");
  require(o.threads >= 1 && o.threads <= 256, "threads are 1 to 256");
  require(!o.output.empty() || !o.checkpoint.empty(),
          "nothing would be kept: neither a model nor a checkpoint is wanted");
}

TrainOptions preset(std::string_view name) {
  if (name == "fast") return fast();
  if (name == "pixels") return numbers(model::Numbers::kPixels);
  if (name == "samples") return numbers(model::Numbers::kSamples);
  std::string names = "fast, pixels, samples";
  for (const PaperSize& size : kPaperSizes) {
    if (size.name == name) return paper(size);
    names += fmt::format(", {}", size.name);
  }
  refuse(fmt::format("there is no preset '{}'; there are: {}", name, names));
}

TrainOptions settings_for(std::shared_ptr<const model::Model> model) {
  const Architecture& a = model->architecture();
  TrainOptions options = fast();
  if (a.numbers != model::Numbers::kNone) {
    options = numbers(a.numbers);
  } else if (a.has(Mixer::kAttention)) {
    options = paper(kPaperSizes[0]);
  }
  options.architecture = a;
  options.tokenizer = model->tokenizer();
  options.begin_with = std::move(model);
  return options;
}

}  // namespace lmzip::train
