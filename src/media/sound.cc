// SPDX-License-Identifier: Apache-2.0
#include "media/sound.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/file_io.h"
#include "media/decoders.h"

namespace lmzip::media {

namespace {

class MemorySource final : public RandomSource {
 public:
  explicit MemorySource(ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  size_t read_at(uint64_t offset, uint8_t* data, size_t size) override {
    const ByteSpan found = bytes_.subspan(std::min<uint64_t>(offset, bytes_.size()));
    const size_t count = std::min(size, found.size());
    std::copy_n(found.begin(), count, data);
    return count;
  }

 private:
  ByteSpan bytes_;
};

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
