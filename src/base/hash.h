// SPDX-License-Identifier: Apache-2.0
// The one hash of the file format.
#pragma once

#include <cstdint>

#include "lmzip/bytes.h"

namespace lmzip::base {

/// XXH3-64 with seed 0: the checksum of raw blocks, of headers (truncated) and of indexes.
uint64_t xxh3_64(ByteSpan bytes);

}  // namespace lmzip::base
