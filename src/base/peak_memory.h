// SPDX-License-Identifier: Apache-2.0
// How much memory the process has really held.
#pragma once

#include <cstdint>
#include <optional>

namespace lmzip::base {

/// Gives freed memory back to the system and forgets the peak so far. False where the system does not let us.
bool reset_peak_memory();

/// The largest resident set since then (or since the start), bytes, mapped files included; none where the system does
/// not tell.
std::optional<uint64_t> peak_memory();

}  // namespace lmzip::base
