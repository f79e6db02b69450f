// SPDX-License-Identifier: Apache-2.0
// mark() and rewind() of models of numbers: bits that were only tried leave no trace.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "lmzip/error.h"
#include "numbers/frame.h"
#include "unit/numbers/fixtures.h"

namespace lmzip::numbers {
namespace {

using test::Lehmer;
using test::NumbersCase;

/// Feeds `bits` bits of `byte`, the highest first.
void feed(mix::Model& model, uint32_t byte, int bits = 8) {
  for (int shift = 7; shift > 7 - bits; --shift) model.update(static_cast<int>(byte >> shift & 1));
}

/// Wanders about in the rest of a byte of which `used` bits were fed, as long as `steps` last: marks, tries bits,
/// goes back, and is in the end where it was.
void wander(mix::Model& model, int used, Lehmer& random, int& steps) {
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
void look_everywhere(mix::Model& model, int used) {
  if (used == 7) return;
  for (const int bit : {0, 1}) {
    model.mark();
    model.update(bit);
    look_everywhere(model, used + 1);
    model.rewind();
  }
}

/// Bytes that the layouts are for and others, so that bits are both sure and open.
Bytes mixed_input(const NumbersCase& layout) {
  Bytes input = test::sound_bytes(300, 1);
  for (const Bytes& more : {test::picture_bytes(600, 2), test::random_bytes(200, 3), test::text_bytes(200, 4),
                            test::noisy_tones(300, layout.channels, layout.bits, 5)}) {
    input.insert(input.end(), more.begin(), more.end());
  }
  return input;
}

/// `marked` wanders about wherever it can and forecasts as `plain`. Guided ones hear the same.
void expect_no_trace(Model& marked, Model& plain, const Bytes& input, bool guided) {
  Lehmer random(6);
  for (size_t at = 0; at < input.size(); ++at) {
    if (guided) {
      const auto weights = test::opinion(at == 0 ? 0 : input[at - 1], at % 7 == 0);
      marked.expect(weights);
      plain.expect(weights);
    }
    if (at % 16 == 3) look_everywhere(marked, 0);
    for (int used = 0; used < 8; ++used) {
      ASSERT_EQ(marked.p1(), plain.p1()) << "byte " << at << ", bit " << used;
      int steps = static_cast<int>(random.below(40));
      if (random.below(8) == 0) {
        ASSERT_NO_FATAL_FAILURE(wander(marked, used, random, steps)) << at;
      }
      const int bit = input[at] >> (7 - used) & 1;
      marked.update(bit);
      plain.update(bit);
    }
  }
}

class MarkedNumbers : public testing::TestWithParam<NumbersCase> {};

TEST_P(MarkedNumbers, ForecastAsIfNothingHadBeenTried) {
  const Bytes input = mixed_input(GetParam());
  expect_no_trace(*GetParam().make(false), *GetParam().make(false), input, false);
  if (GetParam().bits == 8) expect_no_trace(*GetParam().make(true), *GetParam().make(true), input, true);
}

TEST_P(MarkedNumbers, ForecastAsIfNothingHadBeenTriedInAFrame) {
  const Frame frame{.head = 21, .row = 9, .pad = GetParam().bits == 8 ? 2u : 0u};
  const Bytes input = mixed_input(GetParam());
  expect_no_trace(*make_framed(GetParam().make(false), frame), *make_framed(GetParam().make(false), frame), input,
                  false);
}

TEST_P(MarkedNumbers, ForecastBehindAMarkWhatTheyForecastAfterwards) {
  const auto marked = GetParam().make(false), plain = GetParam().make(false);
  Lehmer random(7);
  for (const uint8_t byte : mixed_input(GetParam())) {
    marked->mark();
    feed(*marked, random.below(256), 7);
    marked->rewind();
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

/// Within a number of several bytes too: what the end of its last byte sets off is more than a journal keeps, and that
/// of the others is refused alike.
TEST_P(MarkedNumbers, LetNoByteEndBehindAMark) {
  for (const bool framed : {false, true}) {
    const Frame frame{.head = 2, .row = 3, .pad = GetParam().bits == 8 ? 1u : 0u};
    const auto make = [&] { return framed ? make_framed(GetParam().make(false), frame) : GetParam().make(false); };
    const auto model = make(), plain = make();
    for (const uint8_t byte : test::random_bytes(40, 8)) {
      feed(*model, byte, 3);
      model->mark();
      feed(*model, uint32_t{byte} << 3, 4);
      EXPECT_THROW(model->update(1), Error);
      model->rewind();
      feed(*model, uint32_t{byte} << 3, 5);
      feed(*plain, byte);
      ASSERT_EQ(model->p1(), plain->p1());
    }
  }
}

TEST_P(MarkedNumbers, NeedAMarkToGoBack) {
  for (const bool framed : {false, true}) {
    const auto model = framed ? make_framed(GetParam().make(false), {.head = 1}) : GetParam().make(false);
    for (int byte = 0; byte < 3; ++byte) {
      EXPECT_THROW(model->rewind(), Error);
      model->mark();
      model->rewind();
      EXPECT_THROW(model->rewind(), Error);
      feed(*model, 'a');
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Numbers, MarkedNumbers, testing::ValuesIn(test::some_numbers_cases()), test::case_name);

}  // namespace
}  // namespace lmzip::numbers
