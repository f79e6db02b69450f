// SPDX-License-Identifier: Apache-2.0
// The actions of `lmzip sample` but text, which is commands/sample.cc's own.
#pragma once

#include "cli/sample_options.h"
#include "cli/terminal.h"

namespace lmzip::cli {

void sample_image(const SampleOptions& options, Terminal& terminal);
void sample_audio(const SampleOptions& options, Terminal& terminal);
void sample_demo(const SampleOptions& options, Terminal& terminal);

}  // namespace lmzip::cli
