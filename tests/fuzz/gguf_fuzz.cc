// SPDX-License-Identifier: Apache-2.0
// Checkpoints come from anywhere: any bytes, read as a GGUF file, are refused in one printable line or are a decoder
// whose numbers can all be read and whose tokens spell what was encoded.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "lmzip/error.h"
#include "model/gguf_decoder.h"

namespace {

using namespace lmzip::model;
using lmzip::Bytes;
using lmzip::ByteSpan;
using lmzip::ErrorKind;

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Read>
void politely(Read read) try {
  read();
} catch (const lmzip::Error& error) {
  require(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUnsupported ||
          error.kind() == ErrorKind::kLimit);
  for (const char* c = error.what(); *c != '\0'; ++c) require(*c >= ' ' && *c <= '~');
}

void read_all(const Decoder& decoder, size_t file_size) {
  uint64_t numbers = 0;
  std::vector<float> row;
  for (const auto& [name, weight] : decoder.weights) {
    row.resize(static_cast<size_t>(weight.columns));
    for (int64_t i = 0; i < weight.rows; ++i) weight.read(i, row);
    numbers += static_cast<uint64_t>(weight.rows) * row.size();
  }
  require(numbers == decoder.shape.parameters());
  require(numbers / 4 <= file_size);  // no type packs more than four numbers into a byte
}

void tokenize(const Vocabulary& vocabulary, ByteSpan text) {
  text = text.first(std::min<size_t>(text.size(), 4096));
  Bytes back;
  for (const lmzip::Symbol symbol : vocabulary.encode(text)) {
    if (symbol < vocabulary.size()) {
      const ByteSpan bytes = vocabulary.bytes(symbol);
      back.insert(back.end(), bytes.begin(), bytes.end());
    } else {
      require(symbol - vocabulary.size() < 256);
      back.push_back(static_cast<uint8_t>(symbol - vocabulary.size()));
    }
  }
  require(std::ranges::equal(back, text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  politely([&] { read_all(read_gguf(input), size); });
  politely([&] {
    if (const auto vocabulary = read_gguf_vocabulary(Gguf(input))) tokenize(*vocabulary, input);
  });
  return 0;
}
