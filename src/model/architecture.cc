// SPDX-License-Identifier: Apache-2.0
#include "model/architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "lmzip/error.h"
#include "model/json.h"
#include "model/number_context.h"

namespace lmzip::model {
namespace {

constexpr size_t kMaxText = 4096;  // 64 layers take 1 KiB

// By the values of the enumerations.
constexpr std::array<std::string_view, 2> kMixers = {"attention", "recurrence"};
constexpr std::array<std::string_view, 2> kNorms = {"rms", "layer"};
constexpr std::array<std::string_view, 4> kFeeds = {"none", "gelu", "swiglu", "squared-relu"};
constexpr std::array<std::string_view, 3> kNumbers = {"none", "pixels", "samples"};
constexpr std::array<std::string_view, 7> kNgrams = {"order2", "order3", "order4",   "order5",
                                                     "order6", "word",   "word-pair"};

[[noreturn]] void refuse(std::string_view field, std::string_view complaint) {
  throw Error(ErrorKind::kCorrupt, fmt::format("architecture: {} {}", field, complaint));
}

void require(bool holds, std::string_view field, std::string_view complaint) {
  if (!holds) refuse(field, complaint);
}

struct Range {
  int lowest, highest, step;
};

void within(std::string_view field, int value, Range range) {
  if (value < range.lowest || value > range.highest || value % range.step != 0) {
    refuse(field, fmt::format("is {}, not {}a number from {} to {}", value,
                              range.step > 1 ? fmt::format("a multiple of {}, ", range.step) : "", range.lowest,
                              range.highest));
  }
}

constexpr Range widths(int highest) { return {Architecture::kWidthStep, highest, Architecture::kWidthStep}; }

/// Parts that are not there have no size.
void absent(std::string_view field, int value) { require(value == 0, field, "stands for nothing here and must be 0"); }

template <typename Enum, size_t kCount>
void known(std::string_view field, Enum value, const std::array<std::string_view, kCount>&) {
  require(static_cast<size_t>(value) < kCount, field, "is not known");
}

template <typename Enum, size_t kCount>
std::string_view name_of(Enum value, const std::array<std::string_view, kCount>& names) {
  return names.at(static_cast<size_t>(value));
}

template <typename Enum, size_t kCount>
Enum value_of(const nlohmann::json& name, std::string_view field, const std::array<std::string_view, kCount>& names) {
  const auto found = name.is_string() ? std::ranges::find(names, name.get_ref<const std::string&>()) : names.end();
  require(found != names.end(), field, "is not known");
  return static_cast<Enum>(found - names.begin());
}

/// Collects shapes in order.
class Shapes {
 public:
  void vector(std::string name, int64_t size) { all.push_back({std::move(name), 1, size, false}); }
  void matrix(std::string name, int64_t rows, int64_t columns) {
    all.push_back({std::move(name), rows, columns, true});
  }
  void norm(const std::string& name, const Architecture& a) {
    vector(name + ".gain", a.width);
    if (a.norm == Norm::kLayer) vector(name + ".offset", a.width);
  }

