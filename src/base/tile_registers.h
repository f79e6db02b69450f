// SPDX-License-Identifier: Apache-2.0
// Registers that a program has to ask for.
#pragma once

namespace lmzip::base {

/// Whether the CPU has tiles and products of bfloat16 (AMX; AVX512_BF16 for what is between them) and Linux gives this
/// process their registers. Asks again each time.
bool obtain_bfloat16_tiles();

}  // namespace lmzip::base
