// SPDX-License-Identifier: Apache-2.0
// Files of plain pixels or samples, which codecs of their own compress better than those of the levels.
#pragma once

#include <optional>

#include "cli/options.h"
#include "cli/peeked_source.h"
#include "cli/plan.h"
#include "media/number_layout.h"

namespace lmzip::cli {

/// `general`, the plan of the level, but with a codec for the numbers that the file has: as --width, --channels and
/// --bits say, or else its header. Then a trial on its start decides whether they are numbers that this codec does
/// better on than the general one: drawings and empty space are not. Nothing if not, or if the user has named a codec.
/// Of other files four bytes are looked at. Errors: kUsage when rows have no width that can be found; kIo.
std::optional<CompressionPlan> number_plan(const Options& options, const CompressionPlan& general,
                                           PeekedSource& source);

}  // namespace lmzip::cli
