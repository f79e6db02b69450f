// SPDX-License-Identifier: Apache-2.0
#include "kernels/mixing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/line_allocator.h"

namespace lmzip::kernels {
namespace {

constexpr int32_t kInputLimit = 4095;
constexpr int32_t kStepLimit = (1 << 19) - 1;
constexpr int kMostSets = 10;

using Numbers = std::vector<int32_t, base::LineAllocator<int32_t>>;

/// The header's two sentences, word by word, in 64 bits: division that rounds down stands for the shift.
int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int64_t dot_twin(const Numbers& input, const Numbers& weights) {
  int64_t sum = 0;
  for (size_t i = 0; i < input.size(); ++i) sum += floor_divide(int64_t{input[i]} * weights[i], 256);
  return sum;
}

int32_t train_twin(int32_t input, int32_t weight, int32_t step) {
  const int64_t moved = weight + floor_divide(int64_t{input} * step + 8192, 16384);
  return static_cast<int32_t>(std::clamp<int64_t>(moved, -kMixingWeightLimit, kMixingWeightLimit));
}

/// One call's arguments.
struct Case {
  Numbers input;
  std::vector<Numbers> weights;
  Numbers steps;
};

class Cases {
 public:
  /// Numbers from the whole range, a quarter of them at its ends, and some zero.
  Case next(int inputs, int sets) {
    Case made;
    for (int i = 0; i < inputs; ++i) made.input.push_back(number(kInputLimit));
    for (int s = 0; s < sets; ++s) {
      made.weights.emplace_back();
      for (int i = 0; i < inputs; ++i) made.weights.back().push_back(number(kMixingWeightLimit));
      made.steps.push_back(number(kStepLimit));
    }
    return made;
  }

 private:
  int32_t number(int32_t limit) {
    switch (random_() % 16) {
      case 0:
      case 1:
        return limit;
      case 2:
      case 3:
        return -limit;
      case 4:
        return 0;
      case 5:
        return static_cast<int32_t>(random_() % 3) - 1;
      default:
        return static_cast<int32_t>(random_() % (2 * static_cast<uint32_t>(limit) + 1)) - limit;
    }
  }

