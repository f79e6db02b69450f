// SPDX-License-Identifier: Apache-2.0
#include "torch/network.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>

#include "unit/predict/lm_shapes.h"
#include "unit/predict/reference_network.h"
#include "unit/train/fixtures.h"

namespace lmzip::torch_plugin {
namespace {

constexpr size_t kLength = 100;

/// What the network reads at the first positions of a text.
NetworkInput input_of(const model::Architecture& architecture, const train::Piece& text) {
  if (architecture.numbers != model::Numbers::kNone && std::holds_alternative<std::span<const Symbol>>(text)) {
    const auto& symbols = std::get<std::span<const Symbol>>(text);
    return input_of(architecture, ByteSpan(Bytes(symbols.begin(), symbols.end())));
  }
  const size_t length = std::visit([](const auto& symbols) { return symbols.size(); }, text);
  train::Batch batch = train::empty_batch(architecture, 1, static_cast<int>(length));
  train::StreamReader(architecture).read(text, batch, 0);
  return {batch, static_cast<int64_t>(architecture.tables.size()), at::kCPU};
}

class Networks : public testing::TestWithParam<test::LmShape> {
 protected:
  Networks() {
    at::set_num_threads(1);
    const Bytes text = test::words(kLength, 3);
    for (const uint8_t byte : text) symbols_.push_back(byte * 7 % static_cast<Symbol>(architecture().vocabulary));
  }
  const model::Architecture& architecture() const { return GetParam().architecture; }
  std::vector<Symbol> symbols_;
};

TEST_P(Networks, ComputeTheEquationsOfTheFormat) {
  const at::NoGradGuard no_grad;
  const auto model = test::random_lm(GetParam());
  std::vector<Symbol> inputs(1, 0);
  inputs.insert(inputs.end(), symbols_.begin(), symbols_.end() - 1);
  const std::vector<test::ReferenceNetwork::Row> expected = test::ReferenceNetwork(*model).logits(inputs);
  for (const Backend backend : {Backend::kFused, Backend::kPlain}) {
    const Network network(*model, {.device = at::kCPU, .type = at::kFloat, .backend = backend});
    CarriedState carried;
    const NetworkInput input = input_of(architecture(), symbols_);
    const at::Tensor logits = network.logits(input, carried);
    const auto* const found = static_cast<const float*>(logits.data_ptr());
    for (size_t t = 0; t < kLength; ++t) {
      const auto symbols = static_cast<size_t>(architecture().vocabulary);
      // Of numbers it is the distance from the input that is forecast.
      const bool numbers = architecture().numbers != model::Numbers::kNone;
      const auto centre =
          static_cast<size_t>(numbers ? input.symbols.flatten()[static_cast<int64_t>(t)].item<int32_t>() : 0);
      for (size_t s = 0; s < symbols; ++s) {
        ASSERT_NEAR(found[symbols * t + s], expected[t][(centre + s) % symbols], 2e-4) << t << ", " << s;
      }
    }
  }
}

TEST_P(Networks, TheLossIsTheCostOfTheTargets) {
  const Network network(architecture(), {}, 1);
  const NetworkInput input = input_of(architecture(), symbols_);
  CarriedState carried, again;
  const double loss = network.loss(input, carried, 0.5, nullptr).item<double>();
  const at::Tensor logs = at::log_softmax(network.logits(input, again), -1);
  EXPECT_NEAR(loss, -0.5 * logs.gather(-1, input.targets.to(at::kLong).unsqueeze(-1)).sum().item<double>(), 1e-3);
}

TEST_P(Networks, EveryParameterLearns) {
  Network network(architecture(), {}, 1);
  CarriedState carried;
  TableGradients tables;
  // Branches start at zero; only behind a step do all parameters have a say.
  for (const Parameter& one : network.parameters()) {
    const at::NoGradGuard no_grad;
    one.value.add_(at::randn_like(one.value) * 0.05);
  }
  network.loss(input_of(architecture(), symbols_), carried, 1, &tables).backward();
  for (const Parameter& one : network.parameters()) {
    if (one.name == "tables") continue;
    ASSERT_TRUE(one.value.grad().defined()) << one.name;
    EXPECT_GT(one.value.grad().norm().item<double>(), 0) << one.name;
  }
  EXPECT_EQ(tables.parts.size(), architecture().tables.empty() ? 0U : 1U);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Networks, testing::ValuesIn(test::all_shapes()),
                         [](const auto& one) { return one.param.name; });

TEST(Network, CarriesARecurrenceFromBatchToBatch) {
  const at::NoGradGuard no_grad;
  const model::Architecture architecture = test::lm_shapes()[2].architecture;
  const auto model = model::read_model(model::random_float_model(architecture, 4));
  const Network network(*model, {});
  const Bytes text = test::words(96, 3);
  CarriedState whole, pieces;
  const at::Tensor expected = network.logits(input_of(architecture, text), whole);
  train::StreamReader reader(architecture);
  for (size_t begin = 0; begin < 96; begin += 32) {
    train::Batch batch = train::empty_batch(architecture, 1, 32);
    reader.read(ByteSpan(text).subspan(begin, 32), batch, 0);
    const at::Tensor logits = network.logits({batch, 4, at::kCPU}, pieces);
    const at::Tensor same = expected.narrow(1, static_cast<int64_t>(begin), 32);
    EXPECT_LT((logits - same).abs().max().item<double>(), 1e-4) << begin;
  }
}

TEST(Network, ForgetsWhereAStreamBeginsAnew) {
  const at::NoGradGuard no_grad;
  const model::Architecture architecture = test::lm_shapes()[2].architecture;
  const Network network(*model::read_model(model::random_float_model(architecture, 4)), {});
  const Bytes text = test::words(32, 3);
  CarriedState carried, fresh;
  network.logits(input_of(architecture, test::words(32, 8)), carried);
  const at::Tensor after = network.logits(input_of(architecture, text), carried);  // cold
  EXPECT_TRUE(at::allclose(after, network.logits(input_of(architecture, text), fresh), 1e-5, 1e-5));
}

TEST(Network, RowsLeftOutAreRowsOfZeros) {
  const model::Architecture architecture = test::lm_shapes()[2].architecture;
  Network network(*model::read_model(model::random_float_model(architecture, 4)), {});
  const auto tables = static_cast<int64_t>(architecture.tables.size());
  train::Batch batch = train::empty_batch(architecture, 1, static_cast<int>(kLength));
  train::StreamReader(architecture).read(test::words(kLength, 3), batch, 0);
  batch.row_weights.assign(batch.rows.size(), 1);
  for (size_t i = 0; i < batch.rows.size(); i += architecture.tables.size()) batch.row_weights[i] = 0;
  CarriedState one, other;
  TableGradients gradients;
  const at::Tensor loss = network.loss({batch, tables, at::kCPU}, one, 0.01, &gradients);
  loss.backward();
  const at::Tensor heard = gradients.parts.at(0).gradient.view({-1, tables, architecture.table_width});
  EXPECT_EQ(heard.select(1, 0).abs().max().item<double>(), 0);
  EXPECT_GT(heard.select(1, 1).abs().max().item<double>(), 0);

  const at::NoGradGuard no_grad;
  network["tables"].narrow(0, 0, int64_t{1} << architecture.table_bits).zero_();
  batch.row_weights.clear();
  EXPECT_NEAR(loss.item<double>(), network.loss({batch, tables, at::kCPU}, other, 0.01, nullptr).item<double>(), 1e-5);
}

TEST(Network, BfloatIsNearFloat) {
  const at::NoGradGuard no_grad;
  const model::Architecture architecture = test::lm_shapes()[0].architecture;
  const auto model = model::read_model(model::random_float_model(architecture, 4));
  const NetworkInput input = input_of(architecture, test::words(100, 3));
  CarriedState one, other;
  const double exact = Network(*model, {}).loss(input, one, 0.01, nullptr).item<double>();
  const double rounded = Network(*model, {.type = at::kBFloat16}).loss(input, other, 0.01, nullptr).item<double>();
  EXPECT_NEAR(rounded / exact, 1, 0.01);
}

}  // namespace
}  // namespace lmzip::torch_plugin
