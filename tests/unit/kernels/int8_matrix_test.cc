// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_matrix.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lmzip/error.h"
#include "unit/kernels/guarded.h"

namespace lmzip::kernels {
namespace {

/// A matrix in plain order with all that belongs to it.
struct Matrix {
  int rows, columns;
  std::vector<int8_t> values;
  std::vector<float> scales, bias;

  MatrixSource source() const { return {rows, columns, values, scales, bias}; }
};

class Cases {
 public:
  Matrix matrix(int rows, int columns, bool biased) {
    Matrix made{rows, columns, {}, {}, {}};
    for (int i = 0; i < rows * columns; ++i) made.values.push_back(weight());
    for (int r = 0; r < rows; ++r) made.scales.push_back(real_(random_) * 0.01f);
    for (int r = 0; biased && r < rows; ++r) made.bias.push_back(real_(random_));
    return made;
  }
  /// From the whole range of floats that the kernels are for, row after row of another kind.
  std::vector<float> rows(int count, int columns) {
    std::vector<float> made;
    for (int r = 0; r < count; ++r) {
      const float factor = std::ldexp(1.0f, static_cast<int>(random_() % 60) - 30);
      for (int c = 0; c < columns; ++c) {
        switch (r % 7) {
          case 3:  // ties: halves of the step
            made.push_back(c == 0 ? 127.0f : static_cast<float>(static_cast<int>(random_() % 508) - 254) * 0.5f);
            break;
          case 4:
            made.push_back(0.0f);
            break;
          case 5:  // one huge number, the others vanish
            made.push_back(c == columns - 1 ? -3e38f : real_(random_));
            break;
          case 6:  // denormal
            made.push_back(real_(random_) * 1e-39f);
            break;
          default:
            made.push_back(real_(random_) * factor);
        }
      }
    }
    return made;
  }

 private:
  int8_t weight() {
    const unsigned choice = random_() % 8;
    if (choice < 2) return choice == 0 ? 127 : -127;
    return static_cast<int8_t>(static_cast<int>(random_() % 255) - 127);
  }

  std::mt19937 random_{11};
  std::normal_distribution<float> real_;
};

/// The header's sentence about quantise(), by other means.
struct TwinRow {
  float scale = 0.0f;
  std::vector<int8_t> values;
  int32_t correction = 0;

  TwinRow(const float* x, int columns) {
    float largest = 0.0f;
    for (int c = 0; c < columns; ++c) largest = std::fmax(largest, std::fabs(x[c]));
    const bool tiny = largest < kTinyRow;
    scale = tiny ? 0.0f : largest / 127.0f;
    for (int c = 0; c < columns; ++c) {
      const float step = tiny ? 0.0f : x[c] * (127.0f / largest);
      values.push_back(static_cast<int8_t>(std::nearbyint(step)));
      correction -= 128 * values.back();
    }
  }
};

float twin_product(const Matrix& w, const TwinRow& x, int row) {
  int64_t sum = 0;
  for (int c = 0; c < w.columns; ++c) {
    sum += int64_t{w.values[static_cast<size_t>(row * w.columns + c)]} * x.values[static_cast<size_t>(c)];
  }
  const float product = static_cast<float>(sum) * (x.scale * w.scales[static_cast<size_t>(row)]);
  return w.bias.empty() ? product : product + w.bias[static_cast<size_t>(row)];
}

uint32_t bits(float x) { return std::bit_cast<uint32_t>(x); }

class EveryInt8Matrix : public testing::TestWithParam<size_t> {
 protected:
  const Int8Matrix& kernel() const { return available_int8_matrix()[GetParam()]; }

