// SPDX-License-Identifier: Apache-2.0
#include "cli/parts.h"

#include "predict/parts.h"

namespace lmzip::cli {

CompressionPlan in_parts(const Options& options, CompressionPlan general, PeekedSource& source) {
  const uint64_t block = general.write.block_size;
  if (!general.in_parts || options.codec || options.model || options.block_size != 0 || options.member_size != 0) {
    return general;
  }
  const ByteSpan input = source.peek(2 * block + 1);
  if (input.size() > 2 * block) return general;
  if (input.size() > block) {
    const uint64_t half = (input.size() + 1) / 2;
    general.write.block_size = (half + kMinBlockSize - 1) / kMinBlockSize * kMinBlockSize;
  } else if (const size_t part = predict::independent_part(input, kMinBlockSize)) {
    general.write.block_size = part;
  }
  return general;
}

}  // namespace lmzip::cli
