// SPDX-License-Identifier: Apache-2.0
// Payloads come out of untrusted files: whatever they hold, decoding ends, in bytes of the right number or in kCorrupt.
// Input: codec, raw size (2 bytes), payload. The payload also serves as raw data that has to survive both ways.
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

/// Cheap enough for thousands of runs a second. The last place is the arithmetic decoder alone.
constexpr std::array kCodecs = {"order0",  "order1", "order2", "order6",         "uniform", "gzip:1",
                                "lzma2:0", "png:1",  "flac:0", "flac:0,bits=16", "store",   "mix:1"};

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

std::vector<Bytes> decompress(const lmzip::Compressor& codec, ByteSpan packed, size_t raw_size) {
  lmzip::ProgressSink progress;
  return codec.decompress({&packed, 1}, {&raw_size, 1}, progress);
}

void decode_anything(const lmzip::Compressor& codec, size_t raw_size, ByteSpan payload) {
  try {
    const std::vector<Bytes> raw = decompress(codec, payload, raw_size);
    require(raw.size() == 1 && raw[0].size() == raw_size);
  } catch (const lmzip::Error& error) {
    require(error.kind() == lmzip::ErrorKind::kCorrupt);
  }
}

void round_trip(const lmzip::Compressor& codec, ByteSpan raw) {
  lmzip::ProgressSink progress;
  const Bytes packed = codec.compress({&raw, 1}, progress).at(0);
  require(std::ranges::equal(decompress(codec, packed, raw.size()).at(0), raw));
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
    require(decoder.consumed() <= payload.size());
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
    decode_anything(codec(choice), raw_size, payload);
    round_trip(codec(choice), payload);
  }
  return 0;
}