  std::mt19937 random_{7};
};

/// Every number the same.
Case uniform(int inputs, int32_t input, int32_t weight, int32_t step) {
  const auto size = static_cast<size_t>(inputs);
  return {Numbers(size, input), {Numbers(size, weight)}, {step}};
}

void expect_equal_to_twin(const Mixing& kernel, const Case& given) {
  const int inputs = static_cast<int>(given.input.size()), sets = static_cast<int>(given.weights.size());
  std::vector<Numbers> weights = given.weights;
  std::vector<int32_t*> rows;
  for (Numbers& row : weights) rows.push_back(row.data());

  std::vector<int32_t> dots(given.weights.size(), -1);
  kernel.dot(given.input.data(), rows.data(), inputs, sets, dots.data());
  for (size_t s = 0; s < dots.size(); ++s) ASSERT_EQ(dots[s], dot_twin(given.input, given.weights[s])) << "set " << s;
  ASSERT_EQ(weights, given.weights) << "dot() wrote to the weights";

  kernel.train(given.input.data(), rows.data(), inputs, sets, given.steps.data());
  for (size_t s = 0; s < weights.size(); ++s) {
    for (size_t i = 0; i < given.input.size(); ++i) {
      ASSERT_EQ(weights[s][i], train_twin(given.input[i], given.weights[s][i], given.steps[s]))
          << "set " << s << ", input " << i << ": " << given.weights[s][i] << " + " << given.input[i] << " x "
          << given.steps[s];
    }
  }
}

class EveryMixing : public testing::TestWithParam<size_t> {
 protected:
  const Mixing& kernel() const { return available_mixing()[GetParam()]; }
};

TEST_P(EveryMixing, EqualsItsScalarTwinOverTheWholeRange) {
  Cases cases;
  for (int inputs = kMixingStep; inputs <= kMixingMaxInputs; inputs += kMixingStep) {
    for (int sets = 1; sets <= kMostSets; ++sets) {
      ASSERT_NO_FATAL_FAILURE(expect_equal_to_twin(kernel(), cases.next(inputs, sets)))
          << inputs << " inputs, " << sets << " sets";
    }
  }
}

TEST_P(EveryMixing, DoesNotOverflowWhereEverythingIsAtItsLimit) {
  for (const int32_t input : {-kInputLimit, kInputLimit}) {
    for (const int32_t weight : {-kMixingWeightLimit, kMixingWeightLimit}) {
      for (const int32_t step : {-kStepLimit, kStepLimit}) {
        ASSERT_NO_FATAL_FAILURE(expect_equal_to_twin(kernel(), uniform(kMixingMaxInputs, input, weight, step)));
      }
    }
  }
}

TEST_P(EveryMixing, RoundsProductsDownAndMovesToTheNearest) {
  const auto dot = [&](int32_t input, int32_t weight) {
    const Case given = uniform(kMixingStep, input, weight, 0);
    const int32_t* row = given.weights[0].data();
    int32_t sum = 0;
    kernel().dot(given.input.data(), &row, kMixingStep, 1, &sum);
    return sum;
  };
  EXPECT_EQ(dot(1, 255), 0);
  EXPECT_EQ(dot(1, 256), kMixingStep);
  EXPECT_EQ(dot(-1, 1), -kMixingStep);  // each product is shifted, not the sum
  EXPECT_EQ(dot(-1, 257), -2 * kMixingStep);

  const auto train = [&](int32_t input, int32_t weight, int32_t step) {
    Case given = uniform(kMixingStep, input, weight, step);
    int32_t* row = given.weights[0].data();
    kernel().train(given.input.data(), &row, kMixingStep, 1, &given.steps[0]);
    return row[kMixingStep - 1];
  };
  EXPECT_EQ(train(1, 100, 8191), 100);
  EXPECT_EQ(train(1, 100, 8192), 101);
  EXPECT_EQ(train(-1, 100, 8192), 100);
  EXPECT_EQ(train(-1, 100, 8193), 99);
  EXPECT_EQ(train(0, 100, kStepLimit), 100);
}

TEST_P(EveryMixing, WeightsStopAtTheirLimit) {
  for (const int sign : {-1, 1}) {
    Case given = uniform(kMixingStep, kInputLimit, 0, sign * kStepLimit);
    int32_t* row = given.weights[0].data();
    for (int i = 0; i < 10; ++i) kernel().train(given.input.data(), &row, kMixingStep, 1, &given.steps[0]);
    EXPECT_EQ(row[0], sign * kMixingWeightLimit);
    const Numbers back(1, -sign * kStepLimit);
    kernel().train(given.input.data(), &row, kMixingStep, 1, back.data());
    EXPECT_LT(sign * row[0], kMixingWeightLimit) << "it never comes back";
  }
}

TEST_P(EveryMixing, TouchesNoWeightOutsideItsSets) {
  constexpr size_t kSize = 3 * kMixingStep;
  Numbers weights(kSize, 5);
  int32_t* const row = weights.data() + kMixingStep;
  const Case given = uniform(kMixingStep, 1000, 0, 100000);
  kernel().train(given.input.data(), &row, kMixingStep, 1, given.steps.data());
  for (size_t i = 0; i < kSize; ++i) {
    EXPECT_EQ(weights[i] != 5, i >= kMixingStep && i < 2 * kMixingStep) << "weight " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(OfThisMachine, EveryMixing, testing::Range<size_t>(0, available_mixing().size()),
                         [](const auto& one) { return std::string(isa_name(available_mixing()[one.param].isa)); });

TEST(Mixing, TheScalarOneIsOnEveryMachine) { EXPECT_EQ(available_mixing().front().isa, Isa::kScalar); }

}  // namespace
}  // namespace lmzip::kernels
