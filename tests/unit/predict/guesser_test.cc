// SPDX-License-Identifier: Apache-2.0
#include "predict/guesser.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

#include "predict/lm_network.h"
#include "unit/predict/lm_shapes.h"
#include "unit/predict/streams.h"

namespace lmzip::predict {
namespace {

void read(Guesser& guesser, std::string_view text) {
  for (const char byte : text) guesser.add(static_cast<uint8_t>(byte));
}

std::string guesses(const Guesser& guesser, size_t count) {
  std::vector<Symbol> next(count);
  guesser.guess(next);
  return {next.begin(), next.end()};
}

TEST(Guesser, GoesOnAsItWentOnBefore) {
  Guesser guesser;
  read(guesser, "the quick brown fox jumps; the quick brown ");
  EXPECT_EQ(guesses(guesser, 9), "fox jumps");
}

TEST(Guesser, LearnsThatSomethingElseFollowsNow) {
  Guesser guesser;
  for (int i = 0; i < 20; ++i) read(guesser, "abcdef. ");
  for (int i = 0; i < 8; ++i) read(guesser, "abcdex. ");
  read(guesser, "abcde");
  EXPECT_EQ(guesses(guesser, 3), "x. ");
}

TEST(Guesser, SaysSomethingBeforeItHasReadAnything) { EXPECT_EQ(guesses(Guesser(), 3), "   "); }

/// A lane that reads wrong symbols and goes back forecasts as one that never saw them.
TEST(Guesser, LanesGoBackToWhereTheyWere) {
  for (const test::LmShape& shape : test::lm_shapes()) {
    const auto weights = std::make_shared<const LmWeights>(test::random_lm(shape));
    LmNetwork network(weights);
    LmLane straight(*weights), detours(*weights);
    // Nobody guesses numbers: what a network thinks of the next one spreads over many.
    const bool small =
        !weights->shape().has(model::Mixer::kAttention) && weights->shape().numbers == model::Numbers::kNone;
    ASSERT_EQ(detours.keep(4), small) << shape.name;
    if (!small) continue;
    const size_t alphabet = network.symbols();
    std::vector<float> expected(alphabet), logits(4 * alphabet);
    uint8_t wrong = 0;
    for (const Symbol symbol : test::learnable_stream(static_cast<Symbol>(alphabet), 200, 5)) {
      const SequenceInput right{&straight, symbol};
      network.forward({&right, 1}, expected);
      std::array<SequenceInput, 4> inputs;
      inputs.fill({&detours, ++wrong});
      inputs[0].symbol = symbol;
      const size_t detour = wrong % 4u;
      network.forward(std::span(inputs).first(1 + detour), logits);
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), logits.begin())) << shape.name;
      if (detour > 0) detours.back(detour);
    }
  }
}

}  // namespace
}  // namespace lmzip::predict
