// SPDX-License-Identifier: Apache-2.0
// Sound as a picture: time to the right, frequency upwards, loudness as colour.
#pragma once

#include <cstdint>
#include <span>

#include "media/image.h"

namespace lmzip::sample {

struct SpectrogramOptions {
  unsigned rate = 0;      ///< samples a second
  uint32_t width = 600;   ///< pixels; each a column of the transform, evenly spaced over the sound
  uint32_t height = 160;  ///< pixels; from 0 Hz at the bottom to rate / 2 at the top, linear
  double range = 80;      ///< decibels below the loudest bin of the picture that are still told from black
  size_t mark = 0;        ///< sample where a fine line stands (context left of it, continuation right); 0: none
};

/// Short-time Fourier transform (Hann windows of about 25 ms, a power of two samples), magnitude in decibels, in a
/// colour map whose lightness rises with loudness, so that it survives printing in grey. Silence is black. `samples`:
/// one channel. Errors: kUsage for an empty sound, a width or height of 0.
media::Image spectrogram(std::span<const int32_t> samples, const SpectrogramOptions& options);

}  // namespace lmzip::sample
