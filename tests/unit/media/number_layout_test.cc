// SPDX-License-Identifier: Apache-2.0
#include "media/number_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "media/sound.h"
#include "portability/forecast_digest.h"
#include "unit/media/makers.h"

namespace lmzip::media {

std::ostream& operator<<(std::ostream& out, const NumberLayout& layout) {
  return out << (layout.kind == NumberLayout::Kind::kPixels ? "pixels" : "samples") << " width " << layout.width
             << " channels " << layout.channels << " bits " << layout.bits << " big " << layout.big_endian << " head "
             << layout.head << " pad " << layout.pad;
}

namespace {

using Kind = NumberLayout::Kind;
using test::make_recording;
using test::make_wav;
using test::WavKind;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// In little-endian order; what is longer than the value ends in zeros.
void append(Bytes& out, uint32_t value, size_t bytes) {
  for (; bytes > 0; --bytes, value >>= 8) out.push_back(static_cast<uint8_t>(value));
}

void set(Bytes& file, size_t at, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) file[at + i] = static_cast<uint8_t>(value >> 8 * i);
}

std::optional<NumberLayout> of_text(std::string_view text) { return find_numbers(bytes_of(text)); }

/// Whatever it is taken for, src/numbers has a model of it, and it does not end before it begins.
void expect_sound(const std::optional<NumberLayout>& layout) {
  if (!layout) return;
  const bool pixels = layout->kind == Kind::kPixels;
  EXPECT_TRUE(layout->channels >= 1 && layout->channels <= 8) << *layout;
  EXPECT_TRUE(layout->bits == 8 || layout->bits == 16 || (layout->bits == 24 && !pixels)) << *layout;
  EXPECT_TRUE(pixels ? layout->width >= 1 && layout->width <= 65535 : layout->width == 0) << *layout;
  EXPECT_TRUE(layout->pad <= 3 && layout->head <= 65535) << *layout;
  EXPECT_TRUE(layout->pad == 0 || layout->bits == 8) << *layout;
  EXPECT_GE(layout->period(), 1u);
}

/// Cut after every byte, and with every byte changed: something sound or nothing, and never an exception.
void expect_survives(const Bytes& file) {
  for (size_t size = 0; size <= file.size(); ++size) expect_sound(find_numbers(ByteSpan(file).first(size)));
  for (size_t at = 0; at < file.size(); ++at) {
    for (const uint8_t flip : Bytes{0x01, 0x80, 0xFF}) {
      Bytes damaged = file;
      damaged[at] ^= flip;
      expect_sound(find_numbers(damaged));
    }
  }
}

// WAV.

TEST(NumbersOfWav, AreItsSamples) {
  for (const unsigned bits : {8u, 16u, 24u}) {
    for (const unsigned channels : {1u, 2u, 8u}) {
      const NumberLayout plain{.kind = Kind::kSamples, .channels = channels, .bits = bits, .head = 44};
      const test::Recording recording = make_recording(50, bits, channels);
      EXPECT_EQ(find_numbers(write_wav({16000, channels, bits}, recording.samples)), plain);
      // Behind chunks that nobody needs the samples are at the end all the same.
      for (const WavKind kind : {WavKind::kPlain, WavKind::kExtensible}) {
        const Bytes file = make_wav(recording, kind);
        NumberLayout later = plain;
        later.head = static_cast<uint32_t>(file.size() - recording.samples.size() * bits / 8);
        EXPECT_EQ(find_numbers(file), later);
        EXPECT_GT(later.head, 44u);
      }
    }
  }
}

TEST(NumbersOfWav, NeedNoMoreThanItsHeaders) {
  for (const WavKind kind : {WavKind::kPlain, WavKind::kExtensible}) {
    const Bytes file = make_wav(make_recording(5), kind);
    const auto layout = find_numbers(file);
    ASSERT_TRUE(layout);
    EXPECT_EQ(find_numbers(ByteSpan(file).first(layout->head)), layout);
    EXPECT_EQ(find_numbers(ByteSpan(file).first(layout->head - 1)), std::nullopt);
  }
}

TEST(NumbersOfWav, AreNoneOfWhatTheModelsDoNotKnow) {
  EXPECT_EQ(find_numbers(make_wav(make_recording(9, 32))), std::nullopt);
  Bytes floating = write_wav({16000, 1, 16}, std::vector<int32_t>(9));
  ASSERT_TRUE(find_numbers(floating));
  set(floating, 20, 3, 2);
  EXPECT_EQ(find_numbers(floating), std::nullopt);
  Bytes many = write_wav({16000, 8, 8}, std::vector<int32_t>(16));
  set(many, 22, 9, 2);
  set(many, 32, 9, 2);
  EXPECT_EQ(find_numbers(many), std::nullopt);
}

TEST(NumbersOfWav, BeginNoFurtherThanTextsCanSay) {
  const auto with_junk = [](uint32_t size) {
    Bytes file = bytes_of("RIFF\0\0\0\0WAVE");
    file.resize(12);
    std::copy_n("RIFF\0\0\0\0WAVEJUNK", 16, file.insert(file.end(), 4, 0) - 12);
    append(file, size, 4);
    file.resize(file.size() + size);
    const Bytes rest = write_wav({16000, 1, 16}, std::vector<int32_t>(9));
    file.insert(file.end(), rest.begin() + 12, rest.end());
    return file;
  };
  const auto layout = find_numbers(with_junk(65535 - 52 - 1));
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->head, 65534u);
  EXPECT_EQ(find_numbers(with_junk(65535 - 52 + 1)), std::nullopt);
}

