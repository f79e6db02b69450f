// SPDX-License-Identifier: Apache-2.0
#include "model/quantise.h"

#include <cmath>
#include <limits>

#include "model/random_model.h"
#include "unit/model/fixtures.h"

namespace lmzip::model {
namespace {

TEST(Quantise, RoundsToNearestEvenOfTheScale) {
  const std::vector<float> row = {127, -127, 0, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, 0.49F, 63.51F};
  std::vector<int8_t> values(row.size());
  EXPECT_EQ(quantise_row(row, values), 1.0F);
  EXPECT_EQ(values, (std::vector<int8_t>{127, -127, 0, 0, 2, 2, 0, -2, 0, 64}));
}

TEST(Quantise, NoWeightMovesByMoreThanHalfAStep) {
  const auto model = read_model(random_float_model(test::hybrid(), 1));
  const auto quantised = read_model(quantise(*model));
  for (const TensorShape& shape : tensors_of(model->architecture())) {
    const std::span<const float> exact = model->floats(shape.name);
    if (!shape.matrix) {
      EXPECT_TRUE(std::ranges::equal(exact, quantised->floats(shape.name))) << shape.name;
      continue;
    }
    const QuantisedMatrix matrix = quantised->matrix(shape.name);
    ASSERT_EQ(matrix.rows, shape.rows);
    ASSERT_EQ(matrix.columns, shape.columns);
    for (size_t i = 0; i < exact.size(); ++i) {
      const float scale = matrix.scales[i / static_cast<size_t>(matrix.columns)];
      ASSERT_NEAR(static_cast<float>(matrix.values[i]) * scale, exact[i], 0.5001 * scale) << shape.name;
    }
  }
}

TEST(Quantise, ExtremeRowsStayFinite) {
  using Limits = std::numeric_limits<float>;
  for (const float largest : {0.0F, Limits::denorm_min(), 100 * Limits::denorm_min(), Limits::min(), kMaxWeight}) {
    const std::vector<float> row = {largest, -largest, largest / 2, 0};
    std::vector<int8_t> values(row.size());
    const float scale = quantise_row(row, values);
    EXPECT_TRUE(scale >= 0 && scale <= kMaxWeight / 127) << largest;
    for (size_t i = 0; i < row.size(); ++i) {
      EXPECT_NE(values[i], -128);
      EXPECT_NEAR(static_cast<float>(values[i]) * scale, row[i], largest / 100 + 100 * Limits::denorm_min());
    }
  }
}

TEST(Quantise, KeepsTheTokenizer) {
  const auto model = read_model(random_float_model(test::tokens(), 1));
  EXPECT_EQ(read_model(quantise(*model))->tokenizer()->merges(), model->tokenizer()->merges());
}

TEST(Quantise, RefusesAQuantisedModel) {
  const auto model = read_model(random_model(test::recurrent(), 1));
  test::expect_error([&] { quantise(*model); }, ErrorKind::kUsage, "quantised already");
}

}  // namespace
}  // namespace lmzip::model
