// SPDX-License-Identifier: Apache-2.0
// Sound as prompts: one channel of samples, and the bytes that stand for them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lmzip/bytes.h"

namespace lmzip::sample {

/// One channel.
struct Sound {
  unsigned rate = 0;             ///< samples a second
  unsigned bits = 16;            ///< of a sample, 8 or 16
  std::vector<int32_t> samples;  ///< signed
};

/// The first `seconds` of a WAV or FLAC file (all of it if it is shorter): the mean of its channels, cut to 16 bits
/// where it has more and shifted up where it has fewer. Errors: those of media::read_sound(); kUsage without samples.
Sound read_sound(const std::string& path, double seconds);
/// The same of a file in memory.
Sound decode_sound(ByteSpan file, double seconds);

/// The samples as bytes. 8 bits: the high byte of the sample and 128 (the paper's official code, from LibriSpeech's 16
/// bits); 16 bits: two bytes, little-endian, signed.
Bytes sound_bytes(const Sound& sound, unsigned bits);

/// The inverse: bits 8 gives 8-bit samples, 16 gives 16-bit ones, of which an odd last byte is none.
Sound sound_of(ByteSpan bytes, unsigned bits, unsigned rate);

}  // namespace lmzip::sample