TEST(NumbersOfWav, SurviveDamage) {
  for (const unsigned bits : {8u, 24u}) {
    for (const WavKind kind : {WavKind::kPlain, WavKind::kExtensible})
      expect_survives(make_wav(make_recording(3, bits, 2), kind));
  }
}

// PNM.

TEST(NumbersOfPnm, AreItsPixels) {
  EXPECT_EQ(of_text("P5 7 3 255\nabc"), (NumberLayout{.width = 7, .head = 11}));
  EXPECT_EQ(of_text("P6\n640\t480\n255 abc"), (NumberLayout{.width = 640, .channels = 3, .head = 15}));
  EXPECT_EQ(of_text("P5 7 3 1\n"), (NumberLayout{.width = 7, .head = 9}));
  EXPECT_EQ(of_text("P5 7 3 256\nabc"), (NumberLayout{.width = 7, .bits = 16, .big_endian = true, .head = 11}));
  EXPECT_EQ(of_text("P6 7 3 65535\nabc"),
            (NumberLayout{.width = 7, .channels = 3, .bits = 16, .big_endian = true, .head = 13}));
}

TEST(NumbersOfPnm, BeginBehindOneWhiteCharacter) {
  // The second could be a pixel.
  EXPECT_EQ(of_text("P5 7 3 255\n\n\n")->head, 11u);
  EXPECT_EQ(of_text("P5\r\n7\r\n3\r\n255\r\n")->head, 14u);
  EXPECT_EQ(of_text("P5 7 3 255"), std::nullopt) << "the number may go on";
}

TEST(NumbersOfPnm, CommentsAreNone) {
  const std::string header = "P5\n# made by 9 9 9\n7 # width\n# two\n# lines\n3\n255\n";
  EXPECT_EQ(of_text(header + "abc"), (NumberLayout{.width = 7, .head = static_cast<uint32_t>(header.size())}));
  EXPECT_EQ(of_text("P5\n# without an end 7 3 255"), std::nullopt);
}

TEST(NumbersOfPam, AreItsPixels) {
  for (const unsigned depth : {1u, 2u, 3u, 4u, 8u}) {
    for (const unsigned most : {1u, 255u, 256u, 65535u}) {
      const std::string header = "P7\nWIDTH 227\nHEIGHT 149\nDEPTH " + std::to_string(depth) + "\nMAXVAL " +
                                 std::to_string(most) + "\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
      EXPECT_EQ(of_text(header + "abc"), (NumberLayout{.width = 227,
                                                       .channels = depth,
                                                       .bits = most > 255 ? 16u : 8u,
                                                       .big_endian = most > 255,
                                                       .head = static_cast<uint32_t>(header.size())}));
    }
  }
  const std::string mixed = "P7\n# WIDTH 3\nDEPTH 1\nMAXVAL 255 HEIGHT 1\nWIDTH 9\nENDHDR\n";
  EXPECT_EQ(of_text(mixed + "abc"), (NumberLayout{.width = 9, .head = static_cast<uint32_t>(mixed.size())}));
}