  /// x and y end where nothing may be touched, and start anywhere.
  void expect_equal_to_twin(const Matrix& w, const std::vector<float>& x, int rows) {
    const PackedMatrix packed(w.source());
    test::Guarded<float> guarded(x), y(static_cast<size_t>(rows * w.rows));
    QuantisedRows quantised(rows, w.columns);
    kernel().quantise({guarded.data(), static_cast<size_t>(w.columns)}, rows, quantised);
    kernel().multiply(packed, quantised, rows, {y.data(), static_cast<size_t>(w.rows)});
    for (int b = 0; b < rows; ++b) {
      const TwinRow twin(x.data() + b * w.columns, w.columns);
      ASSERT_EQ(bits(quantised.scale(b)), bits(twin.scale)) << "row " << b;
      ASSERT_EQ(quantised.correction(b), twin.correction) << "row " << b;
      ASSERT_EQ(std::vector<int8_t>(quantised.values(b), quantised.values(b) + w.columns), twin.values) << "row " << b;
      for (int r = 0; r < w.rows; ++r) {
        ASSERT_EQ(bits(y[static_cast<size_t>(b * w.rows + r)]), bits(twin_product(w, twin, r)))
            << "row " << b << ", output " << r;
      }
    }
  }
};

TEST_P(EveryInt8Matrix, EqualsItsScalarTwinForAllShapesAndBatches) {
  Cases cases;
  for (const auto& [rows, columns] :
       {std::pair{16, 16}, {16, 256}, {64, 64}, {48, 80}, {192, 64}, {80, 224}, {256, 128}}) {
    for (const int batch : {1, 2, 3, 4, 5, 6, 7, 8, 16, 33}) {
      ASSERT_NO_FATAL_FAILURE(
          expect_equal_to_twin(cases.matrix(rows, columns, batch % 2 == 0), cases.rows(batch, columns), batch))
          << rows << " x " << columns << ", batch " << batch;
    }
  }
}

TEST_P(EveryInt8Matrix, SumsAsManyOfTheLargestProductsAsThereMayBe) {
  for (const int sign : {-1, 1}) {
    const Matrix w{16,
                   kMatrixMaxColumns,
                   std::vector<int8_t>(16 * kMatrixMaxColumns, static_cast<int8_t>(127 * sign)),
                   std::vector<float>(16, 1.0f),
                   {}};
    ASSERT_NO_FATAL_FAILURE(expect_equal_to_twin(w, std::vector<float>(kMatrixMaxColumns, 127.0f), 1));
  }
}

TEST_P(EveryInt8Matrix, ARowsResultDoesNotDependOnTheBatch) {
  Cases cases;
  constexpr int kRows = 64, kColumns = 128, kBatch = 11;
  const PackedMatrix w(cases.matrix(kRows, kColumns, true).source());
  const std::vector<float> x = cases.rows(kBatch, kColumns);
  QuantisedRows all(kBatch, kColumns), one(1, kColumns);
  std::vector<float> together(kBatch * kRows), alone(kBatch * kRows);
  kernel().quantise({x.data(), kColumns}, kBatch, all);
  kernel().multiply(w, all, kBatch, {together.data(), kRows});
  for (int b = 0; b < kBatch; ++b) {
    kernel().quantise({x.data() + b * kColumns, kColumns}, 1, one);
    kernel().multiply(w, one, 1, {alone.data() + b * kRows, kRows});
  }
  EXPECT_EQ(together, alone);
}

TEST_P(EveryInt8Matrix, LeavesAloneWhatLiesBetweenItsRows) {
  Cases cases;
  constexpr int kRows = 32, kColumns = 48, kBatch = 5, kGap = 3;
  const PackedMatrix w(cases.matrix(kRows, kColumns, false).source());
  std::vector<float> x, y(kBatch * (kRows + kGap), -7.5f), expected(kBatch * kRows);
  const std::vector<float> dense = cases.rows(kBatch, kColumns);
  for (int b = 0; b < kBatch; ++b) {
    x.insert(x.end(), dense.begin() + b * kColumns, dense.begin() + (b + 1) * kColumns);
    x.insert(x.end(), kGap, 1e30f);  // must not count as the largest
  }
  QuantisedRows quantised(kBatch, kColumns);
  kernel().quantise({dense.data(), kColumns}, kBatch, quantised);
  kernel().multiply(w, quantised, kBatch, {expected.data(), kRows});
  kernel().quantise({x.data(), kColumns + kGap}, kBatch, quantised);
  kernel().multiply(w, quantised, kBatch, {y.data(), kRows + kGap});
  for (int b = 0; b < kBatch; ++b) {
    for (int r = 0; r < kRows + kGap; ++r) {
      EXPECT_EQ(y[static_cast<size_t>(b * (kRows + kGap) + r)],
                r < kRows ? expected[static_cast<size_t>(b * kRows + r)] : -7.5f);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OfThisMachine, EveryInt8Matrix, testing::Range<size_t>(0, available_int8_matrix().size()),
                         [](const auto& one) { return std::string(isa_name(available_int8_matrix()[one.param].isa)); });

TEST(PackedMatrix, TellsItsMemory) {
  const PackedMatrix packed(Cases().matrix(32, 64, true).source());
  EXPECT_EQ(packed.bytes(), 32u * 64u + 2u * 32u * sizeof(float));
}

TEST(PackedMatrix, RefusesWhatTheKernelsCannotMultiply) {
  const auto kind_of = [](const Matrix& w) {
    try {
      const PackedMatrix packed(w.source());
    } catch (const Error& error) {
      return static_cast<int>(error.kind());
    }
    return -1;
  };
  const Matrix good = Cases().matrix(32, 64, true);
  EXPECT_EQ(kind_of(good), -1);
  const int unsupported = static_cast<int>(ErrorKind::kUnsupported), corrupt = static_cast<int>(ErrorKind::kCorrupt);
  for (const auto& [rows, columns] :
       {std::pair{0, 64}, {8, 64}, {32, 0}, {32, 72}, {-16, 64}, {16, kMatrixMaxColumns + 16}}) {
    Matrix bad = good;
    bad.rows = rows;
    bad.columns = columns;
    EXPECT_EQ(kind_of(bad), unsupported) << rows << " x " << columns;
  }
  Matrix bad = good;
  bad.values.pop_back();
  EXPECT_EQ(kind_of(bad), corrupt);
  bad = good;
  bad.scales.pop_back();
  EXPECT_EQ(kind_of(bad), corrupt);
  bad = good;
  bad.bias.pop_back();
  EXPECT_EQ(kind_of(bad), corrupt);
  bad = good;
  bad.values[77] = -128;
  EXPECT_EQ(kind_of(bad), corrupt);
}

}  // namespace
}  // namespace lmzip::kernels
