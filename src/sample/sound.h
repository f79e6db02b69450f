// SPDX-License-Identifier: Apache-2.0
// Sound as prompts: one channel of samples, and the bytes that stand for them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lmzip/bytes.h"
#include "media/image.h"
#include "sample/generator.h"

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

/// As a WAV file.
Bytes wav_of(const Sound& sound);

struct SoundOptions {
  unsigned bits = 8;           ///< of a sample, 8 or 16
  double context_seconds = 1;  ///< kept
  double seconds = 1;          ///< to be made
};

/// A recording whose rest is to be made anew.
class SoundPrompt {
 public:
  /// A recording shorter than the context is all context. Errors: kUsage when not a single sample is to be made.
  SoundPrompt(Sound recording, const SoundOptions& options);

  /// The recording, context and what really followed as far as it goes, in the bits that are continued.
  const Sound& original() const { return original_; }
  /// The bytes of the context; valid as long as this.
  ByteSpan prompt() const { return ByteSpan(bytes_).first(prompt_size_); }
  /// Bytes to be made.
  size_t missing() const { return missing_; }
  /// The context, and behind it what was made.
  Sound completed(const Continuation& made) const;
  /// With a line where the context ends; as long as context and continuation, whatever `sound` is.
  media::Image spectrogram(Sound sound) const;

 private:
  SoundOptions options_;
  Sound original_;
  Bytes bytes_;  ///< of original_
  size_t prompt_size_ = 0;
  size_t missing_ = 0;
};

}  // namespace lmzip::sample
