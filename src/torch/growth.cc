// SPDX-License-Identifier: Apache-2.0
#include "torch/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "lmzip/error.h"

namespace lmzip::torch_plugin {

bool grows_from(model::Architecture before, const model::Architecture& now) {
  const size_t layers = before.layers.size();
  if (layers > now.layers.size() || !std::equal(before.layers.begin(), before.layers.end(), now.layers.begin())) {
    return false;
  }
  if (before.table_bits > now.table_bits || !std::ranges::includes(before.tables, now.tables)) return false;
  before.layers = now.layers;
  before.tables = now.tables;
  before.table_bits = now.table_bits;
  return before == now;
}

bool is_of_new_layer(std::string_view name, const model::Architecture& before) {
  constexpr std::string_view kLayers = "layers.";
  const size_t at = name.find(kLayers);
  if (at == name.npos) return false;
  size_t layer = 0;
  std::from_chars(name.data() + at + kLayers.size(), name.data() + name.size(), layer);
  return layer >= before.layers.size();
}

at::Tensor grown(std::string_view name, const at::Tensor& kept, const model::Architecture& before,
                 const model::Architecture& now) {
  const bool tables = name.ends_with("tables");
  if (!tables && !name.ends_with("tables.project")) return kept;
  const int64_t dimension = tables ? 0 : 1, size = tables ? int64_t{1} << before.table_bits : before.table_width;
  if (kept.dim() <= dimension || kept.size(dimension) != size * static_cast<int64_t>(before.tables.size())) {
    throw Error(ErrorKind::kCorrupt, fmt::format("'{}' has another shape", name));
  }
  std::vector<at::Tensor> parts;
  for (const model::NgramContext table : now.tables) {
    const auto place = std::ranges::find(before.tables, table) - before.tables.begin();
    parts.push_back(kept.narrow(dimension, place * size, size));
  }
  const at::Tensor all = at::cat(parts, dimension);
  // The more bits of its hash count, the more rows a context of old becomes.
  return tables ? all.repeat_interleave(int64_t{1} << (now.table_bits - before.table_bits), 0) : all;
}

}  // namespace lmzip::torch_plugin
