// SPDX-License-Identifier: Apache-2.0
// What the programs that feed any bytes to readers of models ask of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "lmzip/error.h"
#include "model/decoder.h"

namespace lmzip::fuzz {

inline constexpr size_t kMaxText = 4096;

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// What `read` returns; nothing if it refuses, which it may only do politely: in one printable line.
template <typename Read>
auto result_of(Read read) -> std::optional<decltype(read())> try {
  return read();
} catch (const Error& error) {
  require(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUnsupported ||
          error.kind() == ErrorKind::kLimit);
  for (const char* c = error.what(); *c != '\0'; ++c) require(*c >= ' ' && *c <= '~');
  return std::nullopt;
}

/// Whatever a vocabulary is made of, ids spell what they were made of.
inline void round_trip(const model::Vocabulary& vocabulary, ByteSpan input) {
  const ByteSpan text = input.first(std::min(input.size(), kMaxText));
  require(vocabulary.start() < vocabulary.size());
  Bytes back;
  for (const Symbol id : vocabulary.encode(text)) {
    if (id >= vocabulary.size()) {
      require(id - vocabulary.size() < 256);
      back.push_back(static_cast<uint8_t>(id - vocabulary.size()));
      continue;
    }
    const ByteSpan bytes = vocabulary.bytes(id);
    require(!bytes.empty());
    back.insert(back.end(), bytes.begin(), bytes.end());
  }
  require(std::ranges::equal(back, text));
}

/// All numbers of a decoder can be read, and lie in the `input` of which it was made; its vocabulary can be used.
inline void read_all(const model::Decoder& decoder, ByteSpan input) {
  uint64_t numbers = 0;
  std::vector<float> row;
  for (const auto& [name, weight] : decoder.weights) {
    row.resize(static_cast<size_t>(weight.columns));
    for (int64_t i = 0; i < weight.rows; ++i) weight.read(i, row);
    numbers += static_cast<uint64_t>(weight.rows) * row.size();
  }
  require(numbers == decoder.shape.parameters());
  require(numbers / 4 <= input.size());  // no type packs more than four numbers into a byte
  if (decoder.vocabulary != nullptr) round_trip(*decoder.vocabulary, input);
}

}  // namespace lmzip::fuzz
