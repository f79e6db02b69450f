// SPDX-License-Identifier: Apache-2.0
#include "sample/sound.h"

#include <gtest/gtest.h>

#include "lmzip/error.h"
#include "media/sound.h"

namespace lmzip::sample {
namespace {

Bytes wav(unsigned channels, unsigned bits, const std::vector<int32_t>& samples) {
  return media::write_wav({.rate = 8000, .channels = channels, .bits = bits}, samples);
}

TEST(Sound, ChannelsAreMeanAndSamplesBecomeSixteenBits) {
  EXPECT_EQ(decode_sound(wav(1, 16, {-32768, 5, 32767}), 1).samples, (std::vector<int32_t>{-32768, 5, 32767}));
  EXPECT_EQ(decode_sound(wav(2, 16, {100, 300, -100, -300}), 1).samples, (std::vector<int32_t>{200, -200}));
  EXPECT_EQ(decode_sound(wav(1, 24, {0x123456, -0x123456}), 1).samples, (std::vector<int32_t>{0x1234, -0x1235}));
  EXPECT_EQ(decode_sound(wav(1, 8, {-128, 1}), 1).samples, (std::vector<int32_t>{-32768, 256}));
}

TEST(Sound, NoMoreIsReadThanAskedFor) {
  const Bytes file = wav(1, 16, std::vector<int32_t>(20000, 7));
  EXPECT_EQ(decode_sound(file, 0.5).samples.size(), 4000u);
  EXPECT_EQ(decode_sound(file, 1e9).samples.size(), 20000u);
  EXPECT_THROW(decode_sound(wav(1, 16, {}), 1), Error);
}

TEST(Sound, EightBitsAreThePapersHighBytes) {
  const Sound sound{.rate = 16000, .samples = {-32768, -1, 0, 255, 256, 32767}};
  EXPECT_EQ(sound_bytes(sound, 8), (Bytes{0, 127, 128, 128, 129, 255}));
  EXPECT_EQ(sound_of(sound_bytes(sound, 8), 8, 16000).samples, (std::vector<int32_t>{-128, -1, 0, 0, 1, 127}));
}

TEST(Sound, SixteenBitsComeBack) {
  const Sound sound{.rate = 16000, .samples = {-32768, -1, 0, 258, 32767}};
  const Bytes bytes = sound_bytes(sound, 16);
  EXPECT_EQ(bytes[6], 2);
  EXPECT_EQ(bytes[7], 1);
  EXPECT_EQ(sound_of(bytes, 16, 16000).samples, sound.samples);
  EXPECT_EQ(sound_of(ByteSpan(bytes).first(5), 16, 16000).samples.size(), 2u);
}

TEST(SoundPrompt, IsCutWhereTheContextEnds) {
  for (const unsigned bits : {8u, 16u}) {
    const Sound recording{.rate = 1000, .samples = std::vector<int32_t>(3000, 512)};
    const SoundPrompt prompt(recording, {.bits = bits, .context_seconds = 0.5, .seconds = 2});
    EXPECT_EQ(prompt.prompt().size(), 500 * bits / 8);
    EXPECT_EQ(prompt.missing(), 2000 * bits / 8);
    EXPECT_EQ(prompt.original().bits, bits);
    const Sound whole = prompt.completed({Bytes(prompt.missing(), 3), {}});
    ASSERT_EQ(whole.samples.size(), 2500u);
    EXPECT_EQ(whole.samples[499], bits == 8 ? 2 : 512);
    EXPECT_EQ(whole.samples[500], bits == 8 ? 3 - 128 : 0x303);
    EXPECT_GT(prompt.spectrogram(whole).size.width, 0u);
    EXPECT_EQ(decode_sound(wav_of(whole), 9).samples.size(), 2500u) << "others can open it";
  }
}

TEST(SoundPrompt, AShortRecordingIsAllContext) {
  const SoundPrompt prompt({.rate = 1000, .samples = {1, 2, 3}}, {.context_seconds = 5, .seconds = 1});
  EXPECT_EQ(prompt.prompt().size(), 3u);
  EXPECT_THROW(SoundPrompt({.rate = 1000, .samples = {1}}, {.seconds = 0.0001}), Error);
}

}  // namespace
}  // namespace lmzip::sample
