// SPDX-License-Identifier: Apache-2.0
#include "base/peak_memory.h"

#include <malloc.h>

#include <fstream>
#include <string>

namespace lmzip::base {

bool reset_peak_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  std::ofstream file("/proc/self/clear_refs");
  file << "5";  // proc(5): resets the peak resident set size to the present one
  return static_cast<bool>(file.flush());
}

std::optional<uint64_t> peak_memory() {
  constexpr std::string_view kField = "VmHWM:";
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kField)) return std::stoull(line.substr(kField.size())) * 1024;  // the unit is kB
  }
  return {};
}

}  // namespace lmzip::base
