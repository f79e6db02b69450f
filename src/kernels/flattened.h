// SPDX-License-Identifier: Apache-2.0
// Whole algorithms, rather than loops, compiled for each instruction set.
#pragma once

#include "kernels/isa.h"

namespace lmzip::kernels {

/// Flattened<isa>::run(work) calls `work` with all that it calls pulled into one function ("flatten"), compiled for
/// that instruction set, so that compilers vectorise it for that. What it computes must not depend on the instruction
/// set: integers do not.
template <Isa isa>
struct Flattened {
  template <typename Work>
  static void run(const Work& work) {
    work();
  }
};

#if defined(__x86_64__)
template <>
struct Flattened<Isa::kAvx2> {
  template <typename Work>
  [[gnu::target("avx2"), gnu::flatten]] static void run(const Work& work) {
    work();
  }
};
#endif

}  // namespace lmzip::kernels
