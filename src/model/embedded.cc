// SPDX-License-Identifier: Apache-2.0
#include "model/embedded.h"

#include <cstddef>
#include <cstdint>

// Where the assembler put the files: see embedded.S.in.
extern "C" {
extern const uint8_t lmzip_embedded_model[];
extern const uint8_t lmzip_embedded_model_end[];
extern const uint8_t lmzip_embedded_card[];
extern const uint8_t lmzip_embedded_card_end[];
}

namespace lmzip::model {
namespace {

/// By addresses as numbers: to the language these are ends of different arrays.
size_t distance(const uint8_t* begin, const uint8_t* end) {
  return reinterpret_cast<uintptr_t>(end) - reinterpret_cast<uintptr_t>(begin);
}

}  // namespace

ByteSpan embedded_model() { return {lmzip_embedded_model, distance(lmzip_embedded_model, lmzip_embedded_model_end)}; }

std::string_view embedded_card() {
  return {reinterpret_cast<const char*>(lmzip_embedded_card), distance(lmzip_embedded_card, lmzip_embedded_card_end)};
}

}  // namespace lmzip::model
