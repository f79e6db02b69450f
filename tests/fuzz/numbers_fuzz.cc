// SPDX-License-Identifier: Apache-2.0
// Whatever a file says of its pixels or samples: find_numbers() says nothing or something that there is a codec for,
// and every byte comes back by it. So it does by any layout at all, which the input's end says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "lmzip/error.h"
#include "lmzip/registry.h"
#include "media/number_layout.h"

namespace {

using lmzip::Bytes;
using lmzip::ByteSpan;
using lmzip::media::NumberLayout;

constexpr size_t kMostCoded = 1500;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string spec_of(const NumberLayout& layout) {
  const bool pixels = layout.kind == NumberLayout::Kind::kPixels;
  std::string spec = pixels ? "pixels,width=" + std::to_string(layout.width) : "samples";
  spec += ",channels=" + std::to_string(layout.channels) + ",bits=" + std::to_string(layout.bits);
  if (layout.big_endian) spec += ",order=big";
  spec += ",head=" + std::to_string(layout.head);
  if (layout.pad > 0) spec += ",pad=" + std::to_string(layout.pad);
  return spec;
}

/// Any of those that there are; the widest rows are left out, as they take long to begin with.
NumberLayout layout_of(uint64_t random) {
  const auto below = [&random](uint64_t limit) {
    const uint64_t part = random % limit;
    random /= limit;
    return static_cast<unsigned>(part);
  };
  NumberLayout layout{.kind = below(2) == 0 ? NumberLayout::Kind::kPixels : NumberLayout::Kind::kSamples};
  const bool pixels = layout.kind == NumberLayout::Kind::kPixels;
  layout.bits = 8 * (1 + below(pixels ? 2 : 3));
  layout.channels = 1 + below(8);
  layout.big_endian = below(2) == 1;
  layout.width = pixels ? 1 + below(2) * 100 + below(9) : 0;
  layout.pad = pixels && layout.bits == 8 ? below(4) : 0;
  layout.head = below(3) * below(100);
  return layout;
}

void round_trip(const NumberLayout& layout, ByteSpan raw) {
  const auto codec = lmzip::make_compressor(spec_of(layout));
  lmzip::ProgressSink progress;
  const Bytes packed = codec->compress({&raw, 1}, progress).at(0);
  const ByteSpan payload = packed;
  const size_t size = raw.size();
  require(std::ranges::equal(codec->decompress({&payload, 1}, {&size, 1}, progress).at(0), raw));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteSpan input(data, size);
  uint64_t random = size;
  for (size_t i = size - std::min<size_t>(size, 8); i < size; ++i) random = random << 8 ^ data[i];
  const NumberLayout any = layout_of(random);
  // The codec's text knows all that is found; a damaged width may be anything.
  std::optional<NumberLayout> found = lmzip::media::find_numbers(input);
  if (found) lmzip::make_compressor(spec_of(*found));
  if (const auto width = lmzip::media::find_width(input, any)) {
    require(*width >= 8 && uint64_t{*width} * any.channels * any.bits / 8 <= size);
  }
  const ByteSpan coded = input.first(std::min(size, kMostCoded));
  round_trip(any, coded);
  if (found && found->width < 1000) round_trip(*found, coded);
  return 0;
}
