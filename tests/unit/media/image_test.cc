// SPDX-License-Identifier: Apache-2.0
#include "media/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>

#include "lmzip/error.h"
#include "unit/media/makers.h"
#include "unit/model/folder.h"

namespace lmzip::media {
namespace {

using test::JpegKind;
using test::make_jpeg;
using test::make_picture;
using test::make_png;
using test::Picture;
using test::PngColours;
using test::PngKind;

Image read(const Bytes& file) {
  const test::Folder folder;
  return read_image(folder.write("picture", file));
}

/// Of the differences between two pictures of the same shape.
double mean_difference(const Bytes& a, const Bytes& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

/// The error that `work` ends in.
Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorKind::kUsage, ""};
}

TEST(Jpeg, ComesBackAlmostAsItWas) {
  for (const unsigned channels : {1u, 3u}) {
    for (const JpegKind kind : {JpegKind::kSequential, JpegKind::kProgressive}) {
      const Picture picture = make_picture(83, 41, channels);
      const Image image = read(make_jpeg(picture, kind, 98));
      EXPECT_EQ(image.size.width, 83u);
      EXPECT_EQ(image.size.height, 41u);
      EXPECT_EQ(image.channels, channels);
      EXPECT_LT(mean_difference(image.pixels, picture.pixels), 6);
    }
  }
}

TEST(Jpeg, InksOfAdobeAreInverted) {
  // One colour everywhere, so that nothing is lost: cyan 255 (none), magenta 100, yellow 200, black 153 (of 255 none).
  Picture picture{16, 16, 4, {}};
  for (int i = 0; i < 256; ++i) picture.pixels.insert(picture.pixels.end(), {255, 100, 200, 153});
  const Image image = read(make_jpeg(picture, JpegKind::kSequential, 100));
  ASSERT_EQ(image.channels, 3u);
  EXPECT_NEAR(image.pixels[0], 153, 2);
  EXPECT_NEAR(image.pixels[1], 60, 2);
  EXPECT_NEAR(image.pixels[2], 120, 2);
}

TEST(Jpeg, WithoutAdobesMarkHasInksAsTheyAre) {
  Picture picture{16, 16, 4, {}};
  for (int i = 0; i < 256; ++i) picture.pixels.insert(picture.pixels.end(), {0, 155, 55, 102});
  Bytes file = make_jpeg(picture, JpegKind::kSequential, 100);
  const std::string mark = "Adobe";
  const auto at = std::search(file.begin(), file.end(), mark.begin(), mark.end());
  ASSERT_NE(at, file.end());
  *at = 'B';
  const Image image = read(file);
  EXPECT_NEAR(image.pixels[0], 153, 2);
  EXPECT_NEAR(image.pixels[1], 60, 2);
  EXPECT_NEAR(image.pixels[2], 120, 2);
}

TEST(Jpeg, SurplusBytesDoNoHarm) {
  const Bytes file = make_jpeg(make_picture(40, 40, 3));
  Bytes longer = file;
  longer.insert(longer.end(), {1, 2, 3});
  EXPECT_EQ(read(longer).pixels, read(file).pixels);
  Bytes stuffed = file;
  stuffed.insert(stuffed.end() - 2, {0, 0, 0, 0});  // before the end marker: libjpeg only warns
  EXPECT_EQ(read(stuffed).pixels, read(file).pixels);
}

TEST(Png, OfEveryKindHasItsColours) {
  const Picture rgb = make_picture(37, 29, 3), grey = make_picture(37, 29, 1);
  Picture rgba{37, 29, 4, {}}, grey_alpha{37, 29, 2, {}}, deep{37, 29, 3, {}};
  for (size_t i = 0; i < rgb.pixels.size(); ++i) {
    rgba.pixels.push_back(rgb.pixels[i]);
    if (i % 3 == 2) rgba.pixels.push_back(static_cast<uint8_t>(i));
    deep.pixels.insert(deep.pixels.end(), {rgb.pixels[i], 0xFF});  // cut, not rounded
  }
  for (size_t i = 0; i < grey.pixels.size(); ++i) {
    grey_alpha.pixels.insert(grey_alpha.pixels.end(), {grey.pixels[i], static_cast<uint8_t>(i)});
  }
  for (const bool interlaced : {false, true}) {
    for (const bool transparent : {false, true}) {
      EXPECT_EQ(read(make_png(rgb, {PngColours::kRgb, 8, interlaced, transparent})).pixels, rgb.pixels);
      EXPECT_EQ(read(make_png(grey, {PngColours::kGrey, 8, interlaced, transparent})).pixels, grey.pixels);
      EXPECT_EQ(read(make_png(deep, {PngColours::kRgb, 16, interlaced, transparent})).pixels, rgb.pixels);
    }
    EXPECT_EQ(read(make_png(rgba, {PngColours::kRgba, 8, interlaced})).pixels, rgb.pixels);
    EXPECT_EQ(read(make_png(grey_alpha, {PngColours::kGreyAlpha, 8, interlaced})).pixels, grey.pixels);
  }
}

TEST(Png, PalettesAndFewBitsAreResolved) {
  const Picture two_bits{5, 1, 1, {0b00011011, 0b01000000}};  // 0 1 2 3 1
  for (const bool transparent : {false, true}) {
    EXPECT_EQ(read(make_png(two_bits, {PngColours::kPalette, 2, false, transparent})).pixels,
              (Bytes{0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0}));
    EXPECT_EQ(read(make_png(two_bits, {PngColours::kGrey, 2, false, transparent})).pixels,
              (Bytes{0, 85, 170, 255, 85}));
  }
}

TEST(Image, SizeIsThatOfTheWholeImage) {
  const test::Folder folder;
  const std::string jpeg = folder.write("a", make_jpeg(make_picture(100, 7, 3)));
  const std::string png = folder.write("b", make_png(make_picture(3, 65, 3), {}));
  EXPECT_EQ(read_image_size(jpeg).width, 100u);
  EXPECT_EQ(read_image_size(jpeg).height, 7u);
  EXPECT_EQ(read_image_size(png).width, 3u);
  EXPECT_EQ(read_image_size(png).height, 65u);
}

TEST(Image, GreyIsTheMeanCutToAnInteger) {
  const Image image{{4, 1}, 3, {1, 1, 0, 255, 255, 255, 0, 0, 2, 10, 20, 31}};
  EXPECT_EQ(grey(image), (Bytes{0, 255, 0, 20}));
  EXPECT_EQ(grey(Image{{2, 1}, 1, {7, 9}}), (Bytes{7, 9}));
}

std::vector<Bytes> small_files() {
  return {make_jpeg(make_picture(20, 20, 3)), make_jpeg(make_picture(20, 20, 1)),
          make_jpeg(make_picture(20, 20, 3), JpegKind::kProgressive), make_png(make_picture(20, 20, 3), {}),
          make_png(make_picture(20, 20, 3), {.interlaced = true})};
}

TEST(Png, WrittenIsReadAgainAsItWas) {
  for (const unsigned channels : {1u, 3u}) {
    for (const auto& [width, height] : {std::pair{1u, 1u}, {1u, 300u}, {777u, 1u}, {500u, 290u}}) {
      const Image image{{width, height}, channels, make_picture(width, height, channels).pixels};
      const Image again = decode_image(write_png(image));
      EXPECT_EQ(again.size.width, width);
      EXPECT_EQ(again.size.height, height);
      EXPECT_EQ(again.channels, channels);
      EXPECT_EQ(again.pixels, image.pixels);
    }
  }
}

TEST(Png, WrittenIsSmallerThanItsPixels) {
  Image smooth{{256, 256}, 1, {}};
  for (int i = 0; i < 256 * 256; ++i) smooth.pixels.push_back(static_cast<uint8_t>(i / 256 + i));
  EXPECT_LT(write_png(smooth).size(), 2000u);  // filters make it constant; without them it is noise to zlib
}

TEST(Png, IsNotWrittenOfWhatIsNoImage) {
  const auto kind = [](const Image& image) { return error_of([&] { write_png(image); }).kind(); };
  EXPECT_EQ(kind({{2, 2}, 1, Bytes(3)}), ErrorKind::kUsage);
  EXPECT_EQ(kind({{2, 2}, 3, Bytes(13)}), ErrorKind::kUsage);
  EXPECT_EQ(kind({{2, 2}, 2, Bytes(8)}), ErrorKind::kUsage);
  EXPECT_EQ(kind({{0, 2}, 1, {}}), ErrorKind::kUsage);
  EXPECT_EQ(kind({{2, 0}, 1, {}}), ErrorKind::kUsage);
  EXPECT_EQ(kind({{kMaxImageSide + 1, 1}, 1, Bytes(kMaxImageSide + 1)}), ErrorKind::kLimit);
}

TEST(Image, InMemoryIsDecodedAsFromAFile) {
  for (const Bytes& file : small_files()) {
    EXPECT_EQ(decode_image(file).pixels, read(file).pixels);
    EXPECT_EQ(error_of([&] { decode_image(ByteSpan(file).first(file.size() / 2)); }).kind(), ErrorKind::kCorrupt);
  }
  EXPECT_STREQ(error_of([] { decode_image({}); }).what(), "neither JPEG nor PNG");
}

TEST(Image, CutAnywhereIsAnErrorThatNamesTheFile) {
  const test::Folder folder;
  for (const Bytes& file : small_files()) {
    ASSERT_NO_THROW(read(file));
    for (size_t size = 0; size < file.size(); ++size) {
      const std::string path = folder.write("cut", ByteSpan(file).first(size));
      const Error error = error_of([&] { read_image(path); });
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
      EXPECT_EQ(std::string(error.what()).rfind(path + ": ", 0), 0u) << error.what();
      folder.remove("cut");  // writing over it would wait for the disk
    }
  }
}

TEST(Image, DamagedAnywhereIsAnErrorOrAnImage) {
  const test::Folder folder;
  for (const Bytes& file : small_files()) {
    for (size_t at = 0; at < file.size(); ++at) {
      for (const uint8_t flip : Bytes{0x01, 0x80, 0xFF}) {
        Bytes damaged = file;
        damaged[at] ^= flip;
        const std::string path = folder.write("damaged", damaged);
        try {
          const Image image = read_image(path);
          EXPECT_EQ(image.pixels.size(), size_t{image.size.width} * image.size.height * image.channels);
        } catch (const Error& error) {
          EXPECT_EQ(std::string(error.what()).rfind(path + ": ", 0), 0u) << error.what();
        }
        folder.remove("damaged");
      }
    }
  }
}

TEST(Png, DamagedPixelsAreFound) {
  const test::Folder folder;
  Bytes file = make_png(make_picture(20, 20, 3), {});
  file[file.size() / 2] ^= 1;
  EXPECT_EQ(error_of([&] { read_image(folder.write("damaged", file)); }).kind(), ErrorKind::kCorrupt);
}

TEST(Image, ThatIsTooLargeIsRefusedByItsHeader) {
  const test::Folder folder;
  Bytes png = make_png(make_picture(8, 8, 1), {PngColours::kGrey, 8});
  // Width and height 60000, with the right checksum of the IHDR chunk.
  for (const size_t at : {16u, 20u}) png[at + 2] = 0xEA, png[at + 3] = 0x60;
  const Bytes crc = {0xA5, 0xB9, 0x2A, 0x9E};
  std::copy(crc.begin(), crc.end(), png.begin() + 29);
  const std::string path = folder.write("large.png", png);
  EXPECT_EQ(error_of([&] { read_image(path); }).kind(), ErrorKind::kLimit);
  EXPECT_EQ(error_of([&] { read_image_size(path); }).kind(), ErrorKind::kLimit);

  Bytes jpeg = make_jpeg(make_picture(8, 8, 1));
  const Bytes frame = {0xFF, 0xC0, 0x00, 0x0B, 0x08};  // then height and width
  const auto at = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end()) + 5;
  at[0] = at[2] = 0xEA, at[1] = at[3] = 0x60;
  EXPECT_EQ(error_of([&] { read_image(folder.write("large.jpg", jpeg)); }).kind(), ErrorKind::kLimit);
}

