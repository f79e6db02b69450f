// SPDX-License-Identifier: Apache-2.0
#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/exp2.h"
#include "kernels/int8_matrix.h"
#include "unit/kernels/guarded.h"

namespace lmzip::kernels {
namespace {

using Row = std::vector<float>;

/// A row as the header says that it is quantised.
struct TwinRow {
  float scale = 0.0f;
  std::vector<int> values;

  explicit TwinRow(const Row& x, size_t first, int width) {
    float largest = 0.0f;
    for (int d = 0; d < width; ++d) largest = std::fmax(largest, std::fabs(x[first + static_cast<size_t>(d)]));
    const bool tiny = largest < kTinyRow;
    scale = tiny ? 0.0f : largest / 127.0f;
    for (int d = 0; d < width; ++d) {
      const float step = tiny ? 0.0f : x[first + static_cast<size_t>(d)] * (127.0f / largest);
      values.push_back(static_cast<int>(std::nearbyint(step)));
    }
  }
};

/// What has been stored, in plain order, and the header's definition of attend() over it, line by line.
struct Twin {
  AttentionShape shape;
  std::vector<Row> keys, values;

  Row attend(const Row& query) const {
    Row output;
    for (int head = 0; head < shape.heads; ++head) {
      const Row one = attend(query, head);
      output.insert(output.end(), one.begin(), one.end());
    }
    return output;
  }

 private:
  Row attend(const Row& query, int head) const {
    const int width = shape.head_width, group = shape.heads / shape.key_value_heads;
    const size_t first = static_cast<size_t>(head / group * width), filled = keys.size();
    const TwinRow q(query, static_cast<size_t>(head * width), width);
    Row score(filled);
    for (size_t j = 0; j < filled; ++j) {
      const TwinRow key(keys[j], first, width);
      int dot = 0;
      for (size_t d = 0; d < q.values.size(); ++d) dot += q.values[d] * key.values[d];
      score[j] = static_cast<float>(dot) * (q.scale * key.scale);
    }
    const float best = *std::max_element(score.begin(), score.end());
    float partial[16] = {};
    Row out(static_cast<size_t>(width), 0.0f);
    for (size_t start = 0; start < filled; start += kAttentionBlock) {
      const size_t end = std::min(start + kAttentionBlock, filled);
      float nearest = score[start], largest = 0.0f;
      for (size_t j = start; j < end; ++j) nearest = std::max(nearest, score[j]);
      if (nearest - best < -kAttentionNegligible) continue;
      std::vector<TwinRow> rows;
      Row product;
      for (size_t j = start; j < end; ++j) {
        const float weight = exp2_approx(score[j] - best);
        partial[j % 16] += weight;
        rows.emplace_back(values[j], first, width);
        product.push_back(weight * rows.back().scale);
        largest = std::max(largest, product.back());
      }
      if (largest < kTinyRow) continue;
      for (size_t d = 0; d < out.size(); ++d) {
        int sum = 0;
        for (size_t j = 0; j < rows.size(); ++j) {
          sum += static_cast<int>(std::nearbyint(product[j] * (127.0f / largest))) * rows[j].values[d];
        }
        out[d] += static_cast<float>(sum) * (largest / 127.0f);
      }
    }
    for (const int half : {8, 4, 2, 1}) {
      for (int i = 0; i < half; ++i) partial[i] += partial[i + half];
    }
    for (float& x : out) x /= partial[0];
    return out;
  }
};

/// A cache that ends where nothing may be touched, and calls with everything else guarded, too. What has not been
/// stored is NaN and -1.
class Cache {
 public:
  Cache(const Attention& kernel, const AttentionShape& shape)
      : kernel_(kernel), twin_{shape, {}, {}}, bytes_(cache_bytes(shape)) {
    std::memset(bytes_.data(), 0xff, bytes_.size());
  }

