// SPDX-License-Identifier: Apache-2.0
// The two byte types that cross every interface of lmzip.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lmzip {

/// Owned bytes.
using Bytes = std::vector<uint8_t>;

/// Borrowed, read-only bytes; valid as long as whatever owns them.
using ByteSpan = std::span<const uint8_t>;

}  // namespace lmzip
