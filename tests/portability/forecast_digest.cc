// SPDX-License-Identifier: Apache-2.0
// Prints "mix:LEVEL DIGEST" for every level: what scripts/portability.sh compares between machines and compilers.
//
//   forecast_digest [BYTES_PER_PART [INSTRUCTION_SET]]
#include "portability/forecast_digest.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "kernels/isa.h"

int main(int argc, char** argv) {
  using namespace lmzip;
  const Bytes input = test::portability_input(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 6000);
  if (argc > 2 && !kernels::force_isa(argv[2])) {
    std::fprintf(stderr, "forecast_digest: no %s here\n", argv[2]);
    return 1;
  }
  for (int level = mix::kMinLevel; level <= mix::kMaxLevel; ++level) {
    std::printf("mix:%d %016" PRIx64 "\n", level, test::forecast_digest(level, input));
  }
}
