// SPDX-License-Identifier: Apache-2.0
#include "model/average.h"

#include <cmath>
#include <limits>
#include <vector>

#include "model/quantise.h"
#include "model/random_model.h"
#include "unit/model/fixtures.h"

namespace lmzip::model {
namespace {

using Models = std::vector<std::shared_ptr<const Model>>;
using Shares = std::vector<double>;

std::shared_ptr<const Model> average_of(const Models& models, const Shares& shares) {
  return read_model(average(models, shares));
}

TEST(Average, OfOneModelIsThatModel) {
  const auto model = read_model(random_float_model(test::hybrid(), 1));
  EXPECT_EQ(average_of({model}, {3})->digest(), model->digest());
  EXPECT_EQ(average_of({model, model, model}, {1, 1, 1})->digest(), model->digest());
}

TEST(Average, WeighsEveryNumberOfEveryModel) {
  const Models models = {read_model(random_float_model(test::hybrid(), 1)),
                         read_model(random_float_model(test::hybrid(), 2))};
  const auto mean = average_of(models, {1, 3});
  ASSERT_FALSE(mean->quantised());
  for (const TensorShape& shape : tensors_of(mean->architecture())) {
    const auto a = models[0]->floats(shape.name), b = models[1]->floats(shape.name), m = mean->floats(shape.name);
    ASSERT_EQ(m.size(), a.size());
    for (size_t i = 0; i < m.size(); ++i) {
      ASSERT_FLOAT_EQ(m[i], static_cast<float>(0.25 * double{a[i]} + 0.75 * double{b[i]})) << shape.name;
    }
  }
}

TEST(Average, OnlyTheRatiosOfSharesMatter) {
  const Models models = {read_model(random_float_model(test::transformer(), 1)),
                         read_model(random_float_model(test::transformer(), 2))};
  EXPECT_EQ(average_of(models, {1, 3})->digest(), average_of(models, {16, 48})->digest());
}

TEST(Average, TakesQuantisedModelsForWhatTheyCompute) {
  const auto model = read_model(random_float_model(test::recurrent(), 1));
  const auto quantised = read_model(quantise(*model));
  EXPECT_EQ(read_model(quantise(*average_of({quantised}, {1})))->digest(), quantised->digest());
  const auto mean = average_of({model, quantised}, {1, 1});
  for (const TensorShape& shape : tensors_of(mean->architecture())) {
    if (!shape.matrix) continue;
    const QuantisedMatrix matrix = quantised->matrix(shape.name);
    const auto exact = model->floats(shape.name), between = mean->floats(shape.name);
    for (size_t i = 0; i < exact.size(); ++i) {
      const float scale = matrix.scales[i / static_cast<size_t>(matrix.columns)];
      ASSERT_FLOAT_EQ(between[i], (exact[i] + static_cast<float>(matrix.values[i]) * scale) / 2) << shape.name;
    }
  }
}

TEST(Average, KeepsTheTokenizer) {
  const auto model = read_model(random_float_model(test::tokens(), 1));
  EXPECT_EQ(average_of({model, model}, {1, 1})->tokenizer()->merges(), model->tokenizer()->merges());
}

TEST(Average, RefusesWhatHasNoMean) {
  const auto model = read_model(random_float_model(test::recurrent(), 1));
  const auto other = read_model(random_float_model(test::hybrid(), 1));
  test::expect_error([&] { average(Models{model, other}, Shares{1, 1}); }, ErrorKind::kUsage, "different shapes");
  test::expect_error([&] { average(Models{}, Shares{}); }, ErrorKind::kUsage, "needs a share");
  test::expect_error([&] { average(Models{model}, Shares{1, 1}); }, ErrorKind::kUsage, "needs a share");
  for (const double share : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    test::expect_error([&] { average(Models{model}, Shares{share}); }, ErrorKind::kUsage, "positive");
  }
  const double largest = std::numeric_limits<double>::max();
  test::expect_error([&] { average(Models{model, model}, Shares{largest, largest}); }, ErrorKind::kUsage, "too large");
}

}  // namespace
}  // namespace lmzip::model
