// SPDX-License-Identifier: Apache-2.0
#include "media/sound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <functional>
#include <string>

#include "lmzip/error.h"
#include "unit/media/makers.h"
#include "unit/model/folder.h"

namespace lmzip::media {
namespace {

using test::FlacHeader;
using test::make_flac;
using test::make_recording;
using test::make_wav;
using test::Recording;
using test::WavKind;

struct Sound {
  SoundFormat format;
  std::vector<int32_t> samples;
};

/// Reads with `work`, which gets what read_sound and decode_sound have last.
template <typename Work>
Sound collect(const Work& work) {
  Sound sound;
  work([&](const SoundFormat& format) { sound.format = format; },
       [&](std::span<const int32_t> samples) {
         sound.samples.insert(sound.samples.end(), samples.begin(), samples.end());
         return true;
       });
  return sound;
}

Sound read_path(const std::string& path) {
  return collect([&](const auto& begin, const auto& sink) { read_sound(path, begin, sink); });
}

Sound decode(const Bytes& file) {
  return collect([&](const auto& begin, const auto& sink) { decode_sound(file, begin, sink); });
}

Sound read(const Bytes& file) {
  const test::Folder folder;
  return read_path(folder.write("sound", file));
}

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorKind::kUsage, ""};
}

void expect_same(const Sound& sound, const Recording& recording, uint64_t length) {
  EXPECT_EQ(sound.format.rate, recording.rate);
  EXPECT_EQ(sound.format.channels, recording.channels);
  EXPECT_EQ(sound.format.bits, recording.bits);
  EXPECT_EQ(sound.format.length, length);
  EXPECT_EQ(sound.samples, recording.samples);
}

TEST(Flac, GivesBackTheSamplesOfEveryWidth) {
  for (const unsigned bits : {8u, 12u, 16u, 24u, 32u}) {
    for (const unsigned channels : {1u, 2u, 8u}) {
      const Recording recording = make_recording(9999, bits, channels);
      expect_same(read(make_flac(recording)), recording, 9999);
      expect_same(read(make_flac(recording, FlacHeader::kStreamed)), recording, 0);
    }
  }
}

TEST(Wav, GivesBackTheSamplesOfEveryWidth) {
  for (const unsigned bits : {8u, 16u, 24u, 32u}) {
    for (const unsigned channels : {1u, 3u, 8u}) {
      for (const WavKind kind : {WavKind::kPlain, WavKind::kExtensible}) {
        const Recording recording = make_recording(5001, bits, channels);
        expect_same(read(make_wav(recording, kind)), recording, 5001);
      }
    }
  }
}

TEST(Wav, FromAPipeGoesToTheEnd) {
  const Recording recording = make_recording(3000, 24);
  for (const uint32_t size : {0u, 0xFFFFFFFFu}) {
    Bytes file = make_wav(recording);
    test::set_wav_data_size(file, 9000, size);
    expect_same(read(file), recording, 3000);
    file.push_back(0);  // less than a sample
    expect_same(read(file), recording, 3000);
  }
}

TEST(Wav, WrittenIsReadAgainAsItWas) {
  for (const unsigned bits : {8u, 16u, 24u, 32u}) {
    for (const unsigned channels : {1u, 3u, 8u}) {
      for (const size_t length : {0u, 1u, 5001u}) {
        const Recording recording = make_recording(length, bits, channels);
        const Bytes file = write_wav({recording.rate, channels, bits}, recording.samples);
        EXPECT_EQ(file.size() % 2, 0u);
        expect_same(decode(file), recording, length);
      }
    }
  }
}

TEST(Wav, WrittenHasTheBytesOfItsFormat) {
  const Bytes file = write_wav({8000, 1, 8}, std::vector<int32_t>{-128, 0, 127});
  EXPECT_EQ(file, (Bytes{'R', 'I', 'F', 'F', 40,  0,   0,   0,   'W',  'A',  'V', 'E', 'f',  'm',  't', ' ',
                         16,  0,   0,   0,   1,   0,   1,   0,   0x40, 0x1F, 0,   0,   0x40, 0x1F, 0,   0,
                         1,   0,   8,   0,   'd', 'a', 't', 'a', 3,    0,    0,   0,   0,    128,  255, 0}));
  const Bytes wide = write_wav({44100, 2, 24}, std::vector<int32_t>{-2, 0x123456});
  EXPECT_EQ(Bytes(wide.end() - 6, wide.end()), (Bytes{0xFE, 0xFF, 0xFF, 0x56, 0x34, 0x12}));
  EXPECT_EQ(Bytes(wide.begin() + 28, wide.begin() + 36), (Bytes{0x98, 0x09, 0x04, 0, 6, 0, 24, 0}));
}

