// SPDX-License-Identifier: Apache-2.0
#include "sample/samples.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "media/image.h"
#include "media/sound.h"

namespace lmzip::sample {
namespace {

TEST(Samples, ThePictureIsGreyAndOfThePapersSize) {
  const media::Image image = media::decode_image(sample_image());
  EXPECT_EQ(image.size.width, 500u);
  EXPECT_EQ(image.size.height, 290u);
  EXPECT_EQ(image.channels, 1u);
}

TEST(Samples, EachHalfOfAlmostEachRowOfThePictureHasSomethingToContinue) {
  const media::Image image = media::decode_image(sample_image());
  int varied = 0;
  for (size_t half = 0; half < 2 * 290; ++half) {
    const auto begin = image.pixels.begin() + static_cast<ptrdiff_t>(half * 250);
    varied += std::set<uint8_t>(begin, begin + 250).size() >= 16;
  }
  EXPECT_GE(varied, 570);
}

TEST(Samples, TheSoundIsSomeSecondsOfWidebandMonoWithRoomAboveIt) {
  media::SoundFormat format;
  std::vector<int32_t> samples;
  media::decode_sound(
      sample_sound(), [&](const media::SoundFormat& found) { format = found; },
      [&](std::span<const int32_t> piece) {
        samples.insert(samples.end(), piece.begin(), piece.end());
        return true;
      });
  EXPECT_EQ(format.rate, 16000u);
  EXPECT_EQ(format.channels, 1u);
  EXPECT_EQ(format.bits, 16u);
  EXPECT_EQ(format.length, samples.size());
  EXPECT_GE(samples.size(), 3u * 16000);
  EXPECT_LE(samples.size(), 6u * 16000);
  const auto [least, most] = std::ranges::minmax(samples);
  EXPECT_NEAR(std::max(-least, most), 16384, 256) << "half of full scale: -6 dB";
  // Nowhere digitally silent: no 20 ms of few values.
  for (size_t i = 0; i + 320 <= samples.size(); i += 320) {
    const auto begin = samples.begin() + static_cast<ptrdiff_t>(i);
    EXPECT_GE(std::set<int32_t>(begin, begin + 320).size(), 10u) << "from sample " << i;
  }
}

TEST(Samples, TheTextIsVisibleUtf8OfMoreThanAsciiAndBreaksOffAfterAWord) {
  const ByteSpan text = sample_text();
  EXPECT_GE(text.size(), 3500u);
  EXPECT_LE(text.size(), 4500u);
  base::VisibleText visible;
  const std::string shown = visible.add(text) + visible.finish();
  EXPECT_EQ(shown, std::string(text.begin(), text.end())) << "nothing had to be escaped";
  EXPECT_TRUE(std::ranges::any_of(text, [](uint8_t byte) { return byte >= 0x80; }));
  EXPECT_TRUE(text.back() >= 'a' && text.back() <= 'z');
}

}  // namespace
}  // namespace lmzip::sample