  void store(const Row& key, const Row& value) {
    test::Guarded<float> guarded_key(key), guarded_value(value);
    kernel_.store(twin_.shape, bytes_.data(), static_cast<int>(twin_.keys.size()), guarded_key.data(),
                  guarded_value.data());
    twin_.keys.push_back(key);
    twin_.values.push_back(value);
  }

  Row attend(const Row& query) {
    test::Guarded<float> guarded(query), output(query.size()), scratch(attention_scratch_floats(twin_.shape));
    std::memset(scratch.data(), 0xff, scratch.size() * sizeof(float));
    kernel_.attend(twin_.shape,
                   {bytes_.data(), static_cast<int>(twin_.keys.size()), guarded.data(), output.data(), scratch.data()});
    return Row(output.data(), output.data() + output.size());
  }

  void expect_equal_to_twin(const Row& query) {
    const Row expected = twin_.attend(query), found = attend(query);
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(std::bit_cast<uint32_t>(found[i]), std::bit_cast<uint32_t>(expected[i]))
          << "filled " << twin_.keys.size() << ", output " << i << ": " << found[i] << ", not " << expected[i];
    }
  }

  const Twin& twin() const { return twin_; }
  std::span<std::byte> bytes() { return bytes_.all(); }

 private:
  const Attention& kernel_;
  Twin twin_;
  test::Guarded<std::byte> bytes_;
};

class Numbers {
 public:
  Row row(int size, float factor) {
    Row made;
    for (int i = 0; i < size; ++i) made.push_back(real_(random_) * factor);
    return made;
  }
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

 private:
  std::mt19937 random_{5};
  std::normal_distribution<float> real_;
};

class EveryAttention : public testing::TestWithParam<size_t> {
 protected:
  const Attention& kernel() const { return available_attention()[GetParam()]; }