TEST(NumbersOfPnm, AreNoneOfWhatTheModelsDoNotKnow) {
  for (const char* text : {"P4 7 3\nabc",
                           "P2 7 3 255\n1 2 3",
                           "P1 7 3\n0 1",
                           "P3 1 1 255\n1 2 3",
                           "PF\n7 3\n-1\nabc",
                           "P5 0 3 255\n",
                           "P5 7 0 255\n",
                           "P5 7 3 0\n",
                           "P5 65536 3 255\n",
                           "P5 99999999999999999999 3 255\n",
                           "P5 7 3 65536\n",
                           "P5 -7 3 255\n",
                           "P5 7x 3 255\n",
                           "P5 0x7 3 255\n",
                           "P5 7.0 3 255\n",
                           "P5",
                           "P6",
                           "P7",
                           "P7\n",
                           "P7\nWIDTH 3\nHEIGHT 3\nDEPTH 9\nMAXVAL 255\nENDHDR\n",
                           "P7\nWIDTH 3\nHEIGHT 3\nDEPTH 0\nMAXVAL 255\nENDHDR\n",
                           "P7\nWIDTH 3\nHEIGHT 3\nDEPTH 1\nENDHDR\n",
                           "P7\nHEIGHT 3\nDEPTH 1\nMAXVAL 255\nENDHDR\n",
                           "P7\nWIDTH 3\nDEPTH 1\nMAXVAL 255\nENDHDR\n",
                           "P7\nWIDTH 3\nHEIGHT 3\nDEPTH 1\nMAXVAL 255\n"}) {
    EXPECT_EQ(of_text(text), std::nullopt) << text;
  }
}

