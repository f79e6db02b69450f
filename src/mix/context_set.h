// SPDX-License-Identifier: Apache-2.0
// The bit histories of the current bit under many contexts at once, and what they have come to mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mix/adaptive_map.h"
#include "mix/context_table.h"
#include "mix/journal.h"

namespace lmzip::mix {

/// Up to kMaxContexts contexts, given as hashes at each byte, looked up in one ContextTable at each half-byte.
/// Each context has an adaptive map from bit history to probability of its own, one per kind of data.
class ContextSet {
 public:
  static constexpr size_t kMaxContexts = 24;
  static constexpr int kInputsPerContext = 2;

  /// `contexts` 1..kMaxContexts; `kinds` numbers of kinds of data; table of at most 2^`table_bits` lines.
  ContextSet(size_t contexts, size_t kinds, int table_bits);

  size_t size() const { return size_; }

  /// Starts a byte: fetches the slots of the contexts that hash to `hashes` (size() of them) in data of `kind`.
  void begin_byte(std::span<const uint64_t> hashes, size_t kind, uint64_t bytes_seen);
  /// Starts to fetch the slots of the second half of the byte whose first three bits, with a leading one, are known.
  void prefetch_second_half(uint32_t three_bits) const;
  /// Points every context at its slot: `path` is 1 for the first half of a byte, and the first half with a leading one
  /// (16..31) for the second. The longer after begin_byte(), the less it waits for memory.
  template <typename Save = Forget>
  void locate(uint32_t path, Save save = {});

  /// Writes size() * kInputsPerContext inputs: for each context stretch(p), and the same once more if the history has
  /// only one kind of bit, which so gets a weight of its own. A context never seen gives zeros.
  void write_inputs(int32_t* inputs);

  /// Trains maps and histories with the bit and steps down the half-byte's tree.
  template <typename Save = Forget>
  void update(int bit, Save save = {});
  /// Saves where in the byte it is.
  void mark(Keep save);

  /// How many of the first 7 contexts were seen before at the start of this half-byte.
  uint32_t known() const { return known_; }

 private:
  size_t size_;
  ContextTable table_;
  std::vector<AdaptiveProbability> maps_;  ///< (kind, context, 256)
  AdaptiveProbability* kind_maps_;         ///< of the current kind: (context, 256)
  std::array<uint64_t, kMaxContexts> hashes_{};
  std::array<NibbleSlot, kMaxContexts> slots_{};
  size_t node_ = 0;  ///< 0..14, position in the half-byte's tree
  uint32_t known_ = 0;
};

}  // namespace lmzip::mix
