// SPDX-License-Identifier: Apache-2.0
#include "cli/parts.h"

#include "predict/parts.h"

namespace lmzip::cli {

CompressionPlan in_parts(const Options& options, CompressionPlan general, PeekedSource& source) {
  const uint64_t block = general.write.block_size;
  if (!general.in_parts || options.codec || options.model || options.block_size != 0 || options.member_size != 0) {
    return general;
  }
  const ByteSpan text = source.peek(block + 1);
  if (text.size() > block) return general;
  if (const size_t part = predict::independent_part(text, kMinBlockSize)) general.write.block_size = part;
  return general;
}

}  // namespace lmzip::cli
