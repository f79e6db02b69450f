// SPDX-License-Identifier: Apache-2.0
// Sound as a picture: time to the right, frequency upwards, loudness as colour.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "media/image.h"

namespace lmzip::sample {

struct SpectrogramOptions {
  unsigned rate = 0;      ///< samples a second
  uint32_t width = 600;   ///< pixels; each shows an equal part of the sound: the mean power of all that is in it
  uint32_t height = 160;  ///< pixels; from 0 Hz at the bottom to rate / 2 at the top, linear
  double range = 80;      ///< decibels below the loudest point of the picture that are still told from black; over 0
  size_t mark = 0;        ///< sample where a fine line stands (context left of it, continuation right); 0: none
};

/// Short-time Fourier transform (Hann windows of about 25 ms, a power of two samples, each without its mean), power in
/// decibels, in colours of which the loudest point has the brightest. Silence is black, and so is a constant.
/// `samples`: one channel. Errors: kUsage for an empty sound, a width, height or range of 0; kLimit for more pixels
/// than media's limits.
media::Image spectrogram(std::span<const int32_t> samples, const SpectrogramOptions& options);

/// Red, green and blue for a loudness of 0 (black) to 1 (light yellow); what is beyond is cut to it. The lightness
/// rises evenly, so that a picture survives printing in grey.
std::array<uint8_t, 3> colour_of(double loudness);

}  // namespace lmzip::sample
