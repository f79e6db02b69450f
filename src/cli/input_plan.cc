// SPDX-License-Identifier: Apache-2.0
#include "cli/input_plan.h"

#include <optional>

#include "cli/numbers.h"
#include "cli/parts.h"

namespace lmzip::cli {

CompressionPlan plan_input(const Options& options, const CompressionPlan& general, PeekedSource& source) {
  const std::optional<CompressionPlan> numbers = number_plan(options, general, source);
  return numbers ? *numbers : in_parts(options, general, source);
}

}  // namespace lmzip::cli
