// SPDX-License-Identifier: Apache-2.0
#include "numbers/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "unit/numbers/fixtures.h"

namespace lmzip::numbers {
namespace {

using test::code;
using test::pixels_case;
using test::samples_case;

/// A picture's rows with what a file puts around them.
struct Framed {
  Bytes head, pixels, all;
  Frame frame;
};

/// `pad_byte`: what rows are filled up with.
Framed framed_picture(size_t head, uint32_t width, uint64_t pad, uint8_t pad_byte = 0) {
  Framed made{.head = test::text_bytes(head, 1),
              .pixels = test::smooth_picture(width, 60, 1, 8, 2),
              .all = {},
              .frame = {.head = head, .row = width, .pad = pad}};
  made.all = made.head;
  for (size_t at = 0; at < made.pixels.size(); at += width) {
    const auto row = made.pixels.begin() + static_cast<ptrdiff_t>(at);
    made.all.insert(made.all.end(), row, row + static_cast<ptrdiff_t>(width));
    made.all.insert(made.all.end(), pad, pad_byte);
  }
  return made;
}

/// Feeds a byte and returns what each bit was forecast with.
std::vector<uint32_t> forecasts(mix::Model& model, uint8_t byte) {
  std::vector<uint32_t> all;
  for (int i = 7; i >= 0; --i) {
    all.push_back(model.p1());
    model.update(byte >> i & 1);
  }
  return all;
}

TEST(Frame, KnowsWhichBytesAreNumbers) {
  const Frame frame{.head = 3, .row = 4, .pad = 2};
  std::string seen;
  for (uint64_t position = 0; position < 16; ++position) seen += frame.is_number(position) ? 'n' : '.';
  EXPECT_EQ(seen, "...nnnn..nnnn..n");
  const Frame plain{.head = 2};
  EXPECT_FALSE(plain.is_number(1));
  EXPECT_TRUE(plain.is_number(2));
  EXPECT_TRUE(plain.is_number(1'000'000));
}

TEST(Frame, OfNothingIsTheModelItself) {
  auto model = pixels_case(8, 1, 8).make(false);
  const Model* const before = model.get();
  EXPECT_EQ(make_framed(std::move(model), {.head = 0, .row = 8, .pad = 0}).get(), before);
}

TEST(Frame, NumbersAreForecastAsWithoutIt) {
  for (const Framed& picture : {framed_picture(0, 21, 3), framed_picture(54, 21, 0), framed_picture(1, 1, 3),
                                framed_picture(300, 33, 1, 0xEE)}) {
    const auto layout = pixels_case(static_cast<uint32_t>(picture.frame.row), 1, 8);
    const auto framed = make_framed(layout.make(false), picture.frame), plain = layout.make(false);
    for (size_t at = 0; at < picture.all.size(); ++at) {
      const auto seen = forecasts(*framed, picture.all[at]);
      if (picture.frame.is_number(at)) {
        ASSERT_EQ(seen, forecasts(*plain, picture.all[at])) << at;
      }
    }
  }
}

TEST(Frame, PaddingThatIsAlwaysTheSameIsNearlyFree) {
  for (const uint8_t byte : Bytes{0x00, 0xFF, 0x5A}) {
    const Framed picture = framed_picture(0, 21, 3, byte);
    const auto layout = pixels_case(21, 1, 8);
    const double numbers = code(*layout.make(false), picture.pixels);
    const double all = code(*make_framed(layout.make(false), picture.frame), picture.all);
    EXPECT_LT(all - numbers, 60 * 3 * 0.6) << "180 bytes";
    EXPECT_GT(all, numbers);
  }
}

TEST(Frame, PaddingThatIsNoneCanBeCodedAllTheSame) {
  const Frame frame{.head = 0, .row = 5, .pad = 3};
  const auto model = make_framed(pixels_case(5, 1, 8).make(false), frame);
  EXPECT_LT(code(*model, test::random_bytes(16'000, 3)) / 16'000, 8.6);
}

TEST(Frame, HeadsCostWhatTheyCostWithoutNumbersBehind) {
  const Framed file = framed_picture(2000, 21, 0);
  const auto framed = make_framed(pixels_case(21, 1, 8).make(false), file.frame);
  EXPECT_EQ(code(*framed, file.head), code(*mix::make_model(mix::kMinLevel), file.head));
  EXPECT_NEAR(code(*framed, file.pixels), code(*pixels_case(21, 1, 8).make(false), file.pixels), 1e-6);
}

TEST(Frame, OfSamplesBeginsWhereTheyDo) {
  const Bytes sound = test::noisy_tones(2000, 2, 16, 4);
  const Bytes head = test::record_bytes(44, 5);
  Bytes file = head;
  file.insert(file.end(), sound.begin(), sound.end());
  const auto layout = samples_case(2, 16);
  const double plain = code(*layout.make(false), sound);
  const double framed = code(*make_framed(layout.make(false), {.head = 44}), file);
  EXPECT_LT(framed - plain, 44 * 8.0);
  // One byte off, and no sample is one.
  EXPECT_GT(code(*make_framed(layout.make(false), {.head = 43}), file), 1.2 * framed);
}

TEST(Frame, PassesOnWhatANetworkThinks) {
  const auto layout = samples_case(1, 8);
  const auto framed = make_framed(layout.make(true), {.head = 5}), plain = layout.make(true);
  code(*framed, test::text_bytes(5, 6));
  for (const uint8_t byte : test::random_bytes(300, 7)) {
    for (Model* const model : {framed.get(), plain.get()}) model->expect(test::opinion(byte, byte % 3 == 0));
    ASSERT_EQ(forecasts(*framed, byte), forecasts(*plain, byte));
  }
}

}  // namespace
}  // namespace lmzip::numbers
