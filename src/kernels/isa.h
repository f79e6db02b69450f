// SPDX-License-Identifier: Apache-2.0
// Which instruction set the kernels of this process use.
#pragma once

#include <span>
#include <string_view>

/// For loops that are instantiated in functions of several instruction sets.
#define LMZIP_INLINE [[gnu::always_inline]] inline

namespace lmzip::kernels {

/// In the order of speed, among those of one processor. A family of kernels need not have all of them.
enum class Isa { kScalar, kNeon, kAvx2, kAvx512 };

/// "scalar", "neon", "avx2", "avx512".
std::string_view isa_name(Isa isa);

/// Those this machine has, slowest first; kScalar is always the first. kAvx512 means what x86-64-v4 does (F, BW, CD,
/// DQ, VL); a family that needs more looks for that itself and falls back to kAvx2.
std::span<const Isa> available_isas();

/// The best that may be used: the last of available_isas() unless force_isa() lowered it.
Isa isa_bound();

/// Makes `name` the bound for every family of kernels ("generic", the name of old scripts, is "scalar"); false, and
/// nothing changes, when this machine has none of that name. For tests; call it before any session is opened.
bool force_isa(std::string_view name);

/// Of a family's implementations (slowest first, the first being kScalar) the last one within the bound.
template <typename Kernels>
const Kernels& best_within_bound(std::span<const Kernels> family) {
  size_t best = family.size() - 1;
  while (best > 0 && family[best].isa > isa_bound()) --best;
  return family[best];
}

}  // namespace lmzip::kernels
