// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "bench/corpus_parts.h"
#include "lmzip/error.h"
#include "media/sound.h"

namespace lmzip::bench {
namespace {

void check_mono(const media::SoundFormat& format) {
  if (format.channels != 1) {
    throw Error(ErrorKind::kUsage, fmt::format("{} channels; mono is expected", format.channels));
  }
}

uint64_t count_chunks(const std::string& path) {
  uint64_t told = 0, read = 0;
  media::read_sound(
      path,
      [&](const media::SoundFormat& format) {
        check_mono(format);
        told = format.length;
      },
      [&](std::span<const int32_t> samples) {
        read += samples.size();
        return told == 0;  // where the header does not tell the length, all of it must be read
      });
  return (told != 0 ? told : read) / kChunkSize;
}

void read_chunks(const std::string& path, const ChunkSink& sink) {
  unsigned shift = 0;
  std::array<uint8_t, kChunkSize> chunk;
  size_t size = 0;
  media::read_sound(
      path,
      [&](const media::SoundFormat& format) {
        check_mono(format);
        shift = format.bits - 8;
      },
      [&](std::span<const int32_t> samples) {
        for (const int32_t sample : samples) {
          chunk[size++] = static_cast<uint8_t>((sample >> shift) + 128);
          if (size < kChunkSize) continue;
          if (!sink(chunk)) return false;
          size = 0;
        }
        return true;
      });
}

}  // namespace

const MediaRule kSoundRule{
    .extensions = {"flac", "wav"},
    .expects = "mono FLAC or WAV files of at least 2048 samples",
    .rule =
        "Recordings in byte order of their paths; a byte is the upper one of a sample, plus 128; pieces of 2048 "
        "samples, each recording's last partial one dropped.",
    .count = count_chunks,
    .read = read_chunks,
    .size = MediaRule::Size::kLarge,
};

}  // namespace lmzip::bench
