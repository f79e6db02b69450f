// SPDX-License-Identifier: Apache-2.0
// From float weights to the int8 weights that the engine runs.
#pragma once

#include <cstdint>
#include <span>

#include "lmzip/bytes.h"
#include "model/model_file.h"

namespace lmzip::model {

/// Quantises one row: `values` (row.size()) times the scale that is returned come nearest to `row` (finite numbers).
/// Symmetric, -127..127, rounded to nearest even. The same result on every machine.
float quantise_row(std::span<const float> row, std::span<int8_t> values);

/// The file of the same model with every matrix quantised row by row. Refuses (kUsage) what is quantised already. The
/// same bytes on every machine.
Bytes quantise(const Model& model);

}  // namespace lmzip::model
