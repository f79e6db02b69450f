// SPDX-License-Identifier: Apache-2.0
// huge_array.h and line_allocator.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

#include "base/huge_array.h"
#include "base/line_allocator.h"

namespace lmzip::base {
namespace {

/// Mapped bytes of this process, from the kernel.
uint64_t mapped_bytes() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * 4096;
}

TEST(HugeArray, IsZeroAndWritableFromEndToEnd) {
  HugeArray array(3 << 20);
  ASSERT_EQ(array.size(), size_t{3} << 20);
  EXPECT_EQ(std::count(array.data(), array.data() + array.size(), 0), 3 << 20);
  array.data()[0] = 1;
  array.data()[array.size() - 1] = 2;
  EXPECT_EQ(std::accumulate(array.data(), array.data() + array.size(), 0), 3);
}

TEST(HugeArray, StartsOnAPage) {
  const HugeArray array(1);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data()) % 4096, 0u);
}

TEST(HugeArray, MovesWithoutCopying) {
  HugeArray first(1 << 20);
  first.data()[7] = 7;
  const uint8_t* const where = first.data();
  const HugeArray second(std::move(first));
  EXPECT_EQ(second.data(), where);
  EXPECT_EQ(second.data()[7], 7);
  EXPECT_EQ(second.size(), size_t{1} << 20);
}

TEST(HugeArray, GivesItsMemoryBack) {
  constexpr size_t kSize = size_t{256} << 20;
  const uint64_t before = mapped_bytes();
  if (before == 0) GTEST_SKIP() << "no /proc here";
  {
    const HugeArray array(kSize);
    EXPECT_GE(mapped_bytes(), before + kSize);
  }
  EXPECT_LT(mapped_bytes(), before + kSize);
}

TEST(HugeArray, ThrowsWhereTheSystemHasNoRoom) {
  EXPECT_THROW(HugeArray(std::numeric_limits<size_t>::max() / 2), std::bad_alloc);
}

TEST(LineAllocator, EveryVectorStartsOnACacheLine) {
  std::vector<std::vector<int32_t, LineAllocator<int32_t>>> vectors;
  for (size_t size = 1; size < 100; ++size) {
    vectors.emplace_back(size, 1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(vectors.back().data()) % 64, 0u) << size;
  }
}

TEST(LineAllocator, VectorsGrowCopyAndMoveAsOthersDo) {
  std::vector<uint8_t, LineAllocator<uint8_t>> grown;
  for (int i = 0; i < 1000; ++i) grown.push_back(static_cast<uint8_t>(i));
  auto copy = grown;
  const auto moved = std::move(grown);
  EXPECT_EQ(copy, moved);
  EXPECT_NE(copy.data(), moved.data());
  EXPECT_EQ(moved[999], uint8_t{999 % 256});
}

}  // namespace
}  // namespace lmzip::base