TEST(Wav, IsNotWrittenOfWhatItCannotSay) {
  const auto kind = [](const SoundFormat& format, std::span<const int32_t> samples) {
    return error_of([&] { write_wav(format, samples); }).kind();
  };
  const std::vector<int32_t> two = {0, 0};
  for (const SoundFormat& format :
       {SoundFormat{8000, 1, 12}, SoundFormat{8000, 1, 40}, SoundFormat{8000, 1, 0}, SoundFormat{8000, 0, 8},
        SoundFormat{8000, 9, 8}, SoundFormat{0, 1, 8}, SoundFormat{8000, 3, 8}, SoundFormat{0xFFFFFFFF, 1, 16}}) {
    EXPECT_EQ(kind(format, two), ErrorKind::kUsage) << format.rate << " " << format.channels << " " << format.bits;
  }
  for (const unsigned bits : {8u, 16u, 24u}) {
    const int32_t top = int32_t{1} << (bits - 1);
    EXPECT_EQ(kind({8000, 1, bits}, std::vector<int32_t>{top}), ErrorKind::kUsage);
    EXPECT_EQ(kind({8000, 1, bits}, std::vector<int32_t>{-top - 1}), ErrorKind::kUsage);
    EXPECT_NO_THROW(write_wav({8000, 1, bits}, std::vector<int32_t>{top - 1, -top}));
  }
}

TEST(Wav, BeyondFourGibibytesIsRefused) {
  // Addresses without memory: whoever reads or copies them has not asked first.
  const size_t size = size_t{1} << 32;
  void* const addresses = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(addresses, MAP_FAILED);
  const std::span<const int32_t> samples(static_cast<const int32_t*>(addresses), size / sizeof(int32_t));
  EXPECT_EQ(error_of([&] { write_wav({48000, 1, 32}, samples); }).kind(), ErrorKind::kUsage);
  EXPECT_EQ(error_of([&] { write_wav({48000, 1, 32}, samples.first(samples.size() - 9)); }).kind(), ErrorKind::kUsage);
  munmap(addresses, size);
}

TEST(Wav, OfAnotherFormatIsRefusedByName) {
  Bytes file = make_wav(make_recording(10));
  const std::string name = "fmt ";
  const auto format = std::search(file.begin(), file.end(), name.begin(), name.end()) + 8;
  *format = 3;  // floating point
  EXPECT_THAT(error_of([&] { read(file); }).what(), testing::HasSubstr("format 0x0003"));
  *format = 1;
  format[2] = 0;  // channels
  EXPECT_EQ(error_of([&] { read(file); }).kind(), ErrorKind::kCorrupt);
}

