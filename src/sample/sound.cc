// SPDX-License-Identifier: Apache-2.0
#include "sample/sound.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "lmzip/error.h"
#include "media/sound.h"
#include "sample/spectrogram.h"

namespace lmzip::sample {
namespace {

/// Collects one channel of 16 bits of what `read` reads.
Sound collect(
    double seconds,
    const std::function<void(const std::function<void(const media::SoundFormat&)>&, const media::SampleSink&)>& read) {
  Sound sound;
  media::SoundFormat format;
  uint64_t wanted = 0;
  read(
      [&](const media::SoundFormat& found) {
        format = found;
        wanted = static_cast<uint64_t>(std::min(seconds * found.rate, 0x1p40));
      },
      [&](std::span<const int32_t> frames) {
        for (size_t i = 0; i + format.channels <= frames.size() && sound.samples.size() < wanted;
             i += format.channels) {
          int64_t sum = 0;
          for (unsigned c = 0; c < format.channels; ++c) sum += frames[i + c];
          const int64_t mean = sum / format.channels;
          sound.samples.push_back(static_cast<int32_t>(format.bits > 16 ? mean >> (format.bits - 16)
                                                                        : mean * (int64_t{1} << (16 - format.bits))));
        }
        return sound.samples.size() < wanted;
      });
  if (sound.samples.empty()) throw Error(ErrorKind::kUsage, "no samples");
  sound.rate = format.rate;
  return sound;
}

}  // namespace

Sound read_sound(const std::string& path, double seconds) {
  return collect(seconds, [&](const auto& begin, const auto& sink) { media::read_sound(path, begin, sink); });
}

Sound decode_sound(ByteSpan file, double seconds) {
  return collect(seconds, [&](const auto& begin, const auto& sink) { media::decode_sound(file, begin, sink); });
}

Bytes sound_bytes(const Sound& sound, unsigned bits) {
  Bytes bytes;
  bytes.reserve(sound.samples.size() * bits / 8);
  for (const int32_t sample : sound.samples) {
    const auto wide = static_cast<uint32_t>(sound.bits == 16 ? sample : sample * 256);
    if (bits == 16) {
      bytes.push_back(static_cast<uint8_t>(wide));
      bytes.push_back(static_cast<uint8_t>(wide >> 8));
    } else {
      bytes.push_back(static_cast<uint8_t>((wide >> 8) + 128));
    }
  }
  return bytes;
}

Sound sound_of(ByteSpan bytes, unsigned bits, unsigned rate) {
  Sound sound{.rate = rate, .bits = bits, .samples = {}};
  if (bits == 8) {
    for (const uint8_t byte : bytes) sound.samples.push_back(byte - 128);
  } else {
    for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
      sound.samples.push_back(static_cast<int16_t>(bytes[i] | bytes[i + 1] << 8));
    }
  }
  return sound;
}

Bytes wav_of(const Sound& sound) {
  return media::write_wav({.rate = sound.rate, .channels = 1, .bits = sound.bits}, sound.samples);
}

SoundPrompt::SoundPrompt(Sound recording, const SoundOptions& options)
    : options_(options),
      original_(sound_of(sound_bytes(recording, options.bits), options.bits, recording.rate)),
      bytes_(sound_bytes(recording, options.bits)) {
  const size_t sample_size = options.bits / 8;
  const auto samples = [&](double seconds) { return static_cast<size_t>(seconds * recording.rate); };
  prompt_size_ = std::min(samples(options.context_seconds) * sample_size, bytes_.size());
  missing_ = samples(options.seconds) * sample_size;
  if (missing_ == 0) throw Error(ErrorKind::kUsage, "a sound of no length is asked for");
}

Sound SoundPrompt::completed(const Continuation& made) const {
  Bytes whole(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(prompt_size_));
  whole.insert(whole.end(), made.bytes.begin(), made.bytes.end());
  return sound_of(whole, options_.bits, original_.rate);
}

media::Image SoundPrompt::spectrogram(Sound sound) const {
  const size_t sample_size = options_.bits / 8;
  sound.samples.resize((prompt_size_ + missing_) / sample_size);
  return sample::spectrogram(sound.samples, {.rate = sound.rate, .mark = prompt_size_ / sample_size});
}

}  // namespace lmzip::sample
