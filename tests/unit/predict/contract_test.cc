// SPDX-License-Identifier: Apache-2.0
// All predictors of src/predict keep the contract of Session.
#include "predict/byte_view.h"
#include "predict/guided_predictor.h"
#include "predict/lm_predictor.h"
#include "predict/mix_predictor.h"
#include "predict/number_predictor.h"
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
    if (shape.architecture.numbers != model::Numbers::kNone) continue;  // of no use to the mixing of text
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

std::vector<ContractCase> numbers_of_files() {
  using numbers::PixelLayout;
  using numbers::SampleLayout;
  using predict::NumberFraming;
  std::vector<ContractCase> cases;
  const auto pixels = [&](const std::string& name, const PixelLayout& layout, const NumberFraming& framing) {
    cases.push_back({"pixels" + name, [=] { return predict::make_pixels(layout, framing, {}); }, 1500});
  };
  const auto samples = [&](const std::string& name, const SampleLayout& layout, const NumberFraming& framing) {
    cases.push_back({"samples" + name, [=] { return predict::make_samples(layout, framing, {}); }, 1500});
  };
  pixels("Grey", {.width = 5}, {});
  pixels("Rgb", {.width = 7, .channels = 3}, {});
  pixels("Wide", {.width = 300, .channels = 4}, {});
  pixels("Long", {.width = 3, .channels = 3, .bits = 16}, {});
  // Streams of 1500 bits pass the head and many ends of rows.
  pixels("Framed", {.width = 3}, {.head = 11, .pad = 1});
  pixels("LongFramed", {.width = 3, .bits = 16}, {.head = 11, .big_endian = true});
  samples("Mono", {.bits = 8}, {});
  samples("Stereo", {.channels = 2, .bits = 16}, {});
  samples("Many", {.channels = 5, .bits = 24}, {.big_endian = true});
  samples("Framed", {.channels = 2, .bits = 16}, {.head = 44});
  // Networks for numbers; a head and padding they never hear of.
  for (const LmShape& shape : lm_shapes()) {
    const predict::NumberGuide guide{.model = random_lm(shape), .name = "a"};
    const auto row = static_cast<uint32_t>(shape.architecture.row);
    for (const unsigned head : {0u, 7u}) {
      const std::string name = "Guided" + std::to_string(head);
      if (shape.architecture.numbers == model::Numbers::kPixels) {
        const NumberFraming framing{.head = head, .pad = head == 0 ? 0u : 3u};
        cases.push_back({"pixels" + name, [=] { return predict::make_pixels({.width = row}, framing, guide); }, 800});
        cases.push_back(
            {"pixelsOfAnotherWidth" + name, [=] { return predict::make_pixels({.width = 10}, framing, guide); }, 800});
      } else if (shape.architecture.numbers == model::Numbers::kSamples) {
        cases.push_back(
            {"samples" + name, [=] { return predict::make_samples({.bits = 8}, {.head = head}, guide); }, 800});
      }
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Numbers, SessionContract, ::testing::ValuesIn(numbers_of_files()), case_name);

}  // namespace
}  // namespace lmzip::test
