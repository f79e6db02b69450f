// SPDX-License-Identifier: Apache-2.0
// Inputs of a block or two, for several cores.
#pragma once

#include "cli/options.h"
#include "cli/peeked_source.h"
#include "cli/plan.h"

namespace lmzip::cli {

/// `general`, the plan of the level, but with blocks of a part each if the whole input is a text that has some, and
/// with two of one size for an input of up to two blocks, so that two cores are done together. Only the levels that
/// hear a network and are not to be the smallest have parts: where nothing is known of language before the first byte,
/// each part has to learn it. Looks at all of the input if that is less than two blocks. Errors: kIo.
CompressionPlan in_parts(const Options& options, CompressionPlan general, PeekedSource& source);

}  // namespace lmzip::cli