TEST(Wav, WithEndlessChunksIsRefused) {
  Bytes file = make_wav(make_recording(10));
  file.resize(12);
  for (int i = 0; i < 100'000; ++i) file.insert(file.end(), {'J', 'U', 'N', 'K', 0, 0, 0, 0});
  EXPECT_THAT(error_of([&] { read(file); }).what(), testing::HasSubstr("more chunks"));
}

TEST(Sound, InMemoryIsDecodedAsFromAFile) {
  const Recording recording = make_recording(20'000, 16, 2);
  for (const Bytes& file : {make_flac(recording), make_wav(recording)}) {
    expect_same(decode(file), recording, 20'000);
    EXPECT_EQ(error_of([&] { decode(Bytes(file.begin(), file.end() - 100)); }).kind(), ErrorKind::kCorrupt);
  }
  EXPECT_STREQ(error_of([] { decode({}); }).what(), "neither FLAC nor WAV");
}

TEST(Sound, StopsWhenNoMoreIsWanted) {
  const test::Folder folder;
  const Recording recording = make_recording(100'000);
  for (const Bytes& file : {make_flac(recording), make_wav(recording)}) {
    int calls = 0;
    read_sound(
        folder.write("sound", file), [](const SoundFormat&) {},
        [&](std::span<const int32_t> samples) {
          EXPECT_LT(samples.size(), 10'000u);
          return ++calls < 2;
        });
    EXPECT_EQ(calls, 2);
  }
}

TEST(Sound, ErrorsOfTheReceiverComeOutWithTheName) {
  const test::Folder folder;
  const Recording recording = make_recording(10'000);
  for (const Bytes& file : {make_flac(recording), make_wav(recording)}) {
    const std::string path = folder.write("sound", file);
    const auto refuse = [](const SoundFormat&) { throw Error(ErrorKind::kUsage, "not wanted"); };
    const Error begin = error_of([&] { read_sound(path, refuse, [](auto) { return true; }); });
    EXPECT_EQ(begin.what(), path + ": not wanted");
    EXPECT_EQ(begin.kind(), ErrorKind::kUsage);
    const SampleSink stop = [](auto) -> bool { throw Error(ErrorKind::kCancelled, "stopped"); };
    EXPECT_EQ(error_of([&] {
                read_sound(
                    path, [](const SoundFormat&) {}, stop);
              }).kind(),
              ErrorKind::kCancelled);
  }
}

TEST(Sound, CutAnywhereIsAnErrorThatNamesTheFile) {
  const test::Folder folder;
  for (const Bytes& file : {make_flac(make_recording(600, 16, 2)), make_flac(make_recording(600, 8)),
                            make_wav(make_recording(600)), make_wav(make_recording(200, 24), WavKind::kExtensible)}) {
    ASSERT_NO_THROW(read(file));
    for (size_t size = 0; size < file.size(); ++size) {
      const std::string path = folder.write("cut", ByteSpan(file).first(size));
      const Error error = error_of([&] { read_path(path); });
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
      EXPECT_EQ(std::string(error.what()).rfind(path + ": ", 0), 0u) << error.what();
      folder.remove("cut");  // writing over it would wait for the disk
    }
  }
}

TEST(Flac, DamagedSamplesAreFoundWhereverTheDamageIs) {
  const test::Folder folder;
  const Bytes file = make_flac(make_recording(2000));
  const size_t frames = file.size() - 1500;  // well behind the header
  for (size_t at = frames; at < file.size(); ++at) {
    Bytes damaged = file;
    damaged[at] ^= 0x10;
    EXPECT_EQ(error_of([&] { read_path(folder.write("damaged", damaged)); }).kind(), ErrorKind::kCorrupt);
    folder.remove("damaged");
  }
}

TEST(Sound, DamagedAnywhereIsAnErrorOrASound) {
  const test::Folder folder;
  for (const Bytes& file :
       {make_flac(make_recording(600, 16, 2)), make_flac(make_recording(300), FlacHeader::kStreamed),
        make_wav(make_recording(100)), make_wav(make_recording(100, 24), WavKind::kExtensible)}) {
    for (size_t at = 0; at < file.size(); ++at) {
      for (const uint8_t flip : Bytes{0x01, 0x80, 0xFF}) {
        Bytes damaged = file;
        damaged[at] ^= flip;
        const std::string path = folder.write("damaged", damaged);
        try {
          const Sound sound = read_path(path);
          EXPECT_EQ(sound.samples.size() % sound.format.channels, 0u);
        } catch (const Error& error) {
          EXPECT_EQ(std::string(error.what()).rfind(path + ": ", 0), 0u) << error.what();
        }
        folder.remove("damaged");
      }
    }
  }
}

TEST(Sound, WhatIsNoneSaysSo) {
  const test::Folder folder;
  EXPECT_THAT(error_of([&] { read_path(folder.write("text.wav", Bytes(100, 'x'))); }).what(),
              testing::HasSubstr("text.wav: neither FLAC nor WAV"));
  EXPECT_EQ(error_of([&] { read_path(folder.path("missing.wav")); }).kind(), ErrorKind::kIo);
  EXPECT_EQ(error_of([&] { read_path(folder.path()); }).kind(), ErrorKind::kUsage);
}

}  // namespace
}  // namespace lmzip::media
