// SPDX-License-Identifier: Apache-2.0
// Fused loops against libtorch's own operations: values and gradients.
#include "torch/ops.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "kernels/isa.h"
#include "torch/ops_plain.h"

namespace lmzip::torch_plugin {
namespace {

const Ops kFusedOps(Backend::kFused), kPlainOps(Backend::kPlain);

/// ctest runs these tests once more for each instruction set; 77: this machine has none of that name.
[[maybe_unused]] const bool forced = [] {
  const char* const isa = std::getenv("LMZIP_FORCE_ISA");
  if (isa != nullptr && !kernels::force_isa(isa)) std::_Exit(77);
  return isa != nullptr;
}();

at::Tensor normal(at::IntArrayRef shape) { return at::randn(shape); }

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).norm().item<double>() / (b.to(at::kFloat).norm().item<double>() + 1e-9);
}

/// What `function` computes of `inputs`, and the gradients of its first result, weighted at random, by every input.
using Function = std::function<at::Tensor(const Ops&, const std::vector<at::Tensor>&)>;

struct Outcome {
  at::Tensor value;
  std::vector<at::Tensor> gradients;
};

Outcome outcome_of(const Ops& ops, const Function& function, const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& one : inputs) leaves.push_back(one.clone().set_requires_grad(one.is_floating_point()));
  const at::Tensor value = function(ops, leaves);
  at::manual_seed(3);
  // A sum and not a product, so that cross entropy, whose gradient is taken for that of its sum, can be asked, too.
  const at::Tensor scalar = value.dim() == 0 ? value : (value.to(at::kFloat) * at::randn(value.sizes())).sum();
  scalar.backward();
  Outcome outcome{value.detach(), {}};
  for (const at::Tensor& one : leaves) outcome.gradients.push_back(one.is_floating_point() ? one.grad() : at::Tensor());
  return outcome;
}

/// In float32 the forms agree but for the order of sums; in bfloat16 but for its rounding.
void expect_same(const Function& function, const std::vector<at::Tensor>& inputs, double tolerance = 1e-5) {
  for (const int threads : {1, 3}) {
    at::set_num_threads(threads);
    const Outcome fused = outcome_of(kFusedOps, function, inputs), plain = outcome_of(kPlainOps, function, inputs);
    EXPECT_EQ(fused.value.sizes(), plain.value.sizes());
    EXPECT_LT(difference(fused.value, plain.value), tolerance) << threads << " threads";
    for (size_t i = 0; i < inputs.size(); ++i) {
      ASSERT_EQ(fused.gradients[i].defined(), plain.gradients[i].defined()) << "input " << i;
      if (fused.gradients[i].defined()) {
        EXPECT_LT(difference(fused.gradients[i], plain.gradients[i]), 2 * tolerance) << "input " << i;
      }
    }
  }
  at::set_num_threads(1);
}

class FusedOps : public testing::Test {
 protected:
  FusedOps() { at::manual_seed(1); }
};

TEST_F(FusedOps, EmbedRows) {
  expect_same([](const Ops& ops, const auto& in) { return ops.embed(in[0], in[1]); },
              {normal({272, 48}), at::randint(272, {3, 19}, at::kInt)});
}

TEST_F(FusedOps, JoinWithBothNorms) {
  for (const bool centred : {false, true}) {
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      const Function function = [&](const Ops& ops, const auto& in) {
        const NormParameters norm{in[2], centred ? in[3] : at::Tensor()};
        const Joined joined = ops.join(in[0], in[1].to(type), norm, type);
        at::Tensor all = joined.stream * 0.5 + joined.normed.to(at::kFloat);
        return centred ? all : all + in[3] * 0;
      };
      expect_same(function, {normal({2, 7, 48}) + 0.5, normal({2, 7, 48}), normal({48}), normal({48})},
                  type == at::kFloat ? 1e-5 : 1e-2);
    }
  }
}

TEST_F(FusedOps, JoinWithoutABranch) {
  expect_same(
      [](const Ops& ops, const auto& in) {
        const Joined joined = ops.join(in[0], {}, {in[1], {}}, at::kFloat);
        return joined.stream + joined.normed;
      },
      {normal({2, 7, 48}), normal({48})});
}

TEST_F(FusedOps, ConvolveBehindWhatCameBefore) {
  for (const int64_t time : {1, 2, 3, 4, 21}) {
    const at::Tensor previous = normal({2, 3, 32});
    expect_same([&](const Ops& ops, const auto& in) { return ops.convolve(in[0], previous, in[1]); },
                {normal({2, time, 32}), normal({4, 32})});
  }
}

TEST_F(FusedOps, ScanFromAState) {
  for (const int64_t time : {1, 2, 33}) {
    const at::Tensor initial = normal({5, 48});
    expect_same([&](const Ops& ops, const auto& in) { return ops.scan(in[0], in[1], initial).output; },
                {normal({5, time, 144}), normal({144})});
    const at::Tensor input = normal({5, time, 144}), bias = normal({144});
    EXPECT_LT(difference(kFusedOps.scan(input, bias, initial).last, kPlainOps.scan(input, bias, initial).last), 1e-5);
  }
}

