// SPDX-License-Identifier: Apache-2.0
// Specs come out of file headers: any bytes either are refused with an Error or make a codec whose canonical spec makes
// an equal one.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/spec.h"
#include "lmzip/error.h"
#include "lmzip/registry.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto codec = lmzip::make_compressor(text);
    const lmzip::CompressorInfo& info = codec->info();
    require(!info.spec.empty() && info.spec.size() <= lmzip::codec::Spec::kMaxLength);
    const auto again = lmzip::make_compressor(info.spec);
    require(again->info().spec == info.spec);
    require(again->info().fixed_bytes == info.fixed_bytes);
  } catch (const lmzip::Error& error) {
    require(error.kind() == lmzip::ErrorKind::kUsage || error.kind() == lmzip::ErrorKind::kUnsupported);
    for (const char* c = error.what(); *c != '\0'; ++c) require(*c >= ' ' && *c <= '~');
  }
  return 0;
}
