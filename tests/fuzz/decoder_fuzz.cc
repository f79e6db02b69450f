// SPDX-License-Identifier: Apache-2.0
// Payloads come out of untrusted files: whatever they hold, decoding ends, in bytes of the right number or in kCorrupt.
// Input: codec (beyond the last: the arithmetic decoder alone), raw size (2 bytes), payload. The payload also serves as
// raw data that has to survive both ways.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "lmzip/arithmetic_coder.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace {

using lmzip::Bytes;
using lmzip::ByteSpan;
using lmzip::FrequencyTable;

/// Cheap enough for thousands of runs a second: those that write an arithmetic code, then others.
constexpr std::array kCodecs = {"order0", "order1",  "order2", "order6", "uniform",        "mix:1",
                                "gzip:1", "lzma2:0", "png:1",  "flac:0", "flac:0,bits=16", "store"};
constexpr size_t kArithmetic = 6;

void require(bool holds) {
  if (!holds) std::abort();
}

const lmzip::Compressor& codec(size_t index) {
  static const auto all = [] {
    std::vector<std::unique_ptr<lmzip::Compressor>> made;
    for (const char* spec : kCodecs) made.push_back(lmzip::make_compressor(spec));
    return made;
  }();
  return *all[index];
}

Bytes compress(const lmzip::Compressor& codec, ByteSpan raw) {
  lmzip::ProgressSink progress;
  return codec.compress({&raw, 1}, progress).at(0);
}

Bytes decompress(const lmzip::Compressor& codec, ByteSpan packed, size_t raw_size) {
  lmzip::ProgressSink progress;
  return codec.decompress({&packed, 1}, {&raw_size, 1}, progress).at(0);
}

void decode_anything(size_t choice, size_t raw_size, ByteSpan payload) {
  try {
    const Bytes raw = decompress(codec(choice), payload, raw_size);
    require(raw.size() == raw_size);
    // One code alone decodes to given bytes.
    if (choice < kArithmetic) require(std::ranges::equal(compress(codec(choice), raw), payload));
  } catch (const lmzip::Error& error) {
    require(error.kind() == lmzip::ErrorKind::kCorrupt);
  }
}

void round_trip(const lmzip::Compressor& codec, ByteSpan raw) {
  require(std::ranges::equal(decompress(codec, compress(codec, raw), raw.size()), raw));
}

/// Tables that change with every symbol, up to the largest total, until the decoder refuses to go on.
void drive_arithmetic_decoder(size_t symbols, ByteSpan payload) try {
  lmzip::ArithmeticDecoder decoder(payload);
  FrequencyTable table;
  for (size_t i = 0; i < symbols; ++i) {
    const uint32_t p1 = static_cast<uint32_t>(1 + i * 2654435761u % (FrequencyTable::kBitTotal - 1));
    std::array<uint32_t, 3> frequencies = {1, p1, FrequencyTable::kMaxTotal - 1 - p1};
    std::rotate(frequencies.begin(), frequencies.begin() + static_cast<ptrdiff_t>(i % 3), frequencies.end());
    table.assign(frequencies);
    require(decoder.decode(table) < 3);
    decoder.decode_bit(p1);
  }
} catch (const lmzip::Error& error) {
  require(error.kind() == lmzip::ErrorKind::kCorrupt);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3 || size > 20000) return 0;
  const size_t choice = data[0] % (kCodecs.size() + 1);
  const size_t raw_size = data[1] + 256u * data[2] % 8192u;
  const ByteSpan payload(data + 3, size - 3);
  if (choice == kCodecs.size()) {
    drive_arithmetic_decoder(raw_size, payload);
  } else {
    decode_anything(choice, raw_size, payload);
    round_trip(codec(choice), payload);
  }
  return 0;
}
