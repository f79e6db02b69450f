// SPDX-License-Identifier: Apache-2.0
// Texts that several cores can code at once, at hardly any loss.
#pragma once

#include <cstddef>

#include "lmzip/bytes.h"

namespace lmzip::predict {

/// The size of the two or four parts in which a guided predictor codes `text`, of less than 2^32 bytes, almost as well
/// as in one piece, a multiple of `unit`; or 0. There are such only where it is text of some size, and where hardly
/// anything that a part repeats stands in another one: of logs every line does, of prose nearly none.
size_t independent_part(ByteSpan text, size_t unit);

}  // namespace lmzip::predict
