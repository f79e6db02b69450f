// SPDX-License-Identifier: Apache-2.0
#include "base/peak_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

namespace lmzip::base {
namespace {

constexpr size_t kSize = size_t{64} << 20;

/// Holds so much memory for a moment.
void touch_and_release() {
  void* const bytes = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(bytes, MAP_FAILED);
  std::memset(bytes, 1, kSize);
  munmap(bytes, kSize);
}

TEST(PeakMemory, RemembersWhatWasReleasedUntilItIsReset) {
  if (!reset_peak_memory()) GTEST_SKIP() << "this system does not let us";
  const uint64_t before = peak_memory().value();
  touch_and_release();
  EXPECT_GE(peak_memory().value(), before + kSize * 9 / 10);
  ASSERT_TRUE(reset_peak_memory());
  EXPECT_LT(peak_memory().value(), before + kSize / 2);
}

}  // namespace
}  // namespace lmzip::base
