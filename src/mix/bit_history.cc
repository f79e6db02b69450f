// SPDX-License-Identifier: Apache-2.0
#include "mix/bit_history.h"

#include <algorithm>

namespace lmzip::mix {
namespace {

// (zeros, ones, tail): tail is the exact sequence while at most kExact bits were seen, afterwards the last bit only.
struct Counts {
  int zeros = 0, ones = 0, tail = 1;  // tail: a leading 1, then the bits, newest lowest
  auto operator<=>(const Counts&) const = default;
};

constexpr int kExact = 3;

// The longest run of one bit that is still told apart, by how often the other bit was seen. Together with the exact
// short histories this just fits into a byte.
constexpr std::array<int, 9> kLimit = {48, 36, 16, 9, 7, 6, 6, 5, 5};

// Seeing a bit makes much of the evidence for the other one obsolete.
constexpr int discounted(int count) {
  return count < 3 ? count : count < 10 ? count / 2 + 1 : count < 16 ? 6 : count < 28 ? 7 : 8;
}

constexpr Counts after(Counts counts, int bit) {
  int& same = bit ? counts.ones : counts.zeros;
  int& other = bit ? counts.zeros : counts.ones;
  const int seen = counts.zeros + counts.ones;
  other = discounted(other);
  const int limit = kLimit[static_cast<size_t>(std::min<int>(other, kLimit.size() - 1))];
  same = std::min(same + 1, limit);
  counts.tail = seen < kExact ? counts.tail * 2 + bit : 2 + bit;
  if (counts.zeros + counts.ones > kExact || seen >= kExact) counts.tail = 2 + bit;
  return counts;
}

constexpr BitHistoryTable make_table() {
  BitHistoryTable table{};
  std::array<Counts, 256> order{};
  int states = 1;
  for (int i = 0; i < states; ++i) {
    const Counts counts = order.at(i);
    const int seen = counts.zeros + counts.ones;
    table.confidence.at(i) = static_cast<uint8_t>(seen);
    table.start.at(i) = static_cast<uint16_t>((counts.ones * 2 + 1) * 32768 / (seen + 1));
    table.certain.at(i) = seen > 0 && (counts.zeros == 0 || counts.ones == 0) ? -1 : 0;
    for (int bit = 0; bit < 2; ++bit) {
      const Counts next = after(counts, bit);
      int found = 0;
      while (found < states && order.at(found) != next) ++found;
      if (found == states) order.at(states++) = next;  // .at(): a table that outgrows the byte does not compile
      table.next.at(i).at(bit) = static_cast<BitHistory>(found);
    }
  }
  table.states = states;
  return table;
}

}  // namespace

constinit const BitHistoryTable kBitHistory = make_table();

}  // namespace lmzip::mix
