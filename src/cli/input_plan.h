// SPDX-License-Identifier: Apache-2.0
// What a file's own bytes say of how to compress it.
#pragma once

#include "cli/options.h"
#include "cli/peeked_source.h"
#include "cli/plan.h"

namespace lmzip::cli {

/// `general`, the plan of the level, made to fit what `source` begins with: numbers (numbers.h), or a text in parts
/// (parts.h). Errors: kIo, and those of number_plan().
CompressionPlan plan_input(const Options& options, const CompressionPlan& general, PeekedSource& source);

}  // namespace lmzip::cli
