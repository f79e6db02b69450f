// SPDX-License-Identifier: Apache-2.0
#include "model/embedded.h"

#include <cstdint>

#include "base/embedded.h"

extern "C" {
extern const uint8_t lmzip_embedded_model[];
extern const uint8_t lmzip_embedded_model_end[];
extern const uint8_t lmzip_embedded_card[];
extern const uint8_t lmzip_embedded_card_end[];
}

namespace lmzip::model {

ByteSpan embedded_model() { return base::embedded(lmzip_embedded_model, lmzip_embedded_model_end); }

std::string_view embedded_card() {
  const ByteSpan card = base::embedded(lmzip_embedded_card, lmzip_embedded_card_end);
  return {reinterpret_cast<const char*>(card.data()), card.size()};
}

}  // namespace lmzip::model