  std::vector<TensorShape> all;
};

void add_mixer(Shapes& shapes, const Architecture& a, Mixer mixer, const std::string& layer) {
  shapes.norm(layer + "mixer_norm", a);
  if (a.convolution) shapes.all.push_back({layer + "convolution", kTaps, a.width, false});
  if (mixer == Mixer::kAttention) {
    const std::string name = layer + "attention.";
    shapes.matrix(name + "query", a.heads * a.head_width, a.width);
    shapes.matrix(name + "key", a.key_value_heads * a.head_width, a.width);
    shapes.matrix(name + "value", a.key_value_heads * a.head_width, a.width);
    shapes.matrix(name + "output", a.width, a.heads * a.head_width);
  } else {
    const std::string name = layer + "recurrence.";
    shapes.matrix(name + "input", 3 * a.state_width, a.width);
    shapes.vector(name + "input.bias", 3 * a.state_width);
    shapes.matrix(name + "output", a.width, a.state_width);
  }
}

void add_feed(Shapes& shapes, const Architecture& a, const std::string& layer) {
  if (a.feed == Feed::kNone) return;
  shapes.norm(layer + "feed_norm", a);
  const std::string name = layer + "feed.";
  shapes.matrix(name + "input", a.feed_width, a.width);
  if (a.feed == Feed::kGelu) shapes.vector(name + "input.bias", a.feed_width);
  if (a.feed == Feed::kSwiGlu) shapes.matrix(name + "gate", a.feed_width, a.width);
  shapes.matrix(name + "output", a.width, a.feed_width);
  if (a.feed == Feed::kGelu) shapes.vector(name + "output.bias", a.width);
}

}  // namespace

bool Architecture::has(Mixer mixer) const { return std::ranges::find(layers, mixer) != layers.end(); }

uint64_t Architecture::parameters() const {
  const std::vector<TensorShape> all = tensors_of(*this);
  return std::accumulate(all.begin(), all.end(), uint64_t{0}, [](uint64_t sum, const TensorShape& shape) {
    return sum + static_cast<uint64_t>(shape.rows) * static_cast<uint64_t>(shape.columns);
  });
}

void check(const Architecture& a, uint64_t max_parameters) {
  using A = Architecture;
  within("vocabulary", a.vocabulary, {kVocabulary, A::kMaxVocabulary, A::kVocabularyStep});
  within("width", a.width, widths(A::kMaxWidth));
  require(!a.layers.empty() && a.layers.size() <= A::kMaxLayers, "layers", "are not 1 to 64");
  for (const Mixer mixer : a.layers) known("layers", mixer, kMixers);
  known("norm", a.norm, kNorms);
  known("feed", a.feed, kFeeds);
  if (a.feed != Feed::kNone) {
    within("feed_width", a.feed_width, widths(4 * A::kMaxWidth));
  } else {
    absent("feed_width", a.feed_width);
  }
  within("context", a.context, {A::kContextStep, A::kMaxContext, A::kContextStep});

  if (a.has(Mixer::kAttention)) {
    within("heads", a.heads, {1, A::kMaxHeads, 1});
    within("key_value_heads", a.key_value_heads, {1, a.heads, 1});
    require(a.heads % a.key_value_heads == 0, "key_value_heads", "do not divide heads");
    within("head_width", a.head_width, widths(A::kMaxHeadWidth));
    within("window", a.window, {A::kContextStep, a.context, A::kContextStep});
  } else {
    absent("heads", a.heads);
    absent("key_value_heads", a.key_value_heads);
    absent("head_width", a.head_width);
    absent("window", a.window);
  }
  if (a.has(Mixer::kRecurrence)) {
    within("state_width", a.state_width, widths(A::kMaxWidth));
  } else {
    absent("state_width", a.state_width);
  }
  for (const NgramContext table : a.tables) known("tables", table, kNgrams);
  require(a.tables.empty() || a.vocabulary == kVocabulary, "tables", "are of bytes, not of tokens");
  require(std::ranges::adjacent_find(a.tables, std::greater_equal()) == a.tables.end(), "tables",
          "are not in their order, each once");
  if (!a.tables.empty()) {
    within("table_bits", a.table_bits, {A::kMinTableBits, A::kMaxTableBits, 1});
    within("table_width", a.table_width, widths(A::kMaxTableWidth));
  } else {
    absent("table_bits", a.table_bits);
    absent("table_width", a.table_width);
  }
  known("numbers", a.numbers, kNumbers);
  require(a.numbers == Numbers::kNone || (a.vocabulary == kVocabulary && a.tables.empty()), "numbers",
          "are bytes, and have no tables");
  if (a.numbers == Numbers::kPixels) {
    within("row", a.row, {2, A::kMaxRow, 1});
  } else {
    absent("row", a.row);
  }
  const uint64_t parameters = a.parameters();
  require(parameters <= max_parameters, "parameters",
          fmt::format("are {}, more than the limit of {}", parameters, max_parameters));
}

std::string to_json(const Architecture& a) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const Mixer mixer : a.layers) layers.push_back(name_of(mixer, kMixers));
  nlohmann::ordered_json tables = nlohmann::ordered_json::array();
  for (const NgramContext table : a.tables) tables.push_back(name_of(table, kNgrams));
  nlohmann::ordered_json json({{"width", a.width},
                               {"layers", layers},
                               {"norm", name_of(a.norm, kNorms)},
                               {"feed", name_of(a.feed, kFeeds)},
                               {"feed_width", a.feed_width},
                               {"tied", a.tied},
                               {"convolution", a.convolution},
                               {"context", a.context},
                               {"heads", a.heads},
                               {"key_value_heads", a.key_value_heads},
                               {"head_width", a.head_width},
                               {"window", a.window},
                               {"state_width", a.state_width},
                               {"tables", tables},
                               {"table_bits", a.table_bits},
                               {"table_width", a.table_width}});
  if (a.vocabulary != kVocabulary) json["vocabulary"] = a.vocabulary;
  if (a.numbers != Numbers::kNone) {
    json["numbers"] = name_of(a.numbers, kNumbers);
    json["row"] = a.row;
  }
  return json.dump();
}

