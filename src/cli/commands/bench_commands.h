// SPDX-License-Identifier: Apache-2.0
// The parts of `lmzip bench` that have files of their own.
#pragma once

#include "cli/bench_options.h"
#include "cli/terminal.h"

namespace lmzip::cli {

void bench_speed(const BenchOptions& options, Terminal& terminal);

}  // namespace lmzip::cli
