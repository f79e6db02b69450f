// SPDX-License-Identifier: Apache-2.0
// Checkpoints come from anywhere: any bytes, read as a GGUF file, are refused in one printable line or are a decoder
// whose numbers can all be read and whose tokens spell what was encoded.
#include "fuzz/checks.h"
#include "model/gguf_decoder.h"

using namespace lmzip;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  if (const auto decoder = fuzz::result_of([&] { return model::read_gguf(input); })) fuzz::read_all(*decoder, input);
  const auto vocabulary = fuzz::result_of([&] { return model::read_gguf_vocabulary(model::Gguf(input)); });
  if (vocabulary && *vocabulary != nullptr) fuzz::round_trip(**vocabulary, input);
  return 0;
}
