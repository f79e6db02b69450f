// SPDX-License-Identifier: Apache-2.0
#include "model/embedded.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/embedded.h"
#include "lmzip/model_store.h"

// Made by lmzip_embed() in CMakeLists.txt: a model's file and its card.
#define LMZIP_EMBEDDED(name)                                                       \
  extern "C" const uint8_t lmzip_embedded_##name[], lmzip_embedded_##name##_end[]; \
  extern "C" const uint8_t lmzip_embedded_##name##_card[], lmzip_embedded_##name##_card_end[]
LMZIP_EMBEDDED(default);
LMZIP_EMBEDDED(best);
LMZIP_EMBEDDED(pixels);
LMZIP_EMBEDDED(speech);
#undef LMZIP_EMBEDDED

#define LMZIP_MODEL(id, name)                                                                \
  EmbeddedModel {                                                                            \
    id, base::embedded(lmzip_embedded_##name, lmzip_embedded_##name##_end),                  \
        text(base::embedded(lmzip_embedded_##name##_card, lmzip_embedded_##name##_card_end)) \
  }

namespace lmzip::model {
namespace {

std::string_view text(ByteSpan bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

std::span<const EmbeddedModel> embedded_models() {
  static const std::vector<EmbeddedModel> models = [] {
    std::vector<EmbeddedModel> all = {
        LMZIP_MODEL(kDefaultModel, default),
        LMZIP_MODEL(kBestModel, best),
        LMZIP_MODEL(kPixelsModel, pixels),
        LMZIP_MODEL(kSpeechModel, speech),
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