TEST(Jpeg, WithEndlessScansIsRefused) {
  // The scans of a progressive image, over and over: small in the file, long to decode.
  const Bytes file = make_jpeg(make_picture(200, 200, 1), JpegKind::kProgressive);
  const Bytes scan = {0xFF, 0xDA};
  const auto first = std::search(file.begin(), file.end(), scan.begin(), scan.end());
  const auto second = std::search(first + 2, file.end(), scan.begin(), scan.end());
  Bytes bomb(file.begin(), first);
  for (int i = 0; i < 2000; ++i) bomb.insert(bomb.end(), first, second);
  bomb.insert(bomb.end(), second, file.end());
  const test::Folder folder;
  const Error error = error_of([&] { read_image(folder.write("bomb.jpg", bomb)); });
  EXPECT_THAT(error.what(), testing::HasSubstr("scans"));
}

TEST(Image, WhatIsNoneSaysSo) {
  const test::Folder folder;
  EXPECT_THAT(error_of([&] { read_image(folder.write("text.jpg", Bytes(100, 'x'))); }).what(),
              testing::HasSubstr("text.jpg: neither JPEG nor PNG"));
  EXPECT_EQ(error_of([&] { read_image(folder.path("missing.jpg")); }).kind(), ErrorKind::kIo);
  EXPECT_EQ(error_of([&] { read_image(folder.path()); }).kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace lmzip::media