Architecture parse_architecture(std::string_view json) {
  const nlohmann::json parsed = parse_json(json, kMaxText, "architecture");
  JsonFields fields(parsed, "architecture");
  const auto size = [&](std::string_view name) { return static_cast<int>(fields.integer(name, 0, INT32_MAX)); };
  Architecture a;
  a.width = size("width");
  for (const auto& name : fields.array("layers")) a.layers.push_back(value_of<Mixer>(name, "layers", kMixers));
  a.norm = value_of<Norm>(fields.at("norm"), "norm", kNorms);
  a.feed = value_of<Feed>(fields.at("feed"), "feed", kFeeds);
  a.feed_width = size("feed_width");
  a.tied = fields.boolean("tied");
  a.convolution = fields.boolean("convolution");
  a.context = size("context");
  a.heads = size("heads");
  a.key_value_heads = size("key_value_heads");
  a.head_width = size("head_width");
  a.window = size("window");
  a.state_width = size("state_width");
  for (const auto& name : fields.array("tables")) a.tables.push_back(value_of<NgramContext>(name, "tables", kNgrams));
  a.table_bits = size("table_bits");
  a.table_width = size("table_width");
  if (fields.has("vocabulary")) a.vocabulary = size("vocabulary");
  if (fields.has("numbers")) {
    a.numbers = value_of<Numbers>(fields.at("numbers"), "numbers", kNumbers);
    a.row = size("row");
  }
  fields.finish();
  check(a);
  return a;
}

std::vector<TensorShape> tensors_of(const Architecture& a) {
  Shapes shapes;
  shapes.matrix("embedding", a.vocabulary, a.width);
  if (!a.tables.empty()) {
    const auto count = static_cast<int64_t>(a.tables.size());
    shapes.matrix("tables", count << a.table_bits, a.table_width);
    shapes.matrix("tables.project", a.width, count * a.table_width);
  }
  if (a.numbers != Numbers::kNone) shapes.matrix("numbers.project", a.width, NumberContext::kFeatures);
  for (size_t i = 0; i < a.layers.size(); ++i) {
    const std::string layer = fmt::format("layers.{}.", i);
    add_mixer(shapes, a, a.layers[i], layer);
    add_feed(shapes, a, layer);
  }
  shapes.norm("output_norm", a);
  if (!a.tied) shapes.matrix("output", a.vocabulary, a.width);
  shapes.vector("output.bias", a.vocabulary);
  return std::move(shapes.all);
}

}  // namespace lmzip::model