TEST(NumbersOfPnm, HeadersWithoutEndAreNone) {
  // Longer than any program writes; and nothing that could go on for ever.
  std::string words = "P7\n", comments = "P5 7 3\n", spaces = "P5 7 3";
  for (int i = 0; i < 30'000; ++i) words += "WIDTH 3\n";
  for (int i = 0; i < 30'000; ++i) comments += "# 255\n";
  spaces += std::string(70'000, ' ');
  EXPECT_EQ(of_text(words + "ENDHDR\n"), std::nullopt);
  EXPECT_EQ(of_text(comments + "255\n"), std::nullopt);
  EXPECT_EQ(of_text(spaces + "255\n"), std::nullopt);
}

TEST(NumbersOfPnm, SurviveDamage) {
  expect_survives(bytes_of("P5\n# comment\n7 3\n255\nabcdefgh"));
  expect_survives(bytes_of("P6 12 3 65535\nabcdefgh"));
  expect_survives(bytes_of("P7\nWIDTH 227\nHEIGHT 149\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\nabcdefgh"));
}

// BMP.

/// A header of 40 bytes, the palette and `rows` of zeros; `palette` gives entry i as 0x00RRGGBB.
template <typename Palette>
Bytes make_bmp(uint32_t width, unsigned bits, uint32_t packing, Palette palette) {
  const uint32_t entries = bits == 8 ? 256 : 0, head = 54 + 4 * entries;
  Bytes file = bytes_of("BM");
  append(file, 0, 8);
  append(file, head, 4);
  append(file, 40, 4);
  append(file, width, 4);
  append(file, 2, 4);
  append(file, 1, 2);
  append(file, bits, 2);
  append(file, packing, 4);
  file.resize(54);
  for (uint32_t i = 0; i < entries; ++i) append(file, palette(i), 4);
  file.resize(head + 2 * ((uint64_t{std::min(width, 9u)} * bits / 8 + 3) / 4 * 4));
  return file;
}
uint32_t grey(uint32_t i) { return i * 0x010101; }
Bytes make_bmp(uint32_t width, unsigned bits, uint32_t packing = 0) { return make_bmp(width, bits, packing, grey); }

TEST(NumbersOfBmp, AreItsPixelsInRowsOfWholeWords) {
  for (const unsigned bits : {8u, 24u, 32u}) {
    for (const uint32_t width : {1u, 2u, 3u, 4u, 5u, 1000u, 65535u}) {
      const auto layout = find_numbers(make_bmp(width, bits));
      ASSERT_TRUE(layout) << width << ' ' << bits;
      EXPECT_EQ(layout->period() % 4, 0u);
      EXPECT_EQ(layout->period(), (uint64_t{width} * bits + 31) / 32 * 4);
      const NumberLayout expected{
          .width = width, .channels = bits / 8, .head = bits == 8 ? 54u + 1024 : 54u, .pad = layout->pad};
      EXPECT_EQ(layout, expected);
    }
  }
}

TEST(NumbersOfBmp, OfAPaletteArePixelsOnlyIfItIsGrey) {
  EXPECT_TRUE(find_numbers(make_bmp(5, 8, 0, [](uint32_t i) { return grey(i) | 0xFF000000; }))) << "no colour";
  for (const uint32_t wrong : {0u, 100u, 255u}) {
    for (const uint32_t colour : {0x000001u, 0x000100u, 0x010000u}) {
      EXPECT_FALSE(find_numbers(make_bmp(5, 8, 0, [&](uint32_t i) { return grey(i) ^ (i == wrong ? colour : 0); })));
    }
  }
  EXPECT_FALSE(find_numbers(make_bmp(5, 8, 0, [](uint32_t i) { return grey(255 - i); }))) << "from white to black";
  Bytes few = make_bmp(5, 8);
  set(few, 10, 54 + 4 * 255, 4);
  EXPECT_FALSE(find_numbers(few)) << "not 256 entries";
}

TEST(NumbersOfBmp, AreNoneOfWhatTheModelsDoNotKnow) {
  for (const unsigned bits : {0u, 1u, 4u, 16u, 25u, 64u}) EXPECT_FALSE(find_numbers(make_bmp(5, bits))) << bits;
  EXPECT_FALSE(find_numbers(make_bmp(5, 8, 1))) << "run lengths";
  EXPECT_FALSE(find_numbers(make_bmp(5, 24, 3))) << "masks are for 32 bits";
  EXPECT_TRUE(find_numbers(make_bmp(5, 32, 3)));
  for (const uint32_t packing : {2u, 4u, 5u, 6u, 0xFFFFFFFFu}) EXPECT_FALSE(find_numbers(make_bmp(5, 32, packing)));
}

TEST(NumbersOfBmp, HostileHeadersAreNone) {
  for (const uint32_t width : {0u, 65536u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFBu, 0xFFFFFFFFu}) {
    for (const unsigned bits : {8u, 24u, 32u}) EXPECT_FALSE(find_numbers(make_bmp(width, bits))) << width;
  }
  for (const uint32_t head : {0u, 53u, 65536u, 0xFFFFFFFFu}) {
    Bytes file = make_bmp(5, 24);
    set(file, 10, head, 4);
    EXPECT_FALSE(find_numbers(file)) << head;
  }
  for (const uint32_t info : {0u, 12u, 39u, 41u, 65536u, 0xFFFFFFF2u, 0xFFFFFFFFu}) {
    for (const unsigned bits : {8u, 24u}) {
      Bytes file = make_bmp(5, bits);
      set(file, 14, info, 4);
      EXPECT_FALSE(find_numbers(file)) << info;
    }
  }
}

TEST(NumbersOfBmp, SurviveDamage) {
  expect_survives(make_bmp(5, 24));
  const Bytes file = make_bmp(5, 8);
  for (size_t size = 0; size <= file.size(); ++size) expect_sound(find_numbers(ByteSpan(file).first(size)));
  EXPECT_FALSE(find_numbers(ByteSpan(file).first(54 + 1023)));
  EXPECT_TRUE(find_numbers(ByteSpan(file).first(54 + 1024)));
}

TEST(FindNumbers, FindsNoneElsewhere) {
  EXPECT_FALSE(find_numbers({}));
  for (const Bytes& bytes : {test::text_bytes(3000, 1), test::random_bytes(3000, 1), Bytes(3000, 0), bytes_of("RIFF"),
                             bytes_of("RIFF....AVI "), bytes_of("RIFFWAVE"), bytes_of("B"), bytes_of("BM"),
                             test::make_flac(make_recording(20))}) {
    EXPECT_FALSE(find_numbers(bytes));
  }
}

TEST(NumberLayout, PeriodIsARowOrASampleOfEachChannel) {
  EXPECT_EQ((NumberLayout{.kind = Kind::kSamples, .channels = 2, .bits = 24}.period()), 6u);
  EXPECT_EQ((NumberLayout{.kind = Kind::kSamples, .channels = 1, .bits = 8}.period()), 1u);
  EXPECT_EQ((NumberLayout{.width = 7, .channels = 3, .pad = 3}.period()), 24u);
  EXPECT_EQ((NumberLayout{.width = 65535, .channels = 8, .bits = 16}.period()), 65535u * 16);
}

// Widths.

/// A texture of blotches that have no direction, so that only the row above tells a pixel; with grain.
Bytes textured(uint32_t width, uint32_t height, const NumberLayout& layout, uint64_t seed) {
  test::Lehmer random(seed);
  struct Wave {
    double x, y, phase;
  };
  std::vector<Wave> waves;
  for (int i = 0; i < 24; ++i) {
    const double angle = random.below(6284) / 1000.0, frequency = 0.02 + random.below(1000) / 3500.0;
    waves.push_back({frequency * std::cos(angle), frequency * std::sin(angle), random.below(6284) / 1000.0});
  }
  Bytes bytes;
  for (uint32_t y = 0; y < height; ++y) {
    for (uint32_t x = 0; x < width; ++x) {
      double sum = 0;
      for (const Wave& wave : waves) sum += std::sin(wave.x * x + wave.y * y + wave.phase);
      for (unsigned c = 0; c < layout.channels; ++c) {
        const double value = std::clamp(128 + 17 * sum + 10 * c + random.below(1000) / 200.0, 0.0, 255.9);
        const auto number = static_cast<uint32_t>(value * (layout.bits == 16 ? 256 : 1));
        if (layout.bits == 16 && layout.big_endian) bytes.push_back(static_cast<uint8_t>(number >> 8));
        bytes.push_back(static_cast<uint8_t>(number));
        if (layout.bits == 16 && !layout.big_endian) bytes.push_back(static_cast<uint8_t>(number >> 8));
      }
    }
  }
  return bytes;
}

TEST(FindWidth, FindsThatOfATexturedPicture) {
  for (const NumberLayout& layout : {NumberLayout{}, NumberLayout{.channels = 3}, NumberLayout{.bits = 16},
                                     NumberLayout{.channels = 2, .bits = 16, .big_endian = true}}) {
    for (const uint32_t width : {64u, 101u, 320u}) {
      EXPECT_EQ(find_width(textured(width, 200, layout, width), layout), width) << layout;
    }
  }
}

TEST(FindWidth, FindsNoneInNoiseNorWhereAllIsAlike) {
  for (const uint64_t seed : {1, 2, 3}) EXPECT_EQ(find_width(test::random_bytes(100'000, seed), {}), std::nullopt);
  EXPECT_EQ(find_width(Bytes(100'000, 7), {}), std::nullopt);
  Bytes ramp(100'000);  // the further the more different
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<uint8_t>(i / 400);
  EXPECT_EQ(find_width(ramp, {}), std::nullopt);
}

TEST(FindWidth, FindsNoneInTooLittle) {
  const NumberLayout wide{.channels = 8, .bits = 16};
  for (size_t size = 0; size < 68; ++size) {
    EXPECT_EQ(find_width(test::picture_bytes(size, 1), {}), std::nullopt) << size;
    EXPECT_EQ(find_width(test::picture_bytes(16 * size, 1), wide), std::nullopt) << size;
  }
}

TEST(FindWidth, IsOneThatThePixelsHaveRoomFor) {
  // Pictures of few rows, numbers cut short, other layouts than the right one: at least 8, and four rows at least.
  for (const size_t size : {68u, 69u, 100u, 1000u, 4097u, 30'001u}) {
    for (const Bytes& bytes : {test::picture_bytes(size, 2), test::record_bytes(size, 2), test::sound_bytes(size, 2)}) {
      for (const NumberLayout& layout : {NumberLayout{}, NumberLayout{.channels = 3}, NumberLayout{.bits = 16},
                                         NumberLayout{.channels = 8, .bits = 16, .big_endian = true}}) {
        const auto width = find_width(bytes, layout);
        if (!width) continue;
        EXPECT_GE(*width, 8u);
        EXPECT_LE(uint64_t{*width} * layout.channels * (layout.bits / 8) * 4, size);
      }
    }
  }
}

TEST(FindWidth, SaysTheSameOfTheSamePixels) {
  const Bytes picture = textured(150, 90, {}, 5);
  EXPECT_EQ(find_width(picture, {}), find_width(picture, {}));
}

}  // namespace
}  // namespace lmzip::media
