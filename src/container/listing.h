// SPDX-License-Identifier: Apache-2.0
// The structure of a file, found through its indexes where that is possible.
#pragma once

#include <optional>

#include "container/format.h"
#include "container/parser.h"
#include "lmzip/container.h"

namespace lmzip::container {

/// The members of a file that consists of nothing but intact indexed members (and zeros behind them), found from its
/// end with three reads each. Nothing if it is not such a file: then a Parser must go through it from the start.
std::optional<Listing> list_from_the_end(RandomSource& source);

}  // namespace lmzip::container