TEST_F(FusedOps, Feed) {
  expect_same([](const Ops& ops, const auto& in) { return ops.feed(in[0], in[1], Activation::kGelu); },
              {normal({2, 5, 48}) * 2, normal({48})});
  expect_same([](const Ops& ops, const auto& in) { return ops.feed(in[0], {}, Activation::kSquaredRelu); },
              {normal({2, 5, 48}) * 2});
  expect_same([](const Ops& ops, const auto& in) { return ops.feed(in[0], {}, Activation::kSwiGlu); },
              {normal({2, 5, 96}) * 2});
}

TEST_F(FusedOps, CrossEntropy) {
  for (const int64_t symbols : {256, 272, 5120}) {
    const at::Tensor targets = at::randint(symbols, {3, 7}, at::kInt);
    expect_same([&](const Ops& ops, const auto& in) { return ops.cross_entropy(in[0], in[1], targets, 0.25); },
                {normal({3, 7, symbols}) * 3, normal({symbols})});
  }
}

TEST_F(FusedOps, LinearInTheTypeOfItsInput) {
  const at::Tensor x = normal({2, 9, 32}), w = normal({48, 32});
  EXPECT_LT(difference(kFusedOps.linear(x, w), at::linear(x, w)), 1e-6);
  const at::Tensor half = kFusedOps.linear(x.to(at::kBFloat16), w);
  EXPECT_EQ(half.scalar_type(), at::kBFloat16);
  EXPECT_LT(difference(half, at::linear(x, w)), 1e-2);
}

struct AttentionCase {
  int64_t time, heads, key_value_heads, head_width, window;
};

class FusedAttention : public testing::TestWithParam<AttentionCase> {};

TEST_P(FusedAttention, Attend) {
  at::manual_seed(1);
  const AttentionCase& c = GetParam();
  const AttentionShape shape{c.heads, c.key_value_heads, c.head_width, c.window};
  const at::Tensor input = normal({2, c.time, (c.heads + 2 * c.key_value_heads) * c.head_width});
  const Function function = [&](const Ops& ops, const auto& in) { return ops.attend(in[0], shape); };
  expect_same(function, {input}, 2e-5);
  expect_same(function, {input.to(at::kBFloat16)}, 2e-2);
}

INSTANTIATE_TEST_SUITE_P(Shapes, FusedAttention,
                         testing::Values(AttentionCase{1, 2, 2, 16, 2048}, AttentionCase{7, 4, 4, 16, 16},
                                         AttentionCase{64, 2, 1, 32, 2048}, AttentionCase{77, 4, 2, 48, 32},
                                         AttentionCase{130, 1, 1, 64, 16}, AttentionCase{200, 3, 3, 16, 130},
                                         // as tiles take them
                                         AttentionCase{1, 1, 1, 32, 1}, AttentionCase{77, 4, 2, 32, 32},
                                         AttentionCase{300, 2, 2, 32, 2048}, AttentionCase{200, 3, 1, 96, 50},
                                         AttentionCase{97, 2, 1, 512, 40}));

TEST_F(FusedOps, TablesLearnTheSameWhenNoRowRepeats) {
  at::Tensor fused_table = normal({40, 32}), plain_table = fused_table.clone();
  at::Tensor fused_squares = at::rand({40}), plain_squares = fused_squares.clone();
  const TableGradients::Part part{at::randperm(40, at::kInt).view({2, 10, 2}), normal({2, 10, 64})};
  update_table(Backend::kFused, part, fused_table, fused_squares, 0.05, 3);
  update_table(Backend::kPlain, part, plain_table, plain_squares, 0.05, 3);
  EXPECT_LT(difference(fused_table, plain_table), 1e-5);
  EXPECT_LT(difference(fused_squares, plain_squares), 1e-5);
}

TEST_F(FusedOps, LookupTellsTheGradientsOfItsRows) {
  const at::Tensor table = normal({40, 16}), rows = at::randint(40, {2, 6, 3}, at::kInt);
  for (const Ops& ops : {kFusedOps, kPlainOps}) {
    TableGradients gradients;
    const at::Tensor found = ops.lookup(table, rows, at::kFloat, &gradients);
    EXPECT_TRUE(at::equal(found.view({36, 16}), table.index_select(0, rows.reshape({-1}).to(at::kLong))));
    const at::Tensor weights = normal(found.sizes());
    (found * weights).sum().backward();
    ASSERT_EQ(gradients.parts.size(), 1U);
    EXPECT_TRUE(at::equal(gradients.parts[0].gradient, weights));
    EXPECT_TRUE(at::equal(gradients.parts[0].rows, rows));
  }
}

}  // namespace
}  // namespace lmzip::torch_plugin
