// SPDX-License-Identifier: Apache-2.0
#include "model/embedded.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/embedded.h"
#include "lmzip/model_store.h"

extern "C" {
extern const uint8_t lmzip_embedded_default[], lmzip_embedded_default_end[];
extern const uint8_t lmzip_embedded_default_card[], lmzip_embedded_default_card_end[];
extern const uint8_t lmzip_embedded_best[], lmzip_embedded_best_end[];
extern const uint8_t lmzip_embedded_best_card[], lmzip_embedded_best_card_end[];
}

namespace lmzip::model {
namespace {

std::string_view text(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

std::span<const EmbeddedModel> embedded_models() {
  static const std::vector<EmbeddedModel> models = [] {
    std::vector<EmbeddedModel> all = {
        {kDefaultModel, base::embedded(lmzip_embedded_default, lmzip_embedded_default_end),
         text(base::embedded(lmzip_embedded_default_card, lmzip_embedded_default_card_end))},
        {kBestModel, base::embedded(lmzip_embedded_best, lmzip_embedded_best_end),
         text(base::embedded(lmzip_embedded_best_card, lmzip_embedded_best_card_end))},
    };
    std::erase_if(all, [](const EmbeddedModel& model) { return model.weights.empty(); });
    return all;
  }();
  return models;
}

const EmbeddedModel* embedded_model(std::string_view name) {
  const auto models = embedded_models();
  const auto found = std::ranges::find(models, name, &EmbeddedModel::name);
  return found == models.end() ? nullptr : &*found;
}

}  // namespace lmzip::model
