// SPDX-License-Identifier: Apache-2.0
// Sound from files: FLAC (libFLAC) and WAV (PCM of 8 to 32 bits, also WAVE_FORMAT_EXTENSIBLE), told apart by their
// first bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "lmzip/bytes.h"

namespace lmzip::media {

struct SoundFormat {
  unsigned rate = 0;      ///< samples a second and channel
  unsigned channels = 0;  ///< 1..8
  unsigned bits = 0;      ///< of a sample, 8..32; samples are signed (WAV's 8-bit ones have had 128 subtracted)
  uint64_t length = 0;    ///< samples of each channel; 0: none, or not known before the end (some FLAC files)
};

/// Gets samples in order, channels side by side, some thousands at a time. Returns whether more are wanted.
using SampleSink = std::function<bool(std::span<const int32_t> samples)>;

/// Reads a file from its start. `begin` is told the format before the first sample and may throw to refuse it. Memory:
/// a few pieces, however long the file.
/// Errors, all beginning with `path`: kIo; kUsage for what is no regular file; kCorrupt for what is damaged, truncated,
/// or neither FLAC nor WAV; and what `begin` and `sink` throw. Damage behind the last samples wanted goes unnoticed.
void read_sound(const std::string& path, const std::function<void(const SoundFormat&)>& begin, const SampleSink& sink);

/// The same of a file in memory; errors do not name it.
void decode_sound(ByteSpan file, const std::function<void(const SoundFormat&)>& begin, const SampleSink& sink);

/// The samples, signed, channels side by side, as a WAV file (PCM) of 8, 16, 24 or 32 bits; format.length is not looked
/// at. Errors: kUsage for other formats, samples that do not fit the bits, and more than a WAV file can say.
Bytes write_wav(const SoundFormat& format, std::span<const int32_t> samples);

}  // namespace lmzip::media
