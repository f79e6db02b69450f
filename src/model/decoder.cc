// SPDX-License-Identifier: Apache-2.0
#include "model/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "lmzip/error.h"
#include "model/json.h"

namespace lmzip::model {
namespace {

void require(bool holds, std::string_view field, std::string_view complaint) {
  if (!holds) throw Error(ErrorKind::kCorrupt, fmt::format("shape: {} {}", field, complaint));
}

template <typename Number>
void within(std::string_view field, Number value, Number lowest, Number highest) {
  // Written so that a NaN is outside.
  require(value >= lowest && value <= highest, field, fmt::format("is {}, not {} to {}", value, lowest, highest));
}

/// Collects the arrays in order.
class Arrays {
 public:
  void vector(std::string name, int64_t size) { all.push_back({std::move(name), 1, size, false}); }
  void norm(const std::string& name, const DecoderShape& shape) {
    vector(name + ".gain", shape.width);
    if (shape.norm == Norm::kLayer) vector(name + ".offset", shape.width);
  }
  void matrix(const std::string& name, int64_t rows, int64_t columns) { all.push_back({name, rows, columns, true}); }
  void biased(const std::string& name, int64_t rows, int64_t columns) {
    matrix(name, rows, columns);
    vector(name + ".bias", rows);
  }

  std::vector<TensorShape> all;
};

void check_attention(const DecoderShape& s) {
  within("heads", s.heads, 1, DecoderShape::kMaxHeads);
  within("key_value_heads", s.key_value_heads, 1, s.heads);
  require(s.heads % s.key_value_heads == 0, "key_value_heads", "do not divide heads");
  within("head_width", s.head_width, 1, DecoderShape::kMaxHeadWidth);
  within("window", s.window, 0, DecoderShape::kMaxContext);
  require(s.local.empty() || s.local.size() == static_cast<size_t>(s.layers), "local", "has not one entry for a layer");
  const bool any = std::ranges::any_of(s.local, [](uint8_t is_local) { return is_local != 0; });
  require(!any || s.window > 0, "local", "names layers, but there is no window");
}

void check_rotary(const DecoderShape& s) {
  if (s.rotary_width == 0) return;
  within("rotary_width", s.rotary_width, 2, s.head_width);
  require(s.rotary_width % 2 == 0, "rotary_width", "is odd");
  within("rotary_base", s.rotary_base, 1.0, 1e9);
  within("rotary_factor", s.rotary_factor, 1.0, 1e6);
  within("rotary_low_factor", s.rotary_low_factor, 1e-6, 1e6);
  within("rotary_high_factor", s.rotary_high_factor, 1e-6, 1e6);
  require(s.rotary_low_factor < s.rotary_high_factor, "rotary_low_factor", "is not below rotary_high_factor");
  within("rotary_original_context", s.rotary_original_context, 1, DecoderShape::kMaxContext);
}

}  // namespace

uint64_t DecoderShape::parameters() const {
  uint64_t sum = 0;
  for (const TensorShape& array : tensors_of(*this)) sum += static_cast<uint64_t>(array.rows * array.columns);
  return sum;
}

void check(const DecoderShape& s) {
  using S = DecoderShape;
  within("vocabulary", s.vocabulary, 1, S::kMaxVocabulary);
  within("width", s.width, 1, S::kMaxWidth);
  within("layers", s.layers, 1, S::kMaxLayers);
  within("context", s.context, 1, S::kMaxContext);
  check_attention(s);
  check_rotary(s);
  within("norm_epsilon", s.norm_epsilon, 1e-12F, 1e-2F);
  within("feed_width", s.feed_width, 1, S::kMaxFeedWidth);
}

std::vector<TensorShape> tensors_of(const DecoderShape& s) {
  Arrays arrays;
  const auto query = s.query_bias ? &Arrays::biased : &Arrays::matrix;
  const auto attention_output = s.attention_output_bias ? &Arrays::biased : &Arrays::matrix;
  const auto feed = s.feed_bias ? &Arrays::biased : &Arrays::matrix;
  arrays.matrix("embedding", s.vocabulary, s.width);
  if (s.learned_positions) arrays.matrix("positions", s.context, s.width);
  for (int i = 0; i < s.layers; ++i) {
    const auto name = [i](std::string_view part) { return fmt::format("layers.{}.{}", i, part); };
    const int64_t queries = int64_t{s.heads} * s.head_width;
    const int64_t keys = int64_t{s.key_value_heads} * s.head_width;
    arrays.norm(name("attention_norm"), s);
    (arrays.*query)(name("query"), queries, s.width);
    (arrays.*query)(name("key"), keys, s.width);
    (arrays.*query)(name("value"), keys, s.width);
    (arrays.*attention_output)(name("attention_output"), s.width, queries);
    arrays.norm(name("feed_norm"), s);
    if (s.gated) arrays.matrix(name("feed.gate"), s.feed_width, s.width);
    (arrays.*feed)(name("feed.up"), s.feed_width, s.width);
    (arrays.*feed)(name("feed.down"), s.width, s.feed_width);
  }
  arrays.norm("output_norm", s);
  if (!s.tied) arrays.matrix("output", s.vocabulary, s.width);
  return std::move(arrays.all);
}

void check(const Decoder& decoder) {
  check(decoder.shape);
  const std::vector<TensorShape> expected = tensors_of(decoder.shape);
  const auto refuse = [](std::string_view name, std::string_view complaint) {
    throw Error(ErrorKind::kCorrupt, fmt::format("the array {} {}", shown(name), complaint));
  };
  std::set<std::string_view> known;
  for (const TensorShape& array : expected) {
    known.insert(array.name);
    const auto found = decoder.weights.find(array.name);
    if (found == decoder.weights.end() || !found->second.read) refuse(array.name, "is missing");
    const DecoderWeight& weight = found->second;
    if (weight.rows != array.rows || weight.columns != array.columns) {
      refuse(array.name,
             fmt::format("is {} x {}, not {} x {}", weight.rows, weight.columns, array.rows, array.columns));
    }
  }
  for (const auto& [name, weight] : decoder.weights) {
    if (!known.contains(name)) refuse(name, "does not belong to this shape");
  }
  if (!decoder.vocabulary) return;
  const auto ids = static_cast<Symbol>(decoder.shape.vocabulary);
  if (decoder.vocabulary->size() > ids || decoder.vocabulary->start() >= ids) {
    throw Error(ErrorKind::kCorrupt, fmt::format("the vocabulary has {} ids and starts with {}, the embedding {} rows",
                                                 decoder.vocabulary->size(), decoder.vocabulary->start(), ids));
  }
}

}  // namespace lmzip::model
