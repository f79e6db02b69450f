// SPDX-License-Identifier: Apache-2.0
#include "media/sound.h"

#include <array>
#include <cstring>

#include "base/file_io.h"
#include "media/decoders.h"
#include "media/memory_source.h"

namespace lmzip::media {
namespace {

void decode(RandomSource& file, const SoundReceiver& receiver) {
  std::array<uint8_t, 12> magic{};
  const size_t size = file.read_at(0, magic.data(), magic.size());
  if (size >= 4 && std::memcmp(magic.data(), "fLaC", 4) == 0) {
    read_flac(file, receiver);
  } else if (size == magic.size() && std::memcmp(magic.data(), "RIFF", 4) == 0 &&
             std::memcmp(magic.data() + 8, "WAVE", 4) == 0) {
    read_wav(file, receiver);
  } else {
    throw Error(ErrorKind::kCorrupt, "neither FLAC nor WAV");
  }
}

}  // namespace

void read_sound(const std::string& path, const std::function<void(const SoundFormat&)>& begin,
                const SampleSink& sink) try {
  const base::UniqueFd fd = base::open_to_read(path);
  base::FileSource file(fd.get());
  decode(file, {begin, sink});
} catch (const Error& error) {
  throw error.within(path);
}

void decode_sound(ByteSpan file, const std::function<void(const SoundFormat&)>& begin, const SampleSink& sink) {
  MemorySource source(file);
  decode(source, {begin, sink});
}

}  // namespace lmzip::media
