// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace lmzip::base {
namespace {

TEST(Hash, IsXxh3OfPublishedValue) {
  // The file format names this function; another one would make all files unreadable.
  EXPECT_EQ(xxh3_64({}), 0x2D06800538D394C2u);
}

TEST(Hash, NamesModelsAsXxhsumDoes) {
  // `xxhsum -H2` prints the same digits, so users can look for a digest without lmzip.
  EXPECT_EQ(hex(xxh3_128({})), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hex(Bytes{0x00, 0x0F, 0xF0, 0xAB}), "000ff0ab");
}

TEST(Hash, OfPiecesIsThatOfTheWhole) {
  Bytes bytes(5000);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{255}, size_t{1024}, bytes.size()}) {
    DigestStream stream;
    EXPECT_EQ(stream.digest(), xxh3_128({}));
    for (size_t at = 0; at < bytes.size(); at += piece) {
      stream.add(ByteSpan(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(stream.digest(), xxh3_128(bytes)) << piece;
  }
}

TEST(Hash, IsTheSameForTheSameBytesElsewhere) {
  const Bytes here(1000, 42);
  const Bytes there = here;
  EXPECT_EQ(xxh3_64(here), xxh3_64(there));
}

TEST(Hash, DependsOnEveryByteAndOnTheLength) {
  // 300 bytes pass through all of the function's size classes: up to 16, 128, 240 and above.
  Bytes bytes(300);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  std::set<uint64_t> seen;
  for (size_t size = 0; size <= bytes.size(); ++size) seen.insert(xxh3_64(ByteSpan(bytes).first(size)));
  for (auto& byte : bytes) {
    byte ^= 1;
    seen.insert(xxh3_64(bytes));
    byte ^= 1;
  }
  EXPECT_EQ(seen.size(), 301u + 300u);
}

}  // namespace
}  // namespace lmzip::base
