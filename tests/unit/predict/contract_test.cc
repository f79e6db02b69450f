// SPDX-License-Identifier: Apache-2.0
// All predictors of src/predict keep the contract of Session.
#include "predict/byte_view.h"
#include "predict/guided_predictor.h"
#include "predict/lm_predictor.h"
#include "predict/mix_predictor.h"
#include "predict/order_predictor.h"
#include "predict/uniform_predictor.h"
#include "unit/predict/lm_shapes.h"
#include "unit/predict/session_contract.h"

namespace lmzip::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Uniform, SessionContract,
                         ::testing::Values(ContractCase{"uniform", predict::make_uniform, 300}), case_name);

std::vector<ContractCase> orders() {
  std::vector<ContractCase> cases;
  for (int order = 0; order <= predict::kMaxOrder; ++order) {
    cases.push_back({"order" + std::to_string(order), [order] { return predict::make_order(order); }, 3000});
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Orders, SessionContract, ::testing::ValuesIn(orders()), case_name);

std::vector<ContractCase> levels() {
  std::vector<ContractCase> cases;
  for (int level = predict::kMixMinLevel; level <= predict::kMixMaxLevel; ++level) {
    cases.push_back({"mix" + std::to_string(level), [level] { return predict::make_mix(level); }, 2000});
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Mix, SessionContract, ::testing::ValuesIn(levels()), case_name);

std::vector<ContractCase> guided() {
  std::vector<ContractCase> cases;
  for (const LmShape& shape : lm_shapes()) {
    cases.push_back({"guided" + shape.name,
                     [shape] { return predict::make_guided(random_lm(shape), {.level = 2, .name = "a"}); }, 800});
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Guided, SessionContract, ::testing::ValuesIn(guided()), case_name);

INSTANTIATE_TEST_SUITE_P(ByteView, SessionContract,
                         ::testing::Values(ContractCase{
                             "mix1Bytes", [] { return predict::make_byte_view(predict::make_mix(1)); }, 100}),
                         case_name);

std::vector<ContractCase> networks() {
  std::vector<ContractCase> cases;
  for (const LmShape& shape : lm_shapes()) {
    cases.push_back(
        {shape.name, [shape] { return predict::make_lm(random_lm(shape), {.name = "a", .chunk = 0}); }, 150});
    cases.push_back({shape.name + "Chunks",
                     [shape] { return predict::make_lm(random_lm(shape), {.name = "a", .chunk = 71}); }, 150});
  }
  for (const LmShape& shape : token_shapes()) {
    cases.push_back(
        {shape.name, [shape] { return predict::make_lm(random_lm(shape), {.name = "a", .chunk = 0}); }, 150});
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Lm, SessionContract, ::testing::ValuesIn(networks()), case_name);

}  // namespace
}  // namespace lmzip::test
