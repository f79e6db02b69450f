// SPDX-License-Identifier: Apache-2.0
#include "predict/number_predictor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "lmzip/error.h"
#include "portability/forecast_digest.h"
#include "predict/mix_predictor.h"
#include "unit/predict/lm_shapes.h"
#include "unit/predict/trace.h"

namespace lmzip::test {
namespace {

using numbers::PixelLayout;
using numbers::SampleLayout;
using predict::make_pixels;
using predict::make_samples;
using predict::NumberFraming;
using predict::NumberGuide;

NumberGuide guide_for(model::Numbers numbers) {
  for (const LmShape& shape : lm_shapes()) {
    if (shape.architecture.numbers == numbers) return {.model = random_lm(shape), .name = "a"};
  }
  return {};
}

/// The kind of error that `make` is refused with; nothing if it is not.
std::string refusal(const std::function<std::shared_ptr<const Predictor>()>& make) {
  try {
    make();
    return "";
  } catch (const Error& error) {
    return error.kind() == ErrorKind::kUsage         ? "usage"
           : error.kind() == ErrorKind::kUnsupported ? "unsupported"
                                                     : error.what();
  }
}

Stream bits_of(ByteSpan bytes) {
  Stream bits;
  for (const uint8_t byte : bytes) {
    for (int shift = 7; shift >= 0; --shift) bits.push_back(byte >> shift & 1);
  }
  return bits;
}

TEST(NumberPredictor, SpecsSayTheLayoutAndNothingThatIsUsual) {
  const auto pixels = [](const PixelLayout& layout, const NumberFraming& framing) {
    return make_pixels(layout, framing, {})->info().spec;
  };
  EXPECT_EQ(pixels({.width = 640}, {}), "pixels,width=640");
  EXPECT_EQ(pixels({.width = 1, .channels = 3, .bits = 16}, {.head = 15, .big_endian = true}),
            "pixels,width=1,channels=3,bits=16,order=big,head=15");
  EXPECT_EQ(pixels({.width = 65535, .channels = 8}, {.head = 65535, .pad = 3}),
            "pixels,width=65535,channels=8,head=65535,pad=3");
  EXPECT_EQ(pixels({.width = 9}, {.big_endian = true}), "pixels,width=9") << "bytes have no order";
  const auto samples = [](const SampleLayout& layout, const NumberFraming& framing) {
    return make_samples(layout, framing, {})->info().spec;
  };
  EXPECT_EQ(samples({.bits = 8}, {}), "samples");
  EXPECT_EQ(samples({.channels = 2, .bits = 16}, {.head = 44}), "samples,channels=2,bits=16,head=44");
  EXPECT_EQ(samples({.bits = 24}, {.big_endian = true}), "samples,bits=24,order=big");
}

TEST(NumberPredictor, TellsInWhatOrderItWantsBytes) {
  const auto order = [](const std::shared_ptr<const Predictor>& predictor) {
    return std::pair(predictor->info().number_bytes, predictor->info().first_number);
  };
  using Order = std::pair<unsigned, uint64_t>;
  EXPECT_EQ(order(make_pixels({.width = 9}, {.head = 5}, {})).first, 1u);
  EXPECT_EQ(order(make_pixels({.width = 9, .bits = 16}, {.head = 5}, {})), Order(2, 5));
  EXPECT_EQ(order(make_samples({.bits = 24}, {.head = 44}, {})), Order(3, 44));
  EXPECT_EQ(order(make_samples({.bits = 24}, {.head = 44, .big_endian = true}, {})).first, 1u);
}

TEST(NumberPredictor, IsPortableAndKnowsBits) {
  for (const auto& predictor : {make_pixels({.width = 24}, {}, {}), make_samples({.bits = 16}, {}, {}),
                                make_pixels({.width = 24}, {}, guide_for(model::Numbers::kPixels)),
                                make_samples({.bits = 8}, {}, guide_for(model::Numbers::kSamples))}) {
    EXPECT_EQ(predictor->info().alphabet, 2u);
    EXPECT_EQ(predictor->info().numerics, Numerics::kPortable);
  }
}

TEST(NumberPredictor, LanesTakeTheMemoryOfTheirModels) {
  const PixelLayout layout{.width = 1000, .channels = 3};
  const uint64_t plain = make_pixels(layout, {}, {})->info().lane_bytes;
  EXPECT_GE(plain, numbers::model_bytes(layout));
  EXPECT_GE(make_pixels(layout, {.head = 1}, {})->info().lane_bytes, plain + mix::model_bytes(mix::kMinLevel));
  EXPECT_GT(make_samples({.bits = 8}, {}, guide_for(model::Numbers::kSamples))->info().lane_bytes,
            make_samples({.bits = 8}, {}, {})->info().lane_bytes);
}

TEST(NumberPredictor, GuidedNamesItsModel) {
  const NumberGuide guide = guide_for(model::Numbers::kPixels);
  const auto predictor = make_pixels({.width = 33}, {.head = 3}, guide);
  EXPECT_EQ(predictor->info().spec, "pixels,width=33,head=3,model=a");
  EXPECT_EQ(predictor->info().model_digest, guide.model->digest());
  EXPECT_GT(predictor->info().parameter_bytes, 0u);
  EXPECT_EQ(make_pixels({.width = 33}, {}, {})->info().parameter_bytes, 0u);
}

TEST(NumberPredictor, RefusesLayoutsThatThereAreNot) {
  for (const PixelLayout& layout :
       {PixelLayout{.width = 0}, PixelLayout{.width = 65536}, PixelLayout{.width = 0xFFFFFFFF},
        PixelLayout{.width = 9, .channels = 0}, PixelLayout{.width = 9, .channels = 9},
        PixelLayout{.width = 9, .bits = 0}, PixelLayout{.width = 9, .bits = 12}, PixelLayout{.width = 9, .bits = 24}}) {
    EXPECT_EQ(refusal([&] { return make_pixels(layout, {}, {}); }), "usage")
        << layout.width << ' ' << layout.channels << ' ' << layout.bits;
  }
  for (const SampleLayout& layout :
       {SampleLayout{.channels = 0}, SampleLayout{.channels = 9}, SampleLayout{.bits = 0}, SampleLayout{.bits = 32}}) {
    EXPECT_EQ(refusal([&] { return make_samples(layout, {}, {}); }), "usage") << layout.channels << ' ' << layout.bits;
  }
}

TEST(NumberPredictor, RefusesFramesThatThereAreNot) {
  const auto pixels = [](const PixelLayout& layout, const NumberFraming& framing) {
    return refusal([&] { return make_pixels(layout, framing, {}); });
  };
  EXPECT_EQ(pixels({.width = 9}, {.head = predict::kMaxHead}), "");
  EXPECT_EQ(pixels({.width = 9}, {.head = predict::kMaxHead + 1}), "usage");
  EXPECT_EQ(pixels({.width = 9}, {.pad = predict::kMaxPad}), "");
  EXPECT_EQ(pixels({.width = 9}, {.pad = predict::kMaxPad + 1}), "usage");
  // Bytes between the rows would put numbers at places that are no multiple of their size.
  EXPECT_EQ(pixels({.width = 9, .bits = 16}, {.pad = 1}), "usage");
  EXPECT_EQ(refusal([] { return make_samples({.bits = 24}, {.pad = 1}, {}); }), "usage");
}

TEST(NumberPredictor, HearsNetworksOfItsOwnKindOnly) {
  const auto pixels = [](const PixelLayout& layout, model::Numbers numbers) {
    return refusal([&] { return make_pixels(layout, {}, guide_for(numbers)); });
  };
  const auto samples = [](const SampleLayout& layout, model::Numbers numbers) {
    return refusal([&] { return make_samples(layout, {}, guide_for(numbers)); });
  };
  EXPECT_EQ(pixels({.width = 9}, model::Numbers::kPixels), "");
  EXPECT_EQ(pixels({.width = 9}, model::Numbers::kSamples), "unsupported");
  EXPECT_EQ(pixels({.width = 9}, model::Numbers::kNone), "unsupported");
  EXPECT_EQ(pixels({.width = 9, .channels = 3}, model::Numbers::kPixels), "unsupported");
  EXPECT_NE(pixels({.width = 9, .bits = 16}, model::Numbers::kPixels), "");
  EXPECT_EQ(samples({.bits = 8}, model::Numbers::kSamples), "");
  EXPECT_EQ(samples({.bits = 8}, model::Numbers::kPixels), "unsupported");
  EXPECT_EQ(samples({.bits = 8}, model::Numbers::kNone), "unsupported");
  EXPECT_EQ(samples({.channels = 2, .bits = 8}, model::Numbers::kSamples), "unsupported");
  EXPECT_NE(samples({.bits = 16}, model::Numbers::kSamples), "");
  // A network's rows have no more pixels than it was made for.
  EXPECT_EQ(pixels({.width = model::Architecture::kMaxRow}, model::Numbers::kPixels), "");
  EXPECT_NE(pixels({.width = model::Architecture::kMaxRow + 1}, model::Numbers::kPixels), "");
  EXPECT_NE(pixels({.width = 1}, model::Numbers::kPixels), "");
}

TEST(NumberPredictor, WhatTheNetworkSaysCounts) {
  const Stream bits = bits_of(picture_bytes(60, 1));
  const PixelLayout layout{.width = 24};
  LmShape other = lm_shapes()[5];
  ASSERT_EQ(other.architecture.numbers, model::Numbers::kPixels);
  other.architecture.width *= 2;
  const Trace plain = run_alone(*make_pixels(layout, {}, {}), bits);
  const Trace guided = run_alone(*make_pixels(layout, {}, guide_for(model::Numbers::kPixels)), bits);
  const Trace by_another = run_alone(*make_pixels(layout, {}, {.model = random_lm(other), .name = "a"}), bits);
  EXPECT_NE(guided, plain);
  EXPECT_NE(guided, by_another);
}

TEST(NumberPredictor, NetworksHearOfNumbersOnly) {
  // Another head and other padding of the same size: all numbers are forecast as before.
  const PixelLayout layout{.width = 6};
  const NumberFraming framing{.head = 5, .pad = 2};
  const auto predictor = make_pixels(layout, framing, guide_for(model::Numbers::kPixels));
  Bytes first = picture_bytes(5 + 8 * 12, 2), second = first;
  const auto is_number = [](size_t i) { return i >= 5 && (i - 5) % 8 < 6; };
  for (size_t i = 0; i < second.size(); ++i) {
    if (!is_number(i)) second[i] = static_cast<uint8_t>(second[i] * 7 + 91);
  }
  const Trace one = run_alone(*predictor, bits_of(first)), two = run_alone(*predictor, bits_of(second));
  size_t heads_differ = 0;
  for (size_t i = 0; i < 8 * first.size(); ++i) {
    if (is_number(i / 8)) {
      ASSERT_EQ(one[i], two[i]) << i;
    } else {
      heads_differ += one[i] != two[i];
    }
  }
  EXPECT_GT(heads_differ, 50u);
}

TEST(NumberPredictor, ForesightKnowsWhichBytesAreNumbers) {
  // In pieces that end within the head, within rows and within padding.
  const Stream bits = bits_of(picture_bytes(300, 3));
  const auto predictor = make_pixels({.width = 6}, {.head = 5, .pad = 2}, guide_for(model::Numbers::kPixels));
  const Trace expected = run_alone(*predictor, bits);
  for (const size_t bytes : {1, 3, 7, 64, 1000}) {
    const auto session = predictor->open(1);
    const size_t piece = 8 * bytes;
    for (size_t i = 0; i < bits.size(); ++i) {
      if (i % piece == 0) session->foresee(0, std::span(bits).subspan(i, std::min(piece, bits.size() - i)));
      ASSERT_EQ(digest(session->forecast(0)), expected[i]) << i << " in pieces of " << bytes;
      session->advance({&bits[i], 1});
    }
  }
}

}  // namespace
}  // namespace lmzip::test
