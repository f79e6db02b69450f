// SPDX-License-Identifier: Apache-2.0
// Imported checkpoints are handed on like any other file: any bytes, read as one, are refused in one printable line or
// are a decoder whose numbers can all be read and whose tokens spell what was encoded.
#include "fuzz/checks.h"
#include "model/imported.h"

using namespace lmzip;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  if (const auto decoder = fuzz::result_of([&] { return model::read_imported(input); })) {
    fuzz::read_all(*decoder, input);
    fuzz::round_trip(*decoder->vocabulary, input);
  }
  return 0;
}
