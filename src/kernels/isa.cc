// SPDX-License-Identifier: Apache-2.0
#include "kernels/isa.h"

#include <atomic>
#include <vector>

namespace lmzip::kernels {
namespace {

std::vector<Isa> detect() {
  std::vector<Isa> found{Isa::kScalar};
#if defined(__aarch64__)
  found.push_back(Isa::kNeon);  // every one has it
#elif defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back(Isa::kAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    found.push_back(Isa::kAvx512);
  }
#endif
  return found;
}

std::atomic<Isa>& bound() {
  static std::atomic<Isa> isa{available_isas().back()};
  return isa;
}

}  // namespace

std::string_view isa_name(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kNeon:
      return "neon";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
  }
  return {};
}

std::span<const Isa> available_isas() {
  static const std::vector<Isa> found = detect();
  return found;
}

Isa isa_bound() { return bound().load(std::memory_order_relaxed); }

bool force_isa(std::string_view name) {
  if (name == "generic") name = isa_name(Isa::kScalar);
  for (const Isa isa : available_isas()) {
    if (isa_name(isa) != name) continue;
    bound().store(isa, std::memory_order_relaxed);
    return true;
  }
  return false;
}

}  // namespace lmzip::kernels
