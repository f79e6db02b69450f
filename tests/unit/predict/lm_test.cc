// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/isa.h"
#include "lmzip/error.h"
#include "predict/lm_network.h"
#include "predict/lm_predictor.h"
#include "unit/predict/lm_shapes.h"
#include "unit/predict/reference_network.h"
#include "unit/predict/trace.h"

namespace lmzip::test {
namespace {

class LmNetworks : public testing::TestWithParam<LmShape> {};

std::string shape_name(const testing::TestParamInfo<LmShape>& info) { return info.param.name; }

TEST_P(LmNetworks, ComputeWhatTheFormatSays) {
  const auto model = random_lm(GetParam());
  const auto weights = std::make_shared<const predict::LmWeights>(model);
  predict::LmNetwork network(weights);
  predict::LmLane lane(*weights);
  const size_t alphabet = network.symbols();
  Stream symbols = learnable_stream(static_cast<Symbol>(alphabet), 150, 3);
  symbols.insert(symbols.begin(), 0);
  std::vector<predict::SequenceInput> inputs;
  for (const Symbol symbol : symbols) inputs.push_back({&lane, symbol});
  std::vector<float> logits(symbols.size() * alphabet);
  network.forward(inputs, logits);

  const auto expected = ReferenceNetwork(*model).logits(symbols);
  double error = 0;
  double size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    for (size_t s = 0; s < alphabet; ++s) {
      error += std::pow(logits[alphabet * i + s] - expected[i][s], 2);
      size += std::pow(expected[i][s], 2);
    }
  }
  EXPECT_GT(size, 0);
  EXPECT_LT(std::sqrt(error / size), 0.03) << "activations have 8 bits";
}

TEST_P(LmNetworks, OneByOneEqualsAllAtOnceOnEveryInstructionSet) {
  const auto model = random_lm(GetParam());
  const auto weights = std::make_shared<const predict::LmWeights>(model);
  const auto alphabet = static_cast<size_t>(model->architecture().vocabulary);
  const Stream symbols = learnable_stream(static_cast<Symbol>(alphabet), 300, 4);
  std::vector<float> expected;
  for (const kernels::Isa isa : kernels::available_isas()) {
    ASSERT_TRUE(kernels::force_isa(kernels::isa_name(isa)));
    predict::LmNetwork network(weights);
    predict::LmLane together(*weights), apart(*weights);
    std::vector<predict::SequenceInput> inputs;
    for (const Symbol symbol : symbols) inputs.push_back({&together, symbol});
    std::vector<float> logits(symbols.size() * alphabet), single(alphabet);
    network.forward(inputs, logits);
    if (expected.empty()) expected = logits;
    EXPECT_TRUE(logits == expected) << kernels::isa_name(isa);
    for (size_t i = 0; i < symbols.size(); ++i) {
      const predict::SequenceInput input{&apart, symbols[i]};
      network.forward({&input, 1}, single);
      ASSERT_TRUE(std::equal(single.begin(), single.end(), logits.begin() + static_cast<long>(alphabet * i)))
          << kernels::isa_name(isa) << " position " << i;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Shapes, LmNetworks, testing::ValuesIn(all_shapes()), shape_name);

TEST(LmPredictor, ChunksStartAnew) {
  const LmShape shape = lm_shapes()[2];
  const auto predictor = predict::make_lm(random_lm(shape), {.name = "a", .chunk = 64});
  EXPECT_EQ(predictor->info().spec, "lm:a,chunk=64");
  EXPECT_EQ(predictor->info().context_length, 64u);
  Stream symbols = learnable_stream(256, 192, 5);
  const Trace trace = run_alone(*predictor, symbols);
  const Trace last = run_alone(*predictor, Stream(symbols.begin() + 128, symbols.end()));
  EXPECT_TRUE(std::equal(last.begin(), last.end() - 1, trace.begin() + 128));
  EXPECT_EQ(trace[0], trace[64]);
}

TEST(LmPredictor, AFullContextBeginsAnewWithItsLastQuarter) {
  const LmShape shape = lm_shapes()[4];
  ASSERT_EQ(shape.name, "Whole");
  const auto predictor = predict::make_lm(random_lm(shape), {.name = "a", .chunk = 0});
  EXPECT_EQ(predictor->info().context_length, 64u);
  const Stream symbols = learnable_stream(256, 160, 6);
  const Trace trace = run_alone(*predictor, symbols);
  const Trace second = run_alone(*predictor, Stream(symbols.begin() + 48, symbols.end()));
  EXPECT_TRUE(std::equal(trace.begin() + 64, trace.begin() + 112, second.begin() + 16));
  EXPECT_NE(trace[63], second[15]) << "the first context has no end in sight yet";
}

TEST(LmPredictor, PicturesMayBeOfAnotherWidth) {
  const LmShape shape = lm_shapes()[5];
  ASSERT_EQ(shape.name, "Pixels");
  const auto predictor = predict::make_lm(random_lm(shape), {.name = "a", .width = 10});
  EXPECT_EQ(predictor->info().spec, "lm:a,width=10");
  LmShape trained = shape;
  trained.architecture.row = 10;
  const Stream symbols = learnable_stream(256, 100, 6);
  const auto same = predict::make_lm(random_lm(trained), {.name = "a"});
  EXPECT_EQ(run_alone(*predictor, symbols), run_alone(*same, symbols));
  EXPECT_NE(run_alone(*predict::make_lm(random_lm(shape), {.name = "a"}), symbols), run_alone(*same, symbols));
  EXPECT_THROW(predict::make_lm(random_lm(lm_shapes()[6]), {.name = "a", .width = 10}), Error)
      << "samples have no rows";
}

TEST(LmPredictor, InfoNamesTheModel) {
  const auto model = random_lm(lm_shapes()[0]);
  const PredictorInfo info = predict::make_lm(model, {.name = "tiny", .chunk = 0})->info();
  EXPECT_EQ(info.spec, "lm:tiny");
  EXPECT_EQ(info.model_digest, model->digest());
  EXPECT_EQ(info.parameter_bytes, model->file_bytes());
  EXPECT_EQ(info.numerics, Numerics::kPortable);
}

TEST(LmPredictor, SymbolsAreThoseOfTheModelsTokenizer) {
  const auto model = random_lm(token_shapes()[0]);
  const auto predictor = predict::make_lm(model, {.name = "a", .chunk = 0});
  EXPECT_EQ(predictor->info().alphabet, 304u);
  EXPECT_EQ(predictor->tokenizer(), model->tokenizer().get());
  EXPECT_EQ(predict::make_lm(random_lm(lm_shapes()[0]), {.name = "a", .chunk = 0})->tokenizer(), nullptr);
}

TEST(LmPredictor, LargeAlphabetsTakeMemoryThatIsCounted) {
  const auto bytes_of = [](const LmShape& shape) {
    return predict::make_lm(random_lm(shape), {.name = "a", .chunk = 0})->info().lane_bytes;
  };
  // Logits and frequencies of 32 positions, at least.
  EXPECT_GE(bytes_of(token_shapes()[1]), 5008u * 32 * 8);
  LmShape bytes = token_shapes()[1];
  bytes.architecture.vocabulary = 256;
  EXPECT_LT(bytes_of(bytes), uint64_t{1} << 20);
}

TEST(LmPredictor, AnotherSymbolThanForeseenIsRefused) {
  const auto session = predict::make_lm(random_lm(lm_shapes()[0]), {.name = "a", .chunk = 0})->open(1);
  const Stream upcoming{1, 2, 3, 4};
  session->foresee(0, upcoming);
  session->forecast(0);
  session->advance(Stream{1});
  EXPECT_THROW(session->advance(Stream{3}), Error);
}

TEST(LmPredictor, RefusesChunksOutOfRangeAndFloatModels) {
  const LmShape shape = lm_shapes()[0];
  for (const unsigned chunk : {1u, 63u, 65537u}) {
    EXPECT_THROW(predict::make_lm(random_lm(shape), {.name = "a", .chunk = chunk}), Error) << chunk;
  }
  EXPECT_THROW(predict::make_lm(random_lm(token_shapes()[0]), {.name = "a", .chunk = 64}), Error) << "of tokens";
  const auto floats = model::read_model(model::random_float_model(shape.architecture, 1));
  EXPECT_THROW(predict::make_lm(floats, {.name = "a", .chunk = 0}), Error);
}

}  // namespace
}  // namespace lmzip::test
