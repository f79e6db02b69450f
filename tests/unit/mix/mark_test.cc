// SPDX-License-Identifier: Apache-2.0
// Model::mark() and rewind(): bits that were only tried leave no trace.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lmzip/error.h"
#include "mix/journal.h"
#include "mix/model.h"
#include "portability/forecast_digest.h"

namespace lmzip::mix {
namespace {

using test::Lehmer;

TEST(Journal, PutsBackWhatWasThereAtTheLastMark) {
  Journal journal;
  uint8_t small = 1;
  uint32_t row[3] = {1, 2, 3};
  journal.mark();
  journal.save(&small);
  small = 2;
  journal.mark();
  journal.save(row, 3);
  journal.save(&small);
  row[0] = row[2] = 9;
  small = 3;
  journal.save(&small);  // again: the older one counts
  small = 4;
  journal.rewind();
  EXPECT_EQ(small, 2);
  EXPECT_EQ(row[0], 1u);
  EXPECT_EQ(row[2], 3u);
  EXPECT_TRUE(journal.open());
  journal.rewind();
  EXPECT_EQ(small, 1);
  EXPECT_FALSE(journal.open());
}

/// Feeds `bits` bits of `byte`, the highest first.
void feed(Model& model, uint32_t byte, int bits = 8) {
  for (int shift = 7; shift > 7 - bits; --shift) model.update(static_cast<int>(byte >> shift & 1));
}

/// Wanders about in the rest of a byte of which `used` bits were fed, as long as `steps` last: marks, tries bits,
/// goes back, and is in the end where it was.
void wander(Model& model, int used, Lehmer& random, int& steps) {
  const uint32_t before = model.p1();
  model.mark();
  for (int fed = used; --steps > 0 && random.below(6) != 0;) {
    if (random.below(2) == 0) {
      wander(model, fed, random, steps);
    } else if (fed < 7) {
      model.update(static_cast<int>(random.below(2)));
      ++fed;
    }
  }
  model.rewind();
  ASSERT_EQ(model.p1(), before);
}

/// All 255 places within a byte are visited, as whoever asks for the next byte's distribution does.
void look_everywhere(Model& model, int used) {
  if (used == 7) return;
  for (const int bit : {0, 1}) {
    model.mark();
    model.update(bit);
    look_everywhere(model, used + 1);
    model.rewind();
  }
}

class MarkedModel : public testing::TestWithParam<int> {};

TEST_P(MarkedModel, ForecastsAsOneThatNeverTriedAnything) {
  // Each part long enough to be recognised, and the history maps and tables to be shared and fought for.
  const Bytes input = test::portability_input(1500);
  const auto marked = make_model(GetParam()), plain = make_model(GetParam());
  Lehmer random(GetParam());
  for (size_t at = 0; at < input.size(); ++at) {
    if (at % 16 == 3) look_everywhere(*marked, 0);
    for (int used = 0; used < 8; ++used) {
      ASSERT_EQ(marked->p1(), plain->p1()) << "byte " << at << ", bit " << used;
      int steps = static_cast<int>(random.below(40));
      if (random.below(8) == 0) {
        ASSERT_NO_FATAL_FAILURE(wander(*marked, used, random, steps)) << at;
      }
      const int bit = input[at] >> (7 - used) & 1;
      marked->update(bit);
      plain->update(bit);
    }
  }
}

TEST_P(MarkedModel, ForecastsBehindAMarkAreThoseOfTheRealWay) {
  const Bytes input = test::portability_input(600);
  const auto marked = make_model(GetParam()), plain = make_model(GetParam());
  Lehmer random(GetParam());
  for (const uint8_t byte : input) {
    const auto other = static_cast<uint8_t>(random.below(256));
    marked->mark();
    feed(*marked, other, 7);
    marked->rewind();
    // The byte that really comes, tried first: at each of its bits the same is seen as afterwards without a mark.
    marked->mark();
    std::vector<uint32_t> seen;
    for (int used = 0; used < 7; ++used) {
      feed(*marked, uint32_t{byte} << used, 1);
      seen.push_back(marked->p1());
    }
    marked->rewind();
    for (int used = 0; used < 8; ++used) {
      feed(*marked, uint32_t{byte} << used, 1);
      feed(*plain, uint32_t{byte} << used, 1);
      ASSERT_EQ(marked->p1(), plain->p1());
      if (used < 7) {
        ASSERT_EQ(seen[static_cast<size_t>(used)], plain->p1());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Model, MarkedModel, testing::Values(1, 3, 5, 9),
                         [](const auto& one) { return std::to_string(one.param); });

TEST(Mark, NoByteEndsBehindOne) {
  const auto model = make_model(1);
  feed(*model, 'a', 3);
  model->mark();
  feed(*model, 'a' << 3, 4);
  EXPECT_THROW(model->update(1), Error);
  model->rewind();
  feed(*model, 'a' << 3, 5);
  const auto plain = make_model(1);
  feed(*plain, 'a');
  EXPECT_EQ(model->p1(), plain->p1());
}

TEST(Mark, IsNeededToGoBack) {
  const auto model = make_model(1);
  EXPECT_THROW(model->rewind(), Error);
  model->mark();
  model->rewind();
  EXPECT_THROW(model->rewind(), Error);
}

}  // namespace
}  // namespace lmzip::mix
