// SPDX-License-Identifier: Apache-2.0
#include "kernels/isa.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "kernels/attention.h"
#include "kernels/int8_matrix.h"
#include "kernels/mixing.h"

namespace lmzip::kernels {
namespace {

class IsaBound : public testing::Test {
 protected:
  ~IsaBound() override { force_isa(isa_name(available_isas().back())); }
};

TEST_F(IsaBound, IsTheBestThereIsUnlessLowered) {
  EXPECT_EQ(isa_bound(), available_isas().back());
  EXPECT_EQ(available_isas().front(), Isa::kScalar);
  EXPECT_TRUE(std::is_sorted(available_isas().begin(), available_isas().end()));
}

TEST_F(IsaBound, HoldsForEveryFamily) {
  for (const Isa isa : available_isas()) {
    ASSERT_TRUE(force_isa(isa_name(isa)));
    EXPECT_EQ(isa_bound(), isa);
    EXPECT_LE(mixing().isa, isa);
    for (const Isa chosen : {int8_matrix().isa, attention().isa}) {
      EXPECT_LE(chosen, isa);
      if (isa != Isa::kAvx512) {
        EXPECT_EQ(chosen, isa);  // which may lack the part of it that they need
      }
    }
  }
}

TEST_F(IsaBound, TheNameOfOldScriptsMeansScalar) {
  ASSERT_TRUE(force_isa("generic"));
  EXPECT_EQ(isa_bound(), Isa::kScalar);
}

TEST_F(IsaBound, AnUnknownNameIsRefusedAndChangesNothing) {
  ASSERT_TRUE(force_isa("scalar"));
  for (const char* name : {"", "scala", "scalar ", "SCALAR", "sse9", "avx"}) {
    EXPECT_FALSE(force_isa(name)) << name;
    EXPECT_EQ(isa_bound(), Isa::kScalar);
  }
}

}  // namespace
}  // namespace lmzip::kernels