  /// `filled` random slots; after some of them, queries that make flat and sharp distributions.
  void fill_and_compare(const AttentionShape& shape, int filled) {
    Numbers numbers;
    Cache cache(kernel(), shape);
    for (int j = 0; j < filled; ++j) {
      cache.store(numbers.row(shape.key_value_heads * shape.head_width, 1.0f + static_cast<float>(j % 5)),
                  numbers.row(shape.key_value_heads * shape.head_width, std::ldexp(1.0f, j % 9 - 4)));
      const int size = j + 1;
      if (size != filled && size % 61 != 0 && size != 1 && size % 64 > 1) continue;
      for (const float sharpness : {0.0f, 0.01f, 0.5f, 8.0f, 100.0f}) {
        ASSERT_NO_FATAL_FAILURE(cache.expect_equal_to_twin(numbers.row(shape.heads * shape.head_width, sharpness)));
      }
    }
  }
};

TEST_P(EveryAttention, EqualsTheDefinitionForAllShapesAndFills) {
  for (const AttentionShape& shape : {AttentionShape{1, 1, 16, 64},
                                      {4, 4, 16, 128},
                                      {4, 1, 32, 64},
                                      {2, 2, 48, 64},
                                      {12, 1, 16, 64},
                                      {18, 2, 16, 64},
                                      {2, 1, 64, 128},
                                      {1, 1, 256, 64}}) {
    ASSERT_NO_FATAL_FAILURE(fill_and_compare(shape, shape.slots))
        << shape.heads << "/" << shape.key_value_heads << " heads of " << shape.head_width;
  }
}

TEST_P(EveryAttention, EqualsTheDefinitionOverThousandsOfSlots) { fill_and_compare({2, 1, 16, 2112}, 2101); }

TEST_P(EveryAttention, EqualsTheDefinitionAtTheExtremes) {
  constexpr AttentionShape kShape{2, 2, 16, 192};
  constexpr int kWidth = 32;
  Numbers numbers;
  const std::vector<Row> kinds = {Row(kWidth, 0.0f),           Row(kWidth, 1e-40f),        Row(kWidth, 1.0f),
                                  Row(kWidth, -1.0f),          Row(kWidth, 1e11f),         numbers.row(kWidth, 1e-30f),
                                  numbers.row(kWidth, 1e-12f), numbers.row(kWidth, 1e11f), numbers.row(kWidth, 1.0f)};
  for (size_t kind = 0; kind <= kinds.size(); ++kind) {  // one kind only, then all of them
    Cache cache(kernel(), kShape);
    for (int j = 0; j < 150; ++j) {
      const auto choose = [&] {
        return kind < kinds.size() ? kind : numbers.below(static_cast<unsigned>(kinds.size()));
      };
      cache.store(kinds[choose()], kinds[choose()]);
    }
    for (const Row& query : kinds) {
      ASSERT_NO_FATAL_FAILURE(cache.expect_equal_to_twin(query)) << "kind " << kind << ", query " << query[0];
    }
  }
}

TEST_P(EveryAttention, LeavesOutBlocksThatHardlyCount) {
  constexpr AttentionShape kShape{1, 1, 16, 256};
  Cache cache(kernel(), kShape);
  for (int j = 0; j < 256; ++j) {
    const float distance[4] = {24.1f, 23.9f, 200.0f, 0.0f};  // below the best, block by block
    Row key(16, 0.0f);
    key[0] = 4.0f * (250.0f - distance[j / 64]);
    key[1] = 1000.0f;
    cache.store(key, Row(16, static_cast<float>(j / 64 * 10)));
  }
  Row query(16, 0.0f);
  query[0] = 0.25f;
  ASSERT_NO_FATAL_FAILURE(cache.expect_equal_to_twin(query));
  query[0] = 0.0f;
  ASSERT_NO_FATAL_FAILURE(cache.expect_equal_to_twin(query));
}

TEST_P(EveryAttention, IsCloseToAttentionInFloatingPoint) {
  constexpr AttentionShape kShape{4, 2, 32, 512};
  Numbers numbers;
  Cache cache(kernel(), kShape);
  for (int j = 0; j < 500; ++j) cache.store(numbers.row(64, 1.0f), numbers.row(64, 1.0f));
  const Row query = numbers.row(128, 0.5f), found = cache.attend(query);
  for (int head = 0; head < 4; ++head) {
    std::vector<double> out(32, 0.0);
    double sum = 0.0;
    for (size_t j = 0; j < 500; ++j) {
      double score = 0.0;
      const float* const key = cache.twin().keys[j].data() + head / 2 * 32;
      for (int d = 0; d < 32; ++d) score += double{query[static_cast<size_t>(head * 32 + d)]} * double{key[d]};
      sum += std::exp2(score);
      for (size_t d = 0; d < 32; ++d) {
        out[d] += std::exp2(score) * double{cache.twin().values[j][static_cast<size_t>(head / 2 * 32) + d]};
      }
    }
    for (size_t d = 0; d < 32; ++d) EXPECT_NEAR(found[static_cast<size_t>(head * 32) + d], out[d] / sum, 0.02);
  }
}

TEST_P(EveryAttention, StoresTheSameBytesAsTheScalarOneAndOnlyThem) {
  constexpr AttentionShape kShape{6, 3, 48, 128};
  Numbers numbers;
  Cache cache(kernel(), kShape), scalar(available_attention().front(), kShape);
  for (int j = 0; j < 100; ++j) {
    const Row key = numbers.row(144, 1.0f), value = numbers.row(144, 3.0f);
    cache.store(key, value);
    scalar.store(key, value);
    ASSERT_TRUE(std::ranges::equal(cache.bytes(), scalar.bytes())) << "slot " << j;
  }
}

INSTANTIATE_TEST_SUITE_P(OfThisMachine, EveryAttention, testing::Range<size_t>(0, available_attention().size()),
                         [](const auto& one) { return std::string(isa_name(available_attention()[one.param].isa)); });

TEST(Attention, CachesHoldTwoBytesADimensionAndTwoScalesASlotAndHead) {
  EXPECT_EQ(cache_bytes({4, 2, 32, 128}), 2u * 128u * (2u * 32u + 8u));
}

}  // namespace
}  // namespace lmzip::kernels
