// SPDX-License-Identifier: Apache-2.0
#include "kernels/float_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/exp2.h"
#include "unit/kernels/guarded.h"

namespace lmzip::kernels {
namespace {

using Floats = std::vector<float>;
using Lines = std::vector<float, base::LineAllocator<float>>;

Floats noise(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  Floats numbers(size);
  for (float& number : numbers) number = normal(random);
  return numbers;
}

struct Product {
  int outputs, inputs;
  Floats weights, bias;

  Product(int rows, int columns, bool biased)
      : outputs(rows), inputs(columns), weights(noise(static_cast<size_t>(rows) * static_cast<size_t>(columns), 1)) {
    if (biased) bias = noise(static_cast<size_t>(rows), 2);
  }
  PackedFloatMatrix packed() const {
    const auto read = [this](int row, std::span<float> out) {
      std::copy_n(weights.begin() + static_cast<ptrdiff_t>(row) * inputs, out.size(), out.begin());
    };
    return PackedFloatMatrix(outputs, inputs, read, bias);
  }
  /// As the header says it.
  float output(const float* x, int row) const {
    float sum = 0;
    for (int c = 0; c < inputs; ++c) {
      const float product = x[c] * weights[static_cast<size_t>(row) * static_cast<size_t>(inputs) + c];
      sum += product;
    }
    return bias.empty() ? sum : sum + bias[static_cast<size_t>(row)];
  }
};

TEST(FloatMatrix, ProductsAreThoseOfTheNaiveLoopForEveryInstructionSetAndBatch) {
  for (const auto& [outputs, inputs] : {std::pair{1, 1}, {16, 7}, {17, 64}, {40, 33}, {64, 513}, {83, 1030}}) {
    const Product product(outputs, inputs, outputs % 2 == 1);
    const PackedFloatMatrix packed = product.packed();
    const auto rows = static_cast<size_t>(packed.rows());
    EXPECT_EQ(rows, static_cast<size_t>(outputs + 15) / 16 * 16);
    const Floats source = noise(33 * static_cast<size_t>(inputs), 3);
    Floats expected(33 * rows);
    for (size_t b = 0; b < 33; ++b) {
      for (int o = 0; o < outputs; ++o) {
        expected[b * rows + static_cast<size_t>(o)] = product.output(&source[b * static_cast<size_t>(inputs)], o);
      }
    }
    for (const FloatMatrix& kernel : available_float_matrix()) {
      for (int batch = 1; batch <= 33; ++batch) {
        const auto count = static_cast<size_t>(batch);
        test::Guarded<float> x(std::span<const float>(source).first(count * static_cast<size_t>(inputs)));
        test::Guarded<float> y(count * rows);
        kernel.multiply(packed, {x.data(), static_cast<size_t>(inputs)}, batch, {y.data(), rows});
        ASSERT_EQ(std::memcmp(y.data(), expected.data(), count * rows * sizeof(float)), 0)
            << isa_name(kernel.isa) << ' ' << outputs << 'x' << inputs << " batch " << batch;
      }
    }
  }
}

TEST(FloatMatrix, RowsComeOutAsTheyWentIn) {
  const Product product(21, 35, false);
  const PackedFloatMatrix packed = product.packed();
  Floats row(35);
  for (int r = 0; r < 21; ++r) {
    packed.row(r, row.data());
    EXPECT_TRUE(std::equal(row.begin(), row.end(), product.weights.begin() + static_cast<ptrdiff_t>(r) * 35));
  }
}

/// As the header says it.
Floats attention_of(const AttentionShape& shape, const Floats& keys, const Floats& values, const Floats& query,
                    int filled) {
  const auto width = static_cast<size_t>(shape.head_width);
  const size_t row = width * static_cast<size_t>(shape.key_value_heads);
  Floats output(query.size());
  for (size_t h = 0; h < static_cast<size_t>(shape.heads); ++h) {
    const size_t shared = h / static_cast<size_t>(shape.heads / shape.key_value_heads) * width;
    Floats scores;
    for (size_t j = 0; j < static_cast<size_t>(filled); ++j) {
      float sum = 0;
      for (size_t d = 0; d < width; ++d) sum += query[h * width + d] * keys[j * row + shared + d];
      scores.push_back(sum);
    }
    const float best = *std::max_element(scores.begin(), scores.end());
    float part[16] = {};
    for (size_t j = 0; j < scores.size(); ++j) part[j % 16] += scores[j] = exp2_approx(scores[j] - best);
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) part[i] += part[i + half];
    }
    for (size_t d = 0; d < width; ++d) {
      float sum = 0;
      for (size_t j = 0; j < scores.size(); ++j) sum += scores[j] * values[j * row + shared + d];
      output[h * width + d] = sum / part[0];
    }
  }
  return output;
}

TEST(FloatMatrix, AttentionIsThatOfTheNaiveLoopForEveryInstructionSet) {
  for (const AttentionShape& shape :
       {AttentionShape{.heads = 4, .key_value_heads = 2, .head_width = 16, .slots = 64},
        AttentionShape{.heads = 3, .key_value_heads = 3, .head_width = 80, .slots = 192},
        AttentionShape{.heads = 2, .key_value_heads = 1, .head_width = 64, .slots = 128}}) {
    const size_t row = static_cast<size_t>(shape.key_value_heads) * static_cast<size_t>(shape.head_width);
    const Floats keys = noise(static_cast<size_t>(shape.slots) * row, 4);
    const Floats values = noise(static_cast<size_t>(shape.slots) * row, 5);
    const Floats query = noise(static_cast<size_t>(shape.heads) * static_cast<size_t>(shape.head_width), 6);
    test::Guarded<float> cache(float_cache_bytes(shape) / sizeof(float));
    for (int filled = 1; filled <= shape.slots; ++filled) {
      const size_t at = static_cast<size_t>(filled - 1) * row;
      store_floats(shape, cache.data(), filled - 1, &keys[at], &values[at]);
      if (filled % 7 != 1 && filled % 64 > 1) continue;
      const Floats expected = attention_of(shape, keys, values, query, filled);
      for (const FloatMatrix& kernel : available_float_matrix()) {
        Floats output(query.size());
        test::Guarded<float> scratch(static_cast<size_t>(shape.slots));
        kernel.attend(shape, {.cache = cache.data(),
                              .filled = filled,
                              .query = query.data(),
                              .output = output.data(),
                              .scratch = scratch.data()});
        ASSERT_EQ(std::memcmp(output.data(), expected.data(), output.size() * sizeof(float)), 0)
            << isa_name(kernel.isa) << " filled " << filled << " of " << shape.slots;
      }
    }
  }
}

}  // namespace
}  // namespace lmzip::kernels
