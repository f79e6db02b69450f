// SPDX-License-Identifier: Apache-2.0
// One decoder for each format, behind image.h and sound.h, whose promises hold for them; errors do not name the file.
#pragma once

#include <functional>

#include "lmzip/bytes.h"
#include "lmzip/error.h"
#include "lmzip/stream.h"
#include "media/image.h"
#include "media/sound.h"

namespace lmzip::media {

Image read_jpeg(ByteSpan file);
ImageSize read_jpeg_size(ByteSpan file);

Image read_png(ByteSpan file);
ImageSize read_png_size(ByteSpan file);

/// What a sound is made of, and where its samples go.
struct SoundReceiver {
  const std::function<void(const SoundFormat&)>& begin;
  const SampleSink& sink;
};

void read_flac(RandomSource& file, const SoundReceiver& receiver);
/// What a WAV file says before its samples.
struct WavHeader {
  SoundFormat format;  ///< length is not set
  uint64_t first = 0;  ///< where the samples begin
  uint32_t size = 0;   ///< bytes of samples, as it says
};
WavHeader read_wav_header(RandomSource& file);
void read_wav(RandomSource& file, const SoundReceiver& receiver);

}  // namespace lmzip::media
